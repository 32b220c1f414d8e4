// The clipboard, with and without https.

/** Copy a text; return whether that worked. */
export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // Without https there is no clipboard but the old way.
    const helper = Object.assign(document.createElement('textarea'), { value: text });
    document.body.append(helper);
    helper.select();
    const done = document.execCommand('copy');
    helper.remove();
    return done;
  }
}
