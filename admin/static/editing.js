// The script's textarea as an editor; the same few functions where the editor was not built.

/** Return {getValue, setValue, setProblems, focus, goTo} for a textarea. */
export function mount(textarea, options) {
  if (window.HooksmithEditor) return window.HooksmithEditor.mount(textarea, options);
  textarea.addEventListener('input', () => options.onChange?.(textarea.value));
  textarea.addEventListener('keydown', (event) => {
    if (!(event.ctrlKey || event.metaKey)) return;
    if (event.key === 's') options.onSave?.(textarea.value);
    else if (event.key === 'Enter') options.onRun?.(textarea.value);
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  return {
    getValue: () => textarea.value,
    setValue(text) {
      textarea.value = text;
      options.onChange?.(text);
    },
    setProblems() {},
    focus: () => textarea.focus(),
    goTo(line, column) {
      const before = textarea.value.split('\n').slice(0, line - 1);
      const at = before.join('\n').length + (before.length ? 1 : 0) + Math.max(0, column - 1);
      textarea.focus();
      textarea.setSelectionRange(at, at);
    },
  };
}

/** Return the problem that an element describes, if there is one. */
export function problemIn(element) {
  if (!element) return [];
  const { line, column, message } = element.dataset;
  return [{ line: Number(line), column: Number(column), message, severity: 'error' }];
}
