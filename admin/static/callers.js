// The Callers part of the form: only what the chosen system's callers may decide is shown.

/** Show the switches of the system that is chosen, and follow the choice. */
export function install(panel) {
  const dialect = panel.querySelector('#dialect');
  const show = () => {
    for (const part of panel.querySelectorAll('[data-dialects]')) {
      part.hidden = !part.dataset.dialects.split(' ').includes(dialect.value);
    }
  };
  dialect.addEventListener('change', show);
  show();
}
