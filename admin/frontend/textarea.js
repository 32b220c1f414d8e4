// The textarea an editor stands for: out of sight, still labelled, filled, reset and submitted as before.

// Clipped, not hidden: the browser can still point at a field that is required, and tools can still fill it.
const OUT_OF_SIGHT = {
  position: 'absolute',
  width: '1px',
  height: '1px',
  padding: '0',
  border: '0',
  overflow: 'hidden',
  opacity: '0',
  pointerEvents: 'none',
};

/** Take `textarea` out of sight; return what its editor needs to take over. */
export function stepAside(textarea) {
  const labels = [...(textarea.labels ?? [])];
  const name = textarea.getAttribute('aria-label') ?? labels.map((label) => label.textContent.trim()).join(' ');
  Object.assign(textarea.style, OUT_OF_SIGHT);
  textarea.tabIndex = -1;
  textarea.setAttribute('aria-hidden', 'true');

  /** Keep the editor up to date with what happens to the textarea. */
  function follow(view, setValue) {
    for (const event of ['input', 'change']) textarea.addEventListener(event, () => setValue(textarea.value));
    // The form puts the old text back only after its listeners ran.
    textarea.form?.addEventListener('reset', () => setTimeout(() => setValue(textarea.value)));
    for (const label of labels) {
      label.addEventListener('click', (event) => {
        event.preventDefault();
        view.focus();
      });
    }
  }

  const attributes = { 'aria-label': name || 'Script', 'aria-description': 'Press Escape, then Tab, to leave.' };
  return { attributes, follow };
}
