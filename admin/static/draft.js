// Text that was typed and not saved outlives a reload, an expired login and a crash of the tab's page.

export class Draft {
  constructor(key) {
    this.key = `draft:${key}`;
  }

  /** Return {text, at}, or null. */
  read() {
    try {
      return JSON.parse(sessionStorage.getItem(this.key));
    } catch {
      return null;
    }
  }

  write(text) {
    try {
      sessionStorage.setItem(this.key, JSON.stringify({ text, at: new Date().toISOString() }));
    } catch {
      // Full or forbidden: the page warns before it is left anyway.
    }
  }

  remove() {
    try {
      sessionStorage.removeItem(this.key);
    } catch {
      // There is nothing to remove then.
    }
  }
}
