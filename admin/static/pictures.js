// Pictures from elsewhere may be gone: an avatar becomes its letter, a picture its name, a decoration disappears.

/** Mend the broken pictures below this element, now and later. */
export function mendPictures(root) {
  root.addEventListener(
    'error',
    (event) => {
      if (event.target.matches('.msg img')) mend(event.target);
    },
    true,
  );
  for (const picture of root.querySelectorAll('.msg img')) {
    if (picture.complete && picture.naturalWidth === 0) mend(picture);
  }
}

function mend(picture) {
  const avatar = picture.closest('.ava');
  if (avatar) {
    avatar.classList.add(`tile-${avatar.dataset.tile}`);
    avatar.textContent = avatar.dataset.letter;
  } else if (picture.alt) {
    const words = document.createElement('span');
    words.className = 'picture-gone';
    words.textContent = `${picture.alt} (picture not available)`;
    picture.replaceWith(words);
  } else {
    picture.remove();
  }
}
