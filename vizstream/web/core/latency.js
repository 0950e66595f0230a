// @ts-check
/**
 * Input-to-photon latency, measured in the page, always on.
 *
 *     input 7 happens ──► sent(7, t0)
 *     a frame reaches the screen ──► presented(rtp, t1)
 *     the server tells, up to 250 ms later: frame rtp shows input 7 ──► rows([[rtp, seq, 7]])
 *     sample = t1 - t0
 *
 * One sample for each frame that shows an input which no earlier frame showed; it counts from the
 * newest input in that frame, so that moves merged on the way do not pull the figure up.
 */

/** Samples that the percentiles are taken from: some ten seconds of dragging. */
const WINDOW = 512;
/** Inputs and frames remembered: the channel's batches are up to 1 s apart, a slow link adds seconds. */
const MEMORY = 1024;

/**
 * The p-th percentile by the nearest-rank method.
 *
 * @param {number[]} values in any order
 * @param {number} p 0 … 100
 * @returns {number | null} null for no values
 */
export function percentile(values, p) {
  if (values.length === 0) return null;
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil((p / 100) * sorted.length) - 1)] ?? null;
}

/**
 * Set a key and forget the oldest ones above `limit`.
 *
 * @template K, V
 * @param {Map<K, V>} map
 * @param {K} key
 * @param {V} value
 * @param {number} limit
 */
function remember(map, key, value, limit) {
  map.set(key, value);
  for (const oldest of map.keys()) {
    if (map.size <= limit) break;
    map.delete(oldest);
  }
}

/** @typedef {[rtpTimestamp: number, seq: number, inputId: number]} FrameRow */

export class Latency {
  /** @type {Map<number, number>} input id → time it happened */
  #sent = new Map();
  /** @type {Map<number, number>} RTP timestamp → time it was presented */
  #presented = new Map();
  /** @type {FrameRow[]} rows whose frame has not been presented yet, oldest first */
  #waiting = [];
  /** @type {number[]} */
  #samples = [];
  #count = 0;
  #lastId = 0;
  /** Sequence number of the newest frame known to be on the screen; 0 before the first. */
  seq = 0;

  /**
   * @param {number} id
   * @param {number} time in ms, of `performance.now()`
   */
  sent(id, time) {
    remember(this.#sent, id, time, MEMORY);
  }

  /**
   * @param {number} rtpTimestamp
   * @param {number} time in ms, of `performance.now()`
   */
  presented(rtpTimestamp, time) {
    remember(this.#presented, rtpTimestamp, time, MEMORY);
    if (this.#waiting.length > 0) this.#match();
  }

  /** @param {FrameRow[]} rows in the order of their frames */
  rows(rows) {
    this.#waiting.push(...rows);
    this.#match();
    this.#waiting.splice(0, this.#waiting.length - MEMORY);
  }

  /** Forget what belongs to one connection: its frames, not the samples. */
  reset() {
    this.#presented.clear();
    this.#waiting = [];
  }

  /** @returns {{n: number, p50: number | null, p95: number | null}} n counts all samples since the page loaded */
  summary() {
    return { n: this.#count, p50: percentile(this.#samples, 50), p95: percentile(this.#samples, 95) };
  }

  /**
   * When the newest input happened that no earlier frame showed. It need not be `inputId` itself: a click's
   * release, which changes nothing to be seen, mostly comes into the same frame as its press.
   *
   * @param {number} inputId
   */
  #newest(inputId) {
    const oldest = Math.max(this.#lastId, inputId - MEMORY);
    for (let id = inputId; id > oldest; id -= 1) {
      const happened = this.#sent.get(id);
      if (happened !== undefined) return happened;
    }
    return undefined;
  }

  #match() {
    let done = 0;
    this.#waiting.forEach(([rtpTimestamp, seq, inputId], index) => {
      const shown = this.#presented.get(rtpTimestamp);
      if (shown === undefined) return;
      // Frames are presented in order: whatever waits before this one was skipped by the browser.
      done = index + 1;
      this.seq = Math.max(this.seq, seq);
      const happened = this.#newest(inputId);
      this.#lastId = Math.max(this.#lastId, inputId);
      if (happened === undefined || shown < happened) return;
      this.#samples.push(shown - happened);
      this.#samples.splice(0, this.#samples.length - WINDOW);
      this.#count += 1;
    });
    this.#waiting.splice(0, done);
  }
}
