// @ts-check
/**
 * `GET /stream.mjpeg`, read by the page: the last way, where neither WebRTC nor a WebSocket gets through.
 *
 * An `<img>` would show the same stream, but could send the token in the address only, where proxies write it
 * down, and tells neither how many pictures come nor how large they are.
 */

import { JpegDecoder } from './decoders.js';
import { Failure, refusal } from './whep.js';

/** As long as a tunnel may take to wake up. */
const DEADLINE_MS = 10_000;

/** What the head of a part may take, in bytes; ours take 100. */
const MAX_HEAD_BYTES = 4096;
/** The largest picture: one of 4K with no compression at all. */
const MAX_PART_BYTES = 33e6;

/**
 * @typedef {object} Part
 * @property {number} number of the message that it stands for; 0 where it has none
 * @property {number} stamp RTP timestamp, 0 where it has none
 * @property {Uint8Array<ArrayBuffer>} data
 */

/** Cuts what comes into parts (RFC 2046, section 5.1), which all must say how long they are. */
export class PartReader {
  #held = new Uint8Array(0);

  /**
   * @param {Uint8Array} chunk
   * @returns {Part[]} those that are whole with it
   * @throws {RangeError} where it is no stream of ours
   */
  push(chunk) {
    const held = new Uint8Array(this.#held.length + chunk.length);
    held.set(this.#held);
    held.set(chunk, this.#held.length);
    /** @type {Part[]} */
    const parts = [];
    let begin = 0;
    for (;;) {
      const end = headEnd(held, begin);
      if (end < 0) {
        if (held.length - begin > MAX_HEAD_BYTES) throw new RangeError('the head of a part has no end');
        break;
      }
      const head = new TextDecoder().decode(held.subarray(begin, end));
      const value = (/** @type {string} */ name) => Number(new RegExp(`^${name}: *(\\d+)`, 'im').exec(head)?.[1] ?? NaN);
      const length = value('content-length');
      if (!(length <= MAX_PART_BYTES)) throw new RangeError('a part does not say how long it is');
      if (held.length < end + length) break;
      parts.push({ number: value('x-number') || 0, stamp: value('x-stamp') || 0, data: held.slice(end, end + length) });
      begin = end + length;
    }
    this.#held = held.slice(begin);
    return parts;
  }
}

/**
 * @param {Uint8Array} bytes
 * @param {number} begin
 * @returns {number} where the head that begins there has ended, empty line included; -1 where it has not
 */
function headEnd(bytes, begin) {
  const most = Math.min(bytes.length, begin + MAX_HEAD_BYTES);
  for (let at = begin; at + 3 < most; at += 1) {
    if (bytes[at] === 13 && bytes[at + 1] === 10 && bytes[at + 2] === 13 && bytes[at + 3] === 10) return at + 4;
  }
  return -1;
}

/**
 * Read the stream until it ends.
 *
 * @param {string} token
 * @param {string} query of its address
 * @param {object} options
 * @param {AbortSignal} options.signal
 * @param {(part: Part) => void} options.onPart
 * @returns {Promise<Failure>} why it has ended
 */
export async function readStream(token, query, { signal, onPart }) {
  try {
    /** @type {Record<string, string>} */
    const headers = token ? { Authorization: `Bearer ${token}` } : {};
    const response = await fetch(`/stream.mjpeg?${query}`, { headers, signal, cache: 'no-store' });
    if (!response.ok || response.body === null) return await refusal(response);
    const parts = new PartReader();
    const reader = response.body.getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return new Failure('lost', 'the stream of pictures has ended');
      for (const part of parts.push(value)) onPart(part);
    }
  } catch (error) {
    return new Failure('unreachable', String(error));
  }
}

/**
 * The stream alone: there is nothing to steer with, and nobody who says how the scene stands.
 *
 * @implements {Transport}
 *
 * @typedef {import('./webrtc.js').Transport} Transport
 */
export class MjpegWay {
  kind = 'mjpeg';
  reason = 'WebSockets do not get through, either; to watch only';
  resource = '';
  input = { bufferedAmount: 0, send() {} };
  #abort = new AbortController();
  #decoder;
  #token;
  #events;
  #begun = false;
  #bytes = 0;
  #size = { width: 0, height: 0 };
  /** @type {(failure: Failure) => void} */
  #end = () => {};
  /** @type {Promise<Failure>} */
  closed;

  /**
   * @param {string} token
   * @param {object} events
   * @param {(message: any) => void} events.onMessage
   * @param {(image: import('./decoders.js').Image, stamp: number) => void} events.onPicture
   * @param {() => void} events.onSign anything came
   */
  constructor(token, events) {
    this.#token = token;
    this.#events = events;
    this.closed = new Promise((resolve) => {
      this.#end = resolve;
    });
    this.#decoder = new JpegDecoder({ onPicture: this.#onPicture, onTaken: () => {}, onStuck: () => {} });
  }

  async open() {
    const late = setTimeout(() => this.close(new Failure('media', 'no pictures in time')), DEADLINE_MS);
    const query = `window=${new URLSearchParams(location.hash.slice(1)).get('window') ?? 0}`;
    const first = new Promise((resolve) => {
      readStream(this.#token, query, {
        signal: this.#abort.signal,
        onPart: ({ stamp, data }) => {
          this.#bytes += data.length;
          this.#events.onSign();
          if (!this.#begun) this.#begin();
          this.#decoder.take({ key: true, codec: 'jpeg', number: 0, stamp, data });
          resolve(undefined);
        },
      }).then((failure) => this.close(failure));
    });
    const failure = await Promise.race([first, this.closed]);
    clearTimeout(late);
    if (failure instanceof Failure) throw failure;
  }

  /** Say what the server would. */
  #begin() {
    this.#begun = true;
    this.#events.onMessage({ type: 'hello', viewer: 0, role: 'view', session: '' });
    this.#events.onMessage({ type: 'scene', phase: 'live', title: '', message: '', width: 0, height: 0 });
  }

  /** @type {(image: import('./decoders.js').Image, stamp: number) => void} */
  #onPicture = (image, stamp) => {
    this.#size = { width: /** @type {ImageBitmap} */ (image).width, height: /** @type {ImageBitmap} */ (image).height };
    this.#events.onPicture(image, stamp);
  };

  async readCounters() {
    const counted = { bytes_received: this.#bytes, frames_decoded: this.#decoder.decoded, rtt_ms: null };
    return { codec: 'JPEG', ...this.#size, ...counted };
  }

  /**
   * End the connection; idempotent.
   *
   * @param {Failure} [reason]
   */
  close(reason = new Failure('lost', 'closed')) {
    this.#end(reason);
    this.#abort.abort();
    this.#decoder.close();
  }
}
