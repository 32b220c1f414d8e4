// The Security part of the form: only what the chosen sender needs is shown.

/** Show the fields of the sender that is chosen, and follow the choice. */
export function install(panel) {
  const preset = panel.querySelector('#preset');
  const secret = panel.querySelector('#secret');
  const show = () => {
    for (const part of panel.querySelectorAll('[data-presets]')) {
      part.hidden = !part.dataset.presets.split(' ').includes(preset.value);
    }
    const chosen = preset.selectedOptions[0];
    panel.querySelector('label[for=secret]').textContent = chosen.dataset.asksFor ?? 'Secret';
    // The saved secret is that of one sender.
    secret.placeholder = preset.value && preset.value === secret.dataset.saved ? '••••••••' : '';
  };
  preset.addEventListener('change', show);
  show();
}
