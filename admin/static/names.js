// Names while one types: @ offers users, # rooms; arrows choose, Enter or Tab takes, Escape leaves.

const TYPED = /(?:^|[\s(])([@#])([\w.-]{0,64})$/u;
const WAIT_MS = 80;

/** Offer names above a text field in `list`, as the server finds them at `address`. */
export function installNames(field, list, address) {
  let chosen = -1;
  let asked = 0;
  let timer;

  const items = () => [...list.children];

  field.setAttribute('aria-autocomplete', 'list');
  field.setAttribute('aria-controls', list.id);
  field.addEventListener('input', look);
  field.addEventListener('click', look);
  field.addEventListener('blur', close);
  field.addEventListener('keydown', (event) => {
    if (list.hidden || event.isComposing) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) choose((chosen + step + items().length) % items().length);
    else if (event.key === 'Enter' || event.key === 'Tab') take(items()[chosen]);
    else if (event.key === 'Escape') close();
    else return;
    event.preventDefault();
    event.stopImmediatePropagation();
  });
  // Before the field loses its focus.
  list.addEventListener('pointerdown', (event) => {
    event.preventDefault();
    const item = event.target.closest('li');
    if (item) take(item);
  });

  function before() {
    return field.value.slice(0, field.selectionStart).match(TYPED);
  }

  function look() {
    clearTimeout(timer);
    const found = field.selectionStart === field.selectionEnd && before();
    if (found) timer = setTimeout(ask, WAIT_MS, found[1], found[2]);
    else close();
  }

  async function ask(sign, typed) {
    const question = ++asked;
    const url = new URL(address, location.href);
    url.searchParams.set('of', sign === '#' ? 'rooms' : 'users');
    url.searchParams.set('q', typed);
    let names = [];
    try {
      const response = await fetch(url, { headers: { Accept: 'application/json' } });
      if (response.ok && !response.redirected) ({ names } = await response.json());
    } catch {
      // Then there are no names to offer, and one types them.
    }
    if (question === asked && document.activeElement === field) show(sign, names);
  }

  function show(sign, names) {
    list.replaceChildren(...names.map((one, index) => item(sign, one, index)));
    list.hidden = !names.length;
    if (names.length) choose(0);
    else field.removeAttribute('aria-activedescendant');
  }

  function item(sign, { name, label }, index) {
    const made = document.createElement('li');
    made.id = `${list.id}-${index}`;
    made.setAttribute('role', 'option');
    made.dataset.name = sign + name;
    const [first, second] = [document.createElement('b'), document.createElement('span')];
    first.textContent = sign + name;
    second.textContent = label === name ? '' : label;
    made.append(first, second);
    return made;
  }

  function choose(index) {
    chosen = index;
    for (const [at, one] of items().entries()) one.setAttribute('aria-selected', String(at === index));
    field.setAttribute('aria-activedescendant', items()[index].id);
    items()[index].scrollIntoView({ block: 'nearest' });
  }

  function take(item) {
    const found = before();
    close();
    if (!found) return;
    const end = field.selectionStart;
    field.setRangeText(`${item.dataset.name} `, end - found[1].length - found[2].length, end, 'end');
    field.focus();
  }

  function close() {
    clearTimeout(timer);
    asked += 1;
    list.hidden = true;
    field.removeAttribute('aria-activedescendant');
  }
}
