// @ts-check
/** What the browser counts about the connection, as plain numbers. */

/**
 * @typedef {object} Counters
 * @property {string} codec
 * @property {number} width
 * @property {number} height
 * @property {number} bytes_received everything on the wire that reached us, not pixels alone
 * @property {number} frames_decoded
 * @property {number | null} rtt_ms
 *
 * @typedef {(entries: Iterable<any>) => Counters} ReadReport
 */

/**
 * Pick our numbers from a stats report (https://www.w3.org/TR/webrtc-stats/).
 *
 * @param {Iterable<any>} entries the report's values
 * @returns {Counters}
 */
export function readReport(entries) {
  /** @type {Map<string, any>} */
  const byId = new Map();
  for (const entry of entries) byId.set(entry.id, entry);
  /** @type {any} */
  let video;
  /** @type {any} */
  let pair;
  for (const entry of byId.values()) {
    if (entry.type === 'inbound-rtp' && entry.kind === 'video') video = entry;
    if (entry.type === 'transport') pair ??= byId.get(entry.selectedCandidatePairId);
  }
  // Firefox has no transport entry; there the pair itself says that it is selected.
  pair ??= [...byId.values()].find((entry) => entry.type === 'candidate-pair' && (entry.selected || entry.nominated));
  const rtt = pair?.currentRoundTripTime;
  return {
    codec: String(byId.get(video?.codecId)?.mimeType ?? '').replace(/^video\//i, ''),
    width: video?.frameWidth ?? 0,
    height: video?.frameHeight ?? 0,
    bytes_received: Math.max(pair?.bytesReceived ?? 0, video?.bytesReceived ?? 0),
    frames_decoded: video?.framesDecoded ?? 0,
    rtt_ms: rtt === undefined ? null : Math.round(rtt * 1e4) / 10,
  };
}

/** Turns counters, read now and then, into rates. */
export class Meter {
  /** @type {Counters} */
  counters = readReport([]);
  /**
   * The round trip as the server knows it. Firefox 140 tells none of its own.
   *
   * @type {number | null}
   */
  serverRttMs = null;
  fps = 0;
  bitrate_bps = 0;
  #time = 0;

  /** A new connection counts from 0: the next update yields no rate yet. */
  restart() {
    this.#time = 0;
    this.serverRttMs = null;
  }

  /**
   * @param {Counters} counters
   * @param {number} time in ms
   */
  update(counters, time) {
    const seconds = (time - this.#time) / 1000;
    const frames = counters.frames_decoded - this.counters.frames_decoded;
    const bytes = counters.bytes_received - this.counters.bytes_received;
    const valid = this.#time > 0 && seconds > 0;
    this.fps = valid ? Math.round((10 * frames) / seconds) / 10 : 0;
    this.bitrate_bps = valid ? Math.round((8 * bytes) / seconds) : 0;
    this.counters = { ...counters, rtt_ms: counters.rtt_ms ?? this.serverRttMs };
    this.#time = time;
  }
}
