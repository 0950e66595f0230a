// @ts-check
/**
 * The first script of the page: small, so that the offer is sent soon. The rest comes while the connection is made.
 *
 * At 150 kbit/s and a round trip of 100 ms the rest takes 0.7 s, and so does the connection from the answer on, which
 * sends little. Asked for sooner, the rest would hold the answer up.
 */

import { Session } from '../core/session.js';
import { readToken, readTransport } from './address.js';

/** Longest wait for an answer before the page goes on without. */
const PATIENCE_MS = 1000;

const token = readToken();
/** @type {Session | null} */
let early = new Session(token, readTransport());
const { answered, closed } = early;
// What comes of it is asked by whoever takes it.
early.open().catch(() => {});

/**
 * Take the session that the page began with, if nobody has; or make a new one.
 *
 * @param {string} wanted the token that it must have
 * @returns {Session}
 */
export function takeSession(wanted) {
  const session = early;
  early = null;
  if (session !== null && token === wanted) return session;
  session?.close();
  return new Session(wanted, readTransport());
}

const late = new Promise((resolve) => {
  setTimeout(resolve, PATIENCE_MS);
});
Promise.race([answered, closed, late]).then(() => import('./main.js'));
