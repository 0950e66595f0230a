// @ts-check
/** When to try again, and what the page says meanwhile: pure decisions, no clock. */

/**
 * @typedef {'unauthorized' | 'busy' | 'refused' | 'unreachable' | 'media' | 'lost' | 'dropped'} FailureKind
 * - unauthorized: the token is wrong
 * - busy: too many viewers
 * - refused: the server answers, but not with a session
 * - unreachable: no answer over HTTP
 * - media: HTTP works, the connection for the video does not come up
 * - lost: it was up and went away
 * - dropped: the owner of the scene has ended the visit
 */

const FIRST_MS = 250;
const LONGEST_MS = 5000;

/**
 * How long to wait before the next attempt.
 *
 * @param {number} attempt 0 for the first retry
 * @param {{random: number, slow: boolean, retryAfterMs?: number}} facts
 *   random: 0 … 1; slow: the scene is over, so nobody waits for it
 * @returns {number} milliseconds
 */
export function retryDelay(attempt, { random, slow, retryAfterMs = 0 }) {
  const step = slow ? LONGEST_MS : Math.min(LONGEST_MS, FIRST_MS * 2 ** attempt);
  // "Equal jitter": viewers that lost the same server come back spread out, yet none at once.
  return Math.max(step / 2 + (step / 2) * random, retryAfterMs);
}

/**
 * @typedef {object} Facts
 * @property {boolean} connected both data channels are open
 * @property {boolean} wasConnected they have been at some time
 * @property {boolean} presented a frame of this connection has reached the screen
 * @property {'' | 'loading' | 'live' | 'ended' | 'error'} phase the last one that the server told
 * @property {string} message the scene's error
 * @property {FailureKind | ''} failure why the last attempt or connection ended
 * @property {number} failures in a row
 */

/** @typedef {'connecting' | 'loading' | 'live' | 'lost' | 'ended' | 'error'} PageState */

/** @type {Record<FailureKind, string>} */
const WORDS = {
  unauthorized: '',
  busy: 'The server has no free place just now. Waiting for one.',
  refused: 'The server refuses the connection. Trying again.',
  unreachable: 'The server does not answer. This page goes on by itself when it does.',
  media: 'The server answers, but video does not get through. This network may block UDP. Trying again.',
  lost: 'The picture comes back by itself.',
  dropped: '',
};

/**
 * What the page is, and says.
 *
 * @param {Facts} facts
 * @returns {{state: PageState, title: string, detail: string, busy: boolean}} busy: something goes on
 */
export function describe(facts) {
  const { connected, phase, failure } = facts;
  if (failure === 'unauthorized') {
    return {
      state: 'error',
      title: 'This link is not valid',
      detail: 'Every start of vizstream makes a new link, and its owner may replace it. Ask for the current one.',
      busy: false,
    };
  }
  if (failure === 'dropped') {
    return { state: 'error', title: 'You were asked to leave', detail: facts.message, busy: false };
  }
  if (phase === 'error') {
    return { state: 'error', title: 'The scene failed', detail: facts.message, busy: false };
  }
  if (phase === 'ended') {
    const detail = 'The program that showed it has stopped.';
    return { state: 'ended', title: 'The scene has ended', detail, busy: false };
  }
  if (connected) {
    if (phase === 'live' && facts.presented) {
      return { state: 'live', title: '', detail: '', busy: false };
    }
    return { state: 'loading', title: 'Loading the scene', detail: '', busy: true };
  }
  // One failure is over before it is read; the reason is worth words when it stays.
  const detail = failure !== '' && facts.failures > 1 ? WORDS[failure] : '';
  return facts.wasConnected
    ? { state: 'lost', title: 'Reconnecting', detail, busy: true }
    : { state: 'connecting', title: 'Connecting', detail, busy: true };
}

/**
 * What is said over a live picture, empty for nothing.
 *
 * @param {{busy: boolean, drawing: boolean, waits: string}} facts waits: title of the window that the viewer waits for
 * @returns {string}
 */
export function remark({ busy, drawing, waits }) {
  if (waits !== '') return `Too many windows are being watched at once. “${waits}” comes when one of them is left.`;
  if (!busy) return '';
  return drawing ? 'Drawing a picture' : 'The script is busy';
}
