// @ts-check
/**
 * What the page's address says: behind the #, which browsers never send, the token, and maybe a window; behind the
 * ? how to reach the server.
 */

const WANTED = /** @type {const} */ (['webrtc', 'websocket', 'jpeg', 'mjpeg']);

export function hashParameters() {
  return new URLSearchParams(location.hash.slice(1));
}

export function readToken() {
  return hashParameters().get('token') ?? '';
}

/** @returns {import('../core/session.js').Wanted} */
export function readTransport() {
  const wanted = new URLSearchParams(location.search).get('transport');
  return WANTED.find((one) => one === wanted) ?? '';
}
