// The Calls part of an outgoing integration's form: only what the event and the system make use of is shown.

/** Show the fields that count for what is chosen, and follow the choice. */
export function install(form) {
  const { event, dialect } = form.elements;
  const has = (list, value) => list === undefined || list.split(' ').includes(value);
  const show = () => {
    for (const part of document.querySelectorAll('#calls [data-events], #calls [data-dialects]')) {
      part.hidden = !has(part.dataset.events, event.value) || !has(part.dataset.dialects, dialect.value);
    }
  };
  for (const field of [event, dialect]) field.addEventListener('change', show);
  show();
}
