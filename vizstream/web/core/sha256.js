// @ts-check
/**
 * SHA-256 (FIPS 180-4), for pages that have no `crypto.subtle`: those of plain http addresses other than
 * localhost.  Some 200 MB/s; it runs in a worker.
 */

/** The first 32 bits of the fractional parts of the roots of the first 64 primes (section 4.2.2). */
const K = new Int32Array(64);
/** The same of the square roots of the first 8 (section 5.3.3). */
const START = new Int32Array(8);

/**
 * @param {number} root
 * @returns {number} the first 32 bits behind the point; doubles hold 52, of which 9 stand before it at most
 */
const fraction = (root) => ((root - Math.floor(root)) * 2 ** 32) | 0;

for (let number = 2, found = 0; found < 64; number += 1) {
  let prime = true;
  for (let divisor = 2; divisor * divisor <= number && prime; divisor += 1) prime = number % divisor !== 0;
  if (!prime) continue;
  if (found < 8) START[found] = fraction(Math.sqrt(number));
  K[found] = fraction(Math.cbrt(number));
  found += 1;
}

/**
 * @param {Int32Array} state
 * @param {DataView} data
 * @param {number} offset of a block of 64 bytes
 * @param {Int32Array} w room for 64 words
 */
function digestBlock(state, data, offset, w) {
  for (let i = 0; i < 16; i += 1) w[i] = data.getInt32(offset + 4 * i);
  for (let i = 16; i < 64; i += 1) {
    const x = /** @type {number} */ (w[i - 15]);
    const y = /** @type {number} */ (w[i - 2]);
    const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
    const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
    w[i] = (/** @type {number} */ (w[i - 16]) + s0 + /** @type {number} */ (w[i - 7]) + s1) | 0;
  }
  let [a, b, c, d, e, f, g, h] = /** @type {[number, number, number, number, number, number, number, number]} */ (
    /** @type {unknown} */ (state));
  for (let i = 0; i < 64; i += 1) {
    const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
    const t1 = (h + s1 + ((e & f) ^ (~e & g)) + /** @type {number} */ (K[i]) + /** @type {number} */ (w[i])) | 0;
    const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
    const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + t1) | 0;
    d = c;
    c = b;
    b = a;
    a = (t1 + t2) | 0;
  }
  [a, b, c, d, e, f, g, h].forEach((value, i) => {
    state[i] = (/** @type {number} */ (state[i]) + value) | 0;
  });
}

/**
 * @param {Uint8Array} bytes
 * @returns {string} in hexadecimal
 */
export function sha256(bytes) {
  const state = START.slice();
  const w = new Int32Array(64);
  const data = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const whole = bytes.length - (bytes.length % 64);
  for (let offset = 0; offset < whole; offset += 64) digestBlock(state, data, offset, w);
  const rest = bytes.length - whole;
  const tail = new Uint8Array(rest < 56 ? 64 : 128);
  tail.set(bytes.subarray(whole));
  tail[rest] = 0x80;
  const end = new DataView(tail.buffer);
  end.setUint32(tail.length - 8, Math.floor(bytes.length / 2 ** 29));
  end.setUint32(tail.length - 4, bytes.length * 8);
  for (let offset = 0; offset < tail.length; offset += 64) digestBlock(state, end, offset, w);
  return hex(new Uint8Array(new Uint32Array(state).buffer), true);
}

/**
 * @param {Uint8Array} bytes
 * @param {boolean} [words] whether they are words in this machine's byte order
 */
export function hex(bytes, words = false) {
  if (words) {
    const view = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
    return Array.from(view, (word) => word.toString(16).padStart(8, '0')).join('');
  }
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
