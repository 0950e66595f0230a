// @ts-check
/**
 * Stills: the picture of a scene at rest, exact, over the video.
 *
 *     told ─► load ─► shown ─► gone
 *               │        ▲▼      ▲
 *               └─ covered ──────┘   somebody steers, or a frame came that may be newer
 *
 * A still is gone for good when a newer frame exists.  It is covered, which looks the same, for as long as one
 * may exist: from an input until a second has passed without a change, and from a frame whose number is not
 * known until it is.  The lowest bit of a frame's RTP timestamp tells at once whether it repeats the one before.
 */

/**
 * @typedef {object} Announcement what the server says of a still; see docs/protocol.md
 * @property {number} seq
 * @property {string} url
 * @property {boolean} exact
 * @property {number} bytes
 * @property {string} sha256
 * @property {number} width
 * @property {number} height
 * @property {number} rows
 * @property {number} rtp
 * @property {number} age_ms
 *
 * @typedef {object} Loaded
 * @property {ImageBitmap} bitmap
 * @property {number} bytes
 * @property {boolean} verified whether its hash is the server's
 *
 * @typedef {object} StillStats
 * @property {number | null} seq null while none is seen
 * @property {boolean} lossless
 * @property {boolean} exact lossless, and verified
 * @property {number | null} bytes
 * @property {number | null} ms_after_rest
 */

/** After an input, as long as this without any sign of a newer frame, and the still shows again. */
const UNANSWERED_MS = 1000;

/** Frames whose numbers are remembered: rows come up to 1 s after their frames, or before. */
const MEMORY = 128;

/** @type {Readonly<StillStats>} */
const NONE = Object.freeze({ seq: null, lossless: false, exact: false, bytes: null, ms_after_rest: null });

/**
 * Whether one RTP timestamp lies after another; they wrap around.
 *
 * @param {number} a
 * @param {number} b
 */
function isAfter(a, b) {
  const distance = (a - b) >>> 0;
  return distance > 0 && distance < 2 ** 31;
}

export class Stills {
  /** @type {{still: Announcement, toldAt: number} | null} */
  #current = null;
  /** @type {{seq: number, exact: boolean, stats: StillStats} | null} what the loader has brought */
  #ready = null;
  /** @type {AbortController | null} */
  #loading = null;
  /** The RTP timestamp of the frame that covers; null while none does. @type {number | null} */
  #frame = null;
  #steering = false;
  #visible = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  /** @type {Map<number, number>} RTP timestamp → seq */
  #seqs = new Map();
  #newestSeq = 0;
  #window = 0;
  /** Whether the video has come to rest, and the loader knows. */
  #resting = false;
  #load;
  #put;
  #setVisible;
  #expect;

  /**
   * @param {object} options
   * @param {(still: Announcement, signal: AbortSignal) => Promise<Loaded>} options.load
   * @param {(bitmap: ImageBitmap) => void} options.put draws, without showing
   * @param {(visible: boolean) => void} options.setVisible
   * @param {() => void} [options.expect] called when the video has come to rest: a still will be told of soon
   */
  constructor({ load, put, setVisible, expect = () => {} }) {
    this.#load = load;
    this.#put = put;
    this.#setVisible = setVisible;
    this.#expect = expect;
  }

  /** What is seen now. @returns {StillStats} */
  get stats() {
    return this.#visible && this.#ready !== null ? this.#ready.stats : NONE;
  }

  /**
   * The server has a still.
   *
   * @param {Announcement} still
   */
  told(still) {
    if (still.seq < this.#newestSeq || still.seq < (this.#current?.still.seq ?? 0)) return;
    this.#stop();
    this.#current = { still, toldAt: performance.now() };
    this.#newestSeq = still.seq;
    this.#update();
  }

  /**
   * A newer frame exists.
   *
   * @param {number} seq
   */
  moved(seq) {
    this.#newestSeq = Math.max(this.#newestSeq, seq);
    if (this.#current === null || seq <= this.#current.still.seq) return;
    this.#stop();
    this.#current = this.#ready = this.#frame = null;
    this.#update();
  }

  /** @param {import('./latency.js').FrameRow[]} rows which frame is which */
  rows(rows) {
    for (const [stamp, seq] of rows) {
      this.#seqs.set(stamp, seq);
      if (stamp === this.#frame && !this.#isNewer(seq)) this.#frame = null;
    }
    for (const oldest of this.#seqs.keys()) {
      if (this.#seqs.size <= MEMORY) break;
      this.#seqs.delete(oldest);
    }
    this.#update();
  }

  /** @param {number} stamp RTP timestamp of the frame that the video shows now */
  presented(stamp) {
    const resting = (stamp & 1) === 1;
    if (resting && !this.#resting && this.#current === null) this.#expect();
    this.#resting = resting;
    if (this.#current === null || (stamp & 1) === 1 || !isAfter(stamp, this.#current.still.rtp)) return;
    const seq = this.#seqs.get(stamp);
    this.#frame = seq === undefined || this.#isNewer(seq) ? stamp : null;
    this.#update();
  }

  /**
   * This page sees another window from now on, or the same; seqs of two windows do not compare.
   *
   * @param {number} window
   */
  watch(window) {
    if (window === this.#window) return;
    this.reset();
    this.#window = window;
  }

  /** Somebody at this page steers. */
  steer() {
    if (this.#current === null) return;
    this.#steering = true;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#steering = false;
      this.#update();
    }, UNANSWERED_MS);
    this.#update();
  }

  /** The connection has ended. */
  reset() {
    this.#stop();
    clearTimeout(this.#timer);
    this.#current = this.#ready = this.#frame = null;
    this.#steering = false;
    this.#newestSeq = 0;
    this.#seqs.clear();
    this.#update();
  }

  /** @param {number} seq */
  #isNewer(seq) {
    return this.#current !== null && seq > this.#current.still.seq;
  }

  #stop() {
    this.#loading?.abort();
    this.#loading = null;
  }

  #update() {
    const covered = this.#steering || this.#frame !== null;
    const { seq, exact } = this.#current?.still ?? { seq: 0, exact: false };
    // A draft goes on being seen while the exact one is loaded.
    const visible = !covered && this.#current !== null && this.#ready?.seq === seq;
    if (visible !== this.#visible) {
      this.#visible = visible;
      this.#setVisible(visible);
    }
    if (this.#current === null || (visible && this.#ready?.exact === exact)) return;
    if (covered) this.#stop();
    else if (this.#loading === null && !(this.#ready?.seq === seq && this.#ready.exact === exact)) this.#start(this.#current);
  }

  /** @param {{still: Announcement, toldAt: number}} told */
  async #start({ still, toldAt }) {
    const abort = new AbortController();
    this.#loading = abort;
    /** @type {Loaded} */
    let loaded;
    try {
      loaded = await this.#load(still, abort.signal);
    } catch {
      return; // gone meanwhile, or a browser without what it takes: the video remains
    }
    if (abort.signal.aborted) {
      loaded.bitmap.close();
      return;
    }
    this.#loading = null;
    this.#put(loaded.bitmap);
    this.#ready = {
      seq: still.seq,
      exact: still.exact,
      stats: {
        seq: still.seq,
        lossless: still.exact,
        exact: loaded.verified,
        bytes: loaded.bytes,
        ms_after_rest: Math.round(still.age_ms + performance.now() - toldAt),
      },
    };
    this.#update();
  }
}
