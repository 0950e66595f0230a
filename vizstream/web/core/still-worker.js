// @ts-check
/**
 * Fetches a still, decodes it strip by strip as it comes, and checks it against the server's hash: all that would
 * keep the page from drawing.
 *
 * Browsers decode WebP without loss, and a canvas keeps the bytes as they are, where no colour management and no
 * alpha comes in between: hence the options below.
 */

import { hex, sha256 } from './sha256.js';
import { StillRequests } from './still-requests.js';
import { packRgb, StripReader } from './strips.js';

/** @typedef {import('./stills.js').Announcement} Announcement */

/**
 * TypeScript's types of workers exclude those of pages.
 *
 * @typedef {object} Scope
 * @property {((event: any) => void) | null} onmessage
 * @property {(message: object, transfer?: Transferable[]) => void} postMessage
 */
const scope = /** @type {Scope} */ (/** @type {unknown} */ (globalThis));
/** @type {AbortController | null} of the fetch that is under way: there is at most one */
let current = null;
const requests = new StillRequests();

/**
 * @param {Announcement} still
 * @param {string} token
 * @param {AbortSignal} signal
 */
async function load(still, token, signal) {
  const { width, height, rows, exact } = still;
  const response = await requests.answer(still, token, signal);
  if (!response.ok || response.body === null) throw new Error(`HTTP ${response.status}`);
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext('2d', { alpha: false, colorSpace: 'srgb', willReadFrequently: exact });
  if (context === null) throw new Error('no canvas');
  const rgb = new Uint8Array(exact ? 3 * width * height : 0);
  const strips = new StripReader();
  const reader = response.body.getReader();
  let top = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    for (const strip of strips.push(value)) {
      const bitmap = await createImageBitmap(
        new Blob([strip], { type: exact ? 'image/webp' : 'image/jpeg' }),
        { colorSpaceConversion: 'none', premultiplyAlpha: 'none' },
      );
      if (bitmap.width !== width || bitmap.height !== Math.min(rows, height - top)) throw new Error('a strip of another size');
      context.drawImage(bitmap, 0, top);
      bitmap.close();
      if (exact) {
        const { data } = context.getImageData(0, top, width, Math.min(rows, height - top));
        packRgb(data, rgb, 3 * width * top);
      }
      top += rows;
    }
  }
  if (!strips.whole || top < height) throw new Error('the still is not whole');
  let verified = false;
  if (exact) {
    const subtle = globalThis.crypto?.subtle;
    verified = still.sha256 === (subtle ? hex(new Uint8Array(await subtle.digest('SHA-256', rgb))) : sha256(rgb));
  }
  return { bitmap: canvas.transferToImageBitmap(), bytes: strips.bytes, verified };
}

/** @param {{data: {expect: string, token: string} | {id: number, still: Announcement | null, token: string}}} event */
scope.onmessage = async ({ data }) => {
  if ('expect' in data) {
    requests.expect(data.expect, data.token);
    return;
  }
  const { id, still, token } = data;
  current?.abort();
  current = null;
  if (still === null) return;
  const abort = new AbortController();
  current = abort;
  try {
    const { bitmap, bytes, verified } = await load(still, token, abort.signal);
    scope.postMessage({ id, bitmap, bytes, verified }, [bitmap]);
  } catch (error) {
    if (!abort.signal.aborted) scope.postMessage({ id, error: String(error) });
  }
};
