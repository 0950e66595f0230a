// @ts-check
/**
 * One viewer's connection, over whichever way stands first. It never reconnects; link.js does.
 *
 *     WebRTC: offer ─► answer ─────────────────────────► used
 *                        └─ 0.9 s, if it does not stand ─► WebSocket: used until WebRTC stands, now or later
 *                                                            └─ neither ─► /stream.mjpeg: to watch, until then
 *
 * It may open before there is anybody who listens: what comes until then is kept.
 */

import { WebRtc } from './webrtc.js';
import { deleteSession, Failure, isSessionAlive } from './whep.js';

/**
 * @typedef {import('./webrtc.js').Transport} Transport
 * @typedef {import('./decoders.js').Image} Image
 * @typedef {import('./websocket.js').WebSocketWay} WebSocketWay
 */

/**
 * What `?transport=` takes; empty for the best there is.
 *
 * @typedef {'' | 'webrtc' | 'websocket' | 'jpeg' | 'mjpeg'} Wanted
 *
 * @typedef {object} SessionEvents
 * @property {(message: any) => void} onMessage what the server says
 * @property {(stream: MediaStream) => void} onStream the video over WebRTC, before its first frame
 * @property {() => void} onEnd that video is about to end
 * @property {(image: Image, stamp: number) => void} onPicture a frame over another way
 * @property {() => void} onSign anything came over another way
 * @property {() => void} onMoved the session goes on over WebRTC
 */

/**
 * From the answer on WebRTC stands after 0.1 s nearby, 0.4 s across an ocean and 0.7 s at 150 kbit/s, where anything
 * else would be in its way; a picture is wanted within 2 s.
 */
const HEAD_START_MS = 900;
/** The same where it did not get through the last time. */
const SHORT_START_MS = 100;
/** The longest wait for an answer before another way is tried. */
const UNANSWERED_MS = 3000;
/** When WebRTC is tried again, while the page goes on without: then after twice the time, and so on. */
const RETRY_MS = 30_000;
const LONGEST_RETRY_MS = 300_000;
/** What is under way over the WebSocket when WebRTC takes over arrives within this. */
const OVERLAP_MS = 1000;

/** Failures that say more than others, the first most; where the first is one, no other way helps. */
const TELLING = ['unauthorized', 'busy'];

export class Session {
  /** @type {Transport | null} the one that is used */
  #current = null;
  /** @type {WebRtc | null} */
  #webrtc = null;
  /** @type {WebSocketWay | null} */
  #socket = null;
  /** @type {Transport | null} */
  #stream = null;
  #token;
  #wanted;
  /** @type {SessionEvents | null} */
  #events = null;
  /** What came before somebody listened: the newest picture is enough. */
  #kept = {
    messages: /** @type {any[]} */ ([]),
    stream: /** @type {MediaStream | null} */ (null),
    picture: /** @type {{image: Image, stamp: number} | null} */ (null),
  };
  /** @type {Promise<void> | null} */
  #opened = null;
  #heed = () => {};
  /** Somebody listens: before that no other way is of use, and its script would hold up the page's. @type {Promise<void>} */
  #listened = new Promise((resolve) => {
    this.#heed = resolve;
  });
  #answered = () => {};
  /** Resolves when the server has answered; never if it does not. @type {Promise<void>} */
  answered;
  #over = false;
  #retryMs = RETRY_MS;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  /** @type {(failure: Failure) => void} */
  #end = () => {};
  /** Resolves with the reason when the session is over, however it ends; never rejects. @type {Promise<Failure>} */
  closed;
  /** Why it is not WebRTC, in words; empty where it is. */
  reason = '';

  /**
   * @param {string} token
   * @param {Wanted} wanted
   */
  constructor(token, wanted) {
    this.#token = token;
    this.#wanted = wanted;
    this.answered = new Promise((resolve) => {
      this.#answered = resolve;
    });
    this.closed = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  /**
   * Listen from now on; what has come before is told at once.
   *
   * @param {SessionEvents} events
   */
  listen(events) {
    this.#events = events;
    this.#heed();
    const { messages, stream, picture } = this.#kept;
    if (stream !== null) events.onStream(stream);
    if (picture !== null) events.onPicture(picture.image, picture.stamp);
    for (const message of messages.splice(0)) events.onMessage(message);
    this.#kept = { messages, stream: null, picture: null };
  }

  /**
   * Connect, if that has not begun; resolves when one way stands.
   *
   * @throws {Failure} after the session has closed itself
   */
  open() {
    this.#opened ??= this.#open();
    return this.#opened;
  }

  async #open() {
    /** @type {Promise<Failure | null>[]} each null where that way is used */
    const attempts = [];
    if (this.#wanted === '' || this.#wanted === 'webrtc') attempts.push(this.#tryWebRtc(''));
    if (this.#wanted !== 'webrtc') attempts.push(this.#tryHttp(attempts[0]));
    const opened = Promise.any(attempts.map(async (attempt) => {
      const failure = await attempt;
      if (failure !== null) throw failure;
    })).then(() => null, (/** @type {AggregateError} */ { errors }) =>
      TELLING.map((kind) => errors.find((error) => error.kind === kind)).find(Boolean) ?? errors[0]);
    const failure = await Promise.race([opened, this.closed]);
    if (failure === null) return;
    this.close(failure);
    throw failure;
  }

  /**
   * @param {string} resource of the session that there is; empty for a new one
   * @returns {Promise<Failure | null>}
   */
  async #tryWebRtc(resource) {
    /** @type {WebRtc} */
    let way;
    try {
      way = new WebRtc(this.#token, resource, {
        onMessage: this.#onMessage,
        onStream: (stream) => {
          if (this.#events === null) this.#kept.stream = stream;
          else this.#events.onStream(stream);
        },
        onEnd: () => this.#events?.onEnd(),
      });
    } catch {
      return new Failure('media', 'this browser has no WebRTC, or it is switched off');
    }
    this.#webrtc = way;
    way.answered.then(this.#answered);
    try {
      await way.open();
    } catch (error) {
      // Another attempt may have taken its place meanwhile, and is nobody's failure.
      if (this.#webrtc !== way) return null;
      return error instanceof Failure ? error : new Failure('media', String(error));
    }
    this.#use(way);
    return null;
  }

  /**
   * @param {Promise<Failure | null> | undefined} webrtc the attempt before this one, if there is any
   * @returns {Promise<Failure | null>}
   */
  async #tryHttp(webrtc) {
    const failure = await this.#trySocket(webrtc);
    const chained = this.#wanted === '' || this.#wanted === 'mjpeg';
    if (failure === null || this.#over || !chained || TELLING.includes(failure.kind)) return failure;
    // A WebSocket that WebRTC has overtaken was closed on its way.
    if (this.#current !== null) return null;
    return await this.#tryStream() ? null : failure;
  }

  /**
   * @param {Promise<Failure | null> | undefined} webrtc
   * @returns {Promise<Failure | null>}
   */
  async #trySocket(webrtc) {
    if (webrtc !== undefined) {
      const answered = (this.#webrtc?.answered ?? Promise.resolve())
        .then(() => passed(wasFallback() ? SHORT_START_MS : HEAD_START_MS));
      const waited = Promise.all([answered, this.#listened]).then(() => null);
      const failure = await Promise.race([webrtc, waited, passed(UNANSWERED_MS)]);
      if (this.#over || this.#current !== null || failure?.kind === TELLING[0]) return failure ?? null;
      this.reason = failure?.message ?? 'WebRTC has not connected yet';
      webrtc.then((late) => this.#webrtcFailed(late));
    } else this.reason = 'chosen in the address';
    try {
      // Most pages do without.
      const { WebSocketWay } = await import('./websocket.js');
      const way = new WebSocketWay(this.#token, {
        session: this.#webrtc?.resource.split('/').pop() ?? '',
        pictures: this.#wanted === 'jpeg' || this.#wanted === 'mjpeg' ? this.#wanted : '',
        onMessage: (message) => {
          this.#answered();
          this.#onMessage(message);
        },
        onSign: () => this.#events?.onSign(),
        onPicture: (image, stamp) => this.#onPictureOf(way, image, stamp),
      });
      if (this.#over || this.#current !== null) return null;
      this.#socket = way;
      await way.open();
      this.#use(way);
      return null;
    } catch (error) {
      return error instanceof Failure ? error : new Failure('unreachable', String(error));
    }
  }

  /** @returns {Promise<boolean>} whether pictures come that way */
  async #tryStream() {
    const { MjpegWay } = await import('./mjpeg.js');
    const way = new MjpegWay(this.#token, {
      onMessage: this.#onMessage,
      onSign: () => this.#events?.onSign(),
      onPicture: (image, stamp) => this.#onPictureOf(way, image, stamp),
    });
    if (this.#over || this.#current !== null) return true;
    this.#stream = way;
    try {
      await way.open();
    } catch {
      return false;
    }
    this.#answered();
    if (this.#current === null) this.reason = way.reason;
    this.#use(way);
    return true;
  }

  /** @param {any} message */
  #onMessage = (message) => {
    if (this.#events === null) this.#kept.messages.push(message);
    else this.#events.onMessage(message);
  };

  /**
   * @param {Transport} way
   * @param {Image} image
   * @param {number} stamp
   */
  #onPictureOf(way, image, stamp) {
    // What still comes after WebRTC has taken over is older than its frames.
    if (this.#current !== null && this.#current !== way) image.close();
    else this.#onPicture(image, stamp);
  }

  /** @type {(image: Image, stamp: number) => void} */
  #onPicture = (image, stamp) => {
    if (this.#events !== null) {
      this.#events.onPicture(image, stamp);
      return;
    }
    this.#kept.picture?.image.close();
    this.#kept.picture = { image, stamp };
  };

  /** @param {Transport} way */
  #use(way) {
    const former = this.#current;
    if (this.#over || (former !== null && way !== this.#webrtc)) {
      way.close();
      return;
    }
    this.#current = way;
    way.closed.then((failure) => {
      if (this.#current === way) this.close(failure);
    });
    if (way === this.#webrtc) {
      this.reason = '';
      rememberFallback(false);
      if (former === null) {
        this.#socket?.close();
        this.#stream?.close();
      } else {
        setTimeout(() => former.close(), OVERLAP_MS);
        this.#events?.onMoved();
      }
    } else if (this.#wanted === '') {
      rememberFallback(true);
      // It asked for a session before the WebSocket did, and the answer was not there in time.
      if (way === this.#socket && this.#webrtc !== null && this.#webrtc.resource !== way.resource) this.#webrtc.close();
    }
  }

  /**
   * While the session goes on over a WebSocket: try again later.
   *
   * @param {Failure | null} failure
   */
  #webrtcFailed(failure) {
    if (failure === null || this.#over) return;
    if (this.#current === null || this.#current !== this.#stream) this.reason = failure.message;
    this.#timer = setTimeout(() => this.hurry(), this.#retryMs);
    this.#retryMs = Math.min(LONGEST_RETRY_MS, 2 * this.#retryMs);
  }

  /** Try WebRTC now, where the session goes on without: the network may have changed. */
  async hurry() {
    const current = this.#current;
    if (this.#over || this.#wanted !== '' || current === null || current === this.#webrtc) return;
    clearTimeout(this.#timer);
    const former = this.#webrtc;
    const attempt = this.#tryWebRtc(current.resource);
    former?.close();
    this.#webrtcFailed(await attempt);
  }

  /** How the server is reached: webrtc, websocket or jpeg; empty before it is. */
  get kind() {
    return this.#current?.kind ?? '';
  }

  /** The channel that input goes through; only of an open session. */
  get input() {
    return /** @type {Transport} */ (this.#current).input;
  }

  /** @param {import('./meter.js').ReadReport} readReport */
  async readCounters(readReport) {
    return this.#current?.readCounters(readReport);
  }

  /** Ask the server whether it still knows this session. */
  async isAlive() {
    if (this.#current === this.#stream) return this.#current !== null; // it ends when its response does
    return this.#current !== null && isSessionAlive(this.#current.resource, this.#token);
  }

  /**
   * End the session; idempotent.
   *
   * @param {Failure} [reason]
   */
  close(reason = new Failure('lost', 'closed')) {
    if (!this.#over) {
      this.#over = true;
      clearTimeout(this.#timer);
      const ways = [this.#webrtc, this.#socket, this.#stream];
      for (const way of ways) way?.close(reason);
      for (const resource of new Set(ways.map((way) => way?.resource))) {
        if (resource) deleteSession(resource, this.#token);
      }
    }
    this.#end(reason);
  }
}

/**
 * @param {number} ms
 * @returns {Promise<null>}
 */
function passed(ms) {
  return new Promise((resolve) => {
    setTimeout(() => resolve(null), ms);
  });
}

const FALLBACK = 'vizstream.fallback';

/** Whether this tab went without WebRTC the last time. */
function wasFallback() {
  try {
    return sessionStorage.getItem(FALLBACK) !== null;
  } catch {
    return false; // no storage in this context
  }
}

/** @param {boolean} fallback */
function rememberFallback(fallback) {
  try {
    if (fallback) sessionStorage.setItem(FALLBACK, '1');
    else sessionStorage.removeItem(FALLBACK);
  } catch {
    // no storage in this context
  }
}
