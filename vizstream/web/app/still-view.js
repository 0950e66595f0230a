// @ts-check
/** The canvas over the video on which stills are shown. */

import { place } from '../core/geometry.js';
import { element } from './dom.js';

const view = element('view');
/** @type {HTMLCanvasElement} */
const canvas = element('still');

function fit() {
  const { x, y, width, height, sharp } = place(
    { width: view.clientWidth, height: view.clientHeight }, canvas, devicePixelRatio);
  Object.assign(canvas.style, { left: `${x}px`, top: `${y}px`, width: `${width}px`, height: `${height}px` });
  canvas.classList.toggle('sharp', sharp);
}

/**
 * Draw a still, without showing it.
 *
 * @param {ImageBitmap} bitmap is used up
 */
export function putStill(bitmap) {
  canvas.width = bitmap.width;
  canvas.height = bitmap.height;
  canvas.getContext('bitmaprenderer', { alpha: false })?.transferFromImageBitmap(bitmap);
  fit();
}

/** @param {boolean} visible */
export function showStill(visible) {
  canvas.hidden = !visible;
}

new ResizeObserver(fit).observe(view);
