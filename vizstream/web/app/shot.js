// @ts-check
/** Saves the picture as a PNG file: what is drawn, pixel for pixel, whatever the video made of it. */

import { toast } from './toast.js';

/**
 * @param {object} options
 * @param {HTMLCanvasElement} options.still
 * @param {boolean} options.exact whether that shows the picture as it was drawn
 * @param {string} options.token
 * @param {number} options.window
 */
export async function shoot({ still, exact, token, window: number }) {
  const picture = (exact ? await fromStill(still) : null) ?? await fromServer(token, number);
  if (picture === null) {
    toast('There is no picture to save just now');
    return;
  }
  const link = document.createElement('a');
  link.href = URL.createObjectURL(picture);
  const time = new Date().toISOString().slice(0, 19).replaceAll(':', '-');
  link.download = `${document.title.replace(/ · vizstream$/, '').replace(/[^\w.-]+/g, '_') || 'scene'}-${time}.png`;
  link.click();
  // The browser has read it by then; Safari takes its time.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  toast('Picture saved');
}

/**
 * @param {HTMLCanvasElement} canvas
 * @returns {Promise<Blob | null>}
 */
function fromStill(canvas) {
  return new Promise((resolve) => {
    canvas.toBlob(resolve, 'image/png');
  });
}

/**
 * @param {string} token
 * @param {number} number
 * @returns {Promise<Blob | null>}
 */
async function fromServer(token, number) {
  try {
    /** @type {Record<string, string>} */
    const headers = token ? { Authorization: `Bearer ${token}` } : {};
    const response = await fetch(`/snapshot.png?window=${number}`, { headers, cache: 'no-store' });
    return response.ok ? await response.blob() : null;
  } catch {
    return null;
  }
}
