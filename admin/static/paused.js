// How long a pause still lasts, second by second; by the time that passed, not by the reader's clock.

const banner = document.querySelector('[data-remaining]');
const remaining = banner.querySelector('[data-show="remaining"]');
const endsAt = performance.now() + Number(banner.dataset.remaining) * 1000;

function inWords(seconds) {
  if (seconds < 60) return `${seconds} s`;
  return `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, '0')} s`;
}

function tick() {
  const seconds = Math.ceil((endsAt - performance.now()) / 1000);
  if (seconds > 0) {
    if (remaining) remaining.textContent = inWords(seconds);
    setTimeout(tick, 1000);
    return;
  }
  banner.querySelector('[data-when="paused"]').hidden = true;
  banner.querySelector('[data-when="over"]').hidden = false;
}

tick();
