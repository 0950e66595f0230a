// @ts-check
/** The way over a WebSocket, where WebRTC does not get through: the same frames and messages; see docs/protocol.md. */

import { JpegDecoder, supportedCodecs, WebCodecsDecoder } from './decoders.js';
import { readStream } from './mjpeg.js';
import { Failure, whyRefused } from './whep.js';

/**
 * @typedef {import('./decoders.js').Frame} Frame
 * @typedef {import('./webrtc.js').Transport} Transport
 */

/** As long as a tunnel may take to wake up. */
const DEADLINE_MS = 10_000;

/** Acknowledgements are not sent more often than this: 100 a second are 50 kbit/s upstream. */
const ACKNOWLEDGE_MS = 10;

const PING = 0;
const KEY = 2;
const HEADER_BYTES = 12;
const NEED_KEYFRAME = new Uint8Array([2]);

/** How the stats name codecs: as WebRTC does. @type {Record<string, string>} */
const SHOWN = { h264: 'H264', av1: 'AV1', vp9: 'VP9', vp8: 'VP8', jpeg: 'JPEG' };

/** @type {Record<number, import('./retry.js').FailureKind>} */
const KINDS = { 4503: 'busy', 4400: 'refused', 4406: 'refused' };

/**
 * Read a binary message.
 *
 * @param {ArrayBuffer} buffer
 * @param {readonly string[]} codecs in the order in which the server was told them
 * @returns {Frame | {number: number} | null} a frame, a ping, or null for what this page does not know
 */
export function readFrame(buffer, codecs) {
  if (buffer.byteLength < HEADER_BYTES) return null;
  const view = new DataView(buffer);
  const kind = view.getUint8(0);
  const number = view.getUint32(4);
  if (kind === PING) return { number };
  const codec = codecs[view.getUint8(1)];
  if (kind > KEY || codec === undefined) return null;
  return { key: kind === KEY, codec, number, stamp: view.getUint32(8), data: new Uint8Array(buffer, HEADER_BYTES) };
}

/**
 * The message that says that a frame and all before it have come.
 *
 * @param {number} number
 */
export function acknowledgement(number) {
  const view = new DataView(new ArrayBuffer(5));
  view.setUint8(0, 1);
  view.setUint32(1, number);
  return view.buffer;
}

/** @implements {Transport} */
export class WebSocketWay {
  resource = '';
  /** @type {WebSocket | null} */
  #socket = null;
  /** @type {import('./decoders.js').Decoder | null} */
  #decoder = null;
  #token;
  #session;
  #pictures;
  #abort = new AbortController();
  #events;
  #over = false;
  /** @type {(failure: Failure) => void} */
  #end = () => {};
  /** @type {Promise<Failure>} */
  closed;
  #bytes = 0;
  #codec = '';
  #size = { width: 0, height: 0 };
  #taken = 0;
  #acknowledged = 0;
  #acknowledgedAt = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /**
   * @param {string} token
   * @param {object} options
   * @param {string} options.session the id of the session that there is already; empty for a new one
   * @param {'' | 'jpeg' | 'mjpeg'} options.pictures how they come: as JPEGs, or those in a stream of their own;
   *   empty for the best that this browser decodes
   * @param {(message: any) => void} options.onMessage
   * @param {(image: import('./decoders.js').Image, stamp: number) => void} options.onPicture
   * @param {() => void} options.onSign anything came
   */
  constructor(token, { session, pictures, ...events }) {
    this.#token = token;
    this.#session = session;
    this.#pictures = pictures;
    this.#events = events;
    this.closed = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  get kind() {
    if (this.#pictures === 'mjpeg') return 'mjpeg';
    return this.#decoder instanceof JpegDecoder ? 'jpeg' : 'websocket';
  }

  /** Whether the present socket chokes is for the outbox to see; before there is one, everything is lost. */
  get input() {
    return /** @type {WebSocket} */ (this.#socket);
  }

  async open() {
    const codecs = this.#pictures === '' ? await supportedCodecs() : [];
    const late = setTimeout(() => this.close(new Failure('media', 'no WebSocket in time')), DEADLINE_MS);
    try {
      if (!this.#over) await this.#connect(codecs);
      if (this.#over) throw await this.closed;
    } finally {
      clearTimeout(late);
    }
  }

  /** @param {readonly string[]} codecs */
  #connect(codecs) {
    const events = {
      onPicture: this.#onPicture,
      onTaken: this.#onTaken,
      onStuck: () => this.#socket?.send(NEED_KEYFRAME),
    };
    const decoder = codecs.length > 0 ? new WebCodecsDecoder(codecs, events) : new JpegDecoder(events);
    this.#decoder = decoder;
    const url = new URL('/ws', location.href);
    url.protocol = url.protocol.replace('http', 'ws');
    url.hash = '';
    // A page can set no other header.
    const socket = new WebSocket(url, this.#token ? ['vizstream', `bearer.${this.#token}`] : ['vizstream']);
    this.#socket = socket;
    socket.binaryType = 'arraybuffer';
    socket.onopen = () => socket.send(JSON.stringify(
      { type: 'open', session: this.#session, codecs: this.#pictures === 'mjpeg' ? ['mjpeg'] : decoder.codecs }));
    return new Promise((resolve) => {
      socket.onmessage = ({ data }) => {
        this.#events.onSign();
        if (typeof data === 'string') this.#onText(data, decoder, resolve);
        else this.#onBinary(data, decoder);
      };
      socket.onclose = async ({ code, reason }) => {
        const words = reason || `WebSocket closed: ${code}`;
        // A page is not told the status with which its WebSocket was refused.
        if (this.resource || code >= 4000) this.close(new Failure(KINDS[code] ?? 'lost', words));
        else this.close(await whyRefused(this.#token) ?? new Failure('unreachable', words));
        resolve(undefined);
      };
    });
  }

  /**
   * @param {string} text
   * @param {import('./decoders.js').Decoder} decoder
   * @param {(value: undefined) => void} opened
   */
  #onText(text, decoder, opened) {
    const message = JSON.parse(text);
    if (message.type === 'hello') {
      this.resource = new URL(`/whep/${message.session}`, location.href).href;
      opened(undefined);
      if (this.#pictures === 'mjpeg') this.#readStream(message.session, decoder);
    }
    this.#events.onMessage(message);
  }

  /**
   * @param {string} session
   * @param {import('./decoders.js').Decoder} decoder
   */
  async #readStream(session, decoder) {
    this.close(await readStream(this.#token, `session=${session}`, {
      signal: this.#abort.signal,
      onPart: ({ number, stamp, data }) => {
        this.#codec = 'jpeg';
        this.#bytes += data.length;
        this.#events.onSign();
        decoder.take({ key: true, codec: 'jpeg', number, stamp, data });
      },
    }));
  }

  /**
   * @param {ArrayBuffer} buffer
   * @param {import('./decoders.js').Decoder} decoder
   */
  #onBinary(buffer, decoder) {
    this.#bytes += buffer.byteLength;
    const frame = readFrame(buffer, decoder.codecs);
    if (frame === null) return;
    if ('data' in frame) {
      this.#codec = frame.codec;
      decoder.take(frame);
    } else this.#onTaken(frame.number);
  }

  /** @type {(image: import('./decoders.js').Image, stamp: number) => void} */
  #onPicture = (image, stamp) => {
    const bitmap = image instanceof ImageBitmap;
    this.#size = { width: bitmap ? image.width : image.displayWidth, height: bitmap ? image.height : image.displayHeight };
    this.#events.onPicture(image, stamp);
  };

  /** @type {(number: number) => void} */
  #onTaken = (number) => {
    this.#taken = Math.max(this.#taken, number);
    if (this.#timer !== undefined) return;
    const wait = this.#acknowledgedAt + ACKNOWLEDGE_MS - performance.now();
    if (wait <= 0) this.#acknowledge();
    else this.#timer = setTimeout(() => this.#acknowledge(), wait);
  };

  #acknowledge() {
    this.#timer = undefined;
    if (this.#over || this.#taken === this.#acknowledged) return;
    this.#acknowledged = this.#taken;
    this.#acknowledgedAt = performance.now();
    this.#socket?.send(acknowledgement(this.#taken));
  }

  async readCounters() {
    return {
      codec: SHOWN[this.#codec.split('-')[0] ?? ''] ?? this.#codec,
      ...this.#size,
      bytes_received: this.#bytes,
      frames_decoded: this.#decoder?.decoded ?? 0,
      rtt_ms: null,
    };
  }

  /**
   * End the connection; idempotent.
   *
   * @param {Failure} [reason]
   */
  close(reason = new Failure('lost', 'closed')) {
    if (!this.#over) {
      this.#over = true;
      clearTimeout(this.#timer);
      const socket = this.#socket;
      // Closed while it connects, browsers would complain.
      if (socket?.readyState === 0) socket.onopen = () => socket.close();
      else socket?.close();
      this.#decoder?.close();
      this.#abort.abort();
    }
    this.#end(reason);
  }
}
