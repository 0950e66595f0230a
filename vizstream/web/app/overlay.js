// @ts-check
/** The small table of figures, for whoever wonders how good the line is. */

import { element, make } from './dom.js';

/**
 * @typedef {object} Stats
 * @property {string} transport
 * @property {string} fallback_reason
 * @property {string} codec
 * @property {number} width
 * @property {number} height
 * @property {number} fps
 * @property {number} bitrate_bps
 * @property {number} bytes_received
 * @property {number} frames_decoded
 * @property {number | null} rtt_ms
 * @property {number} seq
 * @property {{n: number, p50: number | null, p95: number | null}} input_to_photon_ms
 * @property {import('../core/stills.js').StillStats} still
 * @property {{carried_mb: number, budget_mb: number} | null} tunnel what it has carried of what it may
 */

const panel = element('stats');
/** @type {Map<string, HTMLElement>} */
const cells = new Map();

/** @param {number} bps */
export function bitrateText(bps) {
  if (bps < 1e5) return `${Math.round(bps / 1e3)} kbit/s`;
  return bps < 1e6 ? `${Math.round(bps / 1e4) * 10} kbit/s` : `${(bps / 1e6).toFixed(1)} Mbit/s`;
}

/** @param {number | null} ms */
function msText(ms) {
  return ms === null ? '–' : `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`;
}

/** @param {Stats} stats */
function transportText({ transport, fallback_reason }) {
  const name = { webrtc: 'WebRTC', websocket: 'WebSocket', jpeg: 'JPEG over WebSocket', mjpeg: 'MJPEG over HTTP' }[transport] ?? '–';
  return fallback_reason ? `${name}: ${fallback_reason}` : name;
}

/** @param {import('../core/stills.js').StillStats} still */
function stillText({ seq, lossless, exact, bytes }) {
  if (seq === null || bytes === null) return '–';
  const kind = lossless ? 'lossless, not verified' : 'draft';
  return `${exact ? 'exact' : kind}, ${Math.round(bytes / 1000)} kB`;
}

/**
 * @param {Stats['tunnel']} tunnel
 * @returns {[label: string, value: string][]}
 */
function tunnelRow(tunnel) {
  return tunnel === null ? [] : [['Tunnel', `${tunnel.carried_mb} of ${tunnel.budget_mb} MB`]];
}

/**
 * The rows of the overlay.
 *
 * @param {Stats} stats
 * @returns {[label: string, value: string][]}
 */
export function statsRows(stats) {
  const { n, p50, p95 } = stats.input_to_photon_ms;
  return [
    ['Picture', stats.width > 0 ? `${stats.width} × ${stats.height}` : '–'],
    ['Frame rate', `${Math.round(stats.fps)} fps`],
    ['Bitrate', bitrateText(stats.bitrate_bps)],
    ['Codec', stats.codec || '–'],
    ['Transport', transportText(stats)],
    ['Round trip', msText(stats.rtt_ms)],
    ['Input to photon', n === 0 ? '–' : `${msText(p50)}, 95 %: ${msText(p95)}`],
    ['At rest', stillText(stats.still)],
    ...tunnelRow(stats.tunnel),
  ];
}

/**
 * Write the figures, if the overlay is shown.
 *
 * @param {Stats} stats
 */
export function showStats(stats) {
  if (panel.hidden) return;
  for (const [label, value] of statsRows(stats)) {
    let cell = cells.get(label);
    if (cell === undefined) {
      cell = make('dd');
      panel.append(make('dt', {}, label), cell);
      cells.set(label, cell);
    }
    if (cell.textContent !== value) cell.textContent = value;
  }
}

/** @returns {boolean} whether it is shown now */
export function toggleStats() {
  panel.hidden = !panel.hidden;
  return !panel.hidden;
}
