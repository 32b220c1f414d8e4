// One execution: times of the reader's zone, and the curl command to the clipboard.

import { copy } from './clipboard.js';
import { mendPictures } from './pictures.js';
import { localize } from './times.js';

localize(document);
mendPictures(document);

const button = document.getElementById('copy-curl');
const label = button?.textContent;
if (button) button.hidden = false;
button?.addEventListener('click', async () => {
  const done = await copy(document.getElementById('curl').textContent);
  // As wide as before, so that nothing moves under the pointer.
  button.style.minWidth = `${button.getBoundingClientRect().width}px`;
  button.textContent = done ? 'Copied' : 'See “curl”';
  if (!done) document.querySelector('input[name="shown"][value="curl"]').click();
  setTimeout(() => (button.textContent = label), 1500);
});
