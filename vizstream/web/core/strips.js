// @ts-check
/** The body of a still: strips of the picture, from the top down, each led by its length (32 bits, big-endian). */

export class StripReader {
  #held = new Uint8Array(0);
  /** Bytes taken in so far. */
  bytes = 0;

  /**
   * @param {Uint8Array} chunk as it came from the network
   * @returns {Uint8Array<ArrayBuffer>[]} the strips that it completes
   */
  push(chunk) {
    this.bytes += chunk.length;
    let held = chunk;
    if (this.#held.length > 0) {
      held = new Uint8Array(this.#held.length + chunk.length);
      held.set(this.#held);
      held.set(chunk, this.#held.length);
    }
    const strips = [];
    let offset = 0;
    while (held.length - offset >= 4) {
      const length = new DataView(held.buffer, held.byteOffset + offset).getUint32(0);
      if (held.length - offset - 4 < length) break;
      strips.push(held.slice(offset + 4, offset + 4 + length));
      offset += 4 + length;
    }
    this.#held = held.slice(offset);
    return strips;
  }

  /** Whether the body ended where a strip did. */
  get whole() {
    return this.#held.length === 0;
  }
}

/**
 * Drop the alpha of pixels, whatever it is.
 *
 * @param {Uint8ClampedArray} rgba
 * @param {Uint8Array} rgb where to
 * @param {number} offset in bytes
 */
export function packRgb(rgba, rgb, offset) {
  let to = offset;
  for (let from = 0; from < rgba.length; from += 4) {
    rgb[to] = /** @type {number} */ (rgba[from]);
    rgb[to + 1] = /** @type {number} */ (rgba[from + 1]);
    rgb[to + 2] = /** @type {number} */ (rgba[from + 2]);
    to += 3;
  }
}
