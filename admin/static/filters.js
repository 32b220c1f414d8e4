// A list's filters: they apply when something is chosen, and say nothing of what is not set.

/** Make a form of selects send itself. */
export function installFilters(form) {
  form.addEventListener('change', (event) => {
    if (event.target.matches('select')) form.requestSubmit();
  });
  form.addEventListener('submit', () => {
    // Addresses that say nothing about what is not set.
    for (const field of form.elements) if (field.name && !field.value) field.disabled = true;
  });
  // The page may come back from the browser's memory as it was left.
  window.addEventListener('pageshow', () => {
    for (const field of form.elements) field.disabled = false;
  });
}
