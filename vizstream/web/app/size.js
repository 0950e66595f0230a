// @ts-check
/** Tells when the view's size or the screen's pixel ratio has changed and come to rest. */

/** A hand that drags a window's edge changes its size at every frame; each costs a new picture size. */
const REST_MS = 150;

/**
 * @param {HTMLElement} view
 * @param {(box: {width: number, height: number}, pixelRatio: number) => void} onSize
 * @returns {{tell: () => void}} tell: say the size now
 */
export function watchSize(view, onSize) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  const tell = () => {
    clearTimeout(timer);
    onSize({ width: view.clientWidth, height: view.clientHeight }, devicePixelRatio);
  };
  const later = () => {
    clearTimeout(timer);
    timer = setTimeout(tell, REST_MS);
  };
  const watchRatio = () => {
    // The query holds for one ratio only: ask anew after each change.
    matchMedia(`(resolution: ${devicePixelRatio}dppx)`).addEventListener('change', () => {
      later();
      watchRatio();
    }, { once: true });
  };
  new ResizeObserver(later).observe(view);
  watchRatio();
  return { tell };
}
