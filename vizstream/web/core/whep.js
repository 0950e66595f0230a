// @ts-check
/**
 * WHEP over HTTP (draft-ietf-wish-whep): an offer goes in, an answer comes out.
 *
 * The offer is sent before ICE starts to gather: it names no candidates, the server learns ours from
 * our checks (peer-reflexive).  That saves a wait, and lets the ICE servers in the reply's `Link`
 * headers still be used for gathering.
 */

/** @typedef {import('./retry.js').FailureKind} FailureKind */

/** Why a connection failed, in a word that the page can act on. */
export class Failure extends Error {
  /**
   * @param {FailureKind} kind
   * @param {string} message
   * @param {number} [retryAfterMs]
   */
  constructor(kind, message, retryAfterMs = 0) {
    super(message);
    this.kind = kind;
    this.retryAfterMs = retryAfterMs;
  }
}

/**
 * Read the ICE servers from a `Link` header (RFC 8288; WHEP section 4.6).
 *
 * @param {string | null} header e.g. `<turn:t.example?transport=udp>; rel="ice-server"; username="u"; credential="c"`
 * @returns {RTCIceServer[]}
 */
export function parseIceServers(header) {
  const servers = [];
  // A link begins with "<": neither a parameter nor a URL may hold one, so commas in values do no harm.
  for (const [, url = '', rest = ''] of (header ?? '').matchAll(/<([^>]*)>([^<]*)/g)) {
    /** @type {Record<string, string>} */
    const values = {};
    for (const [, name = '', quoted, plain] of rest.matchAll(/;\s*([\w-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;,"]+))/g)) {
      values[name.toLowerCase()] = quoted === undefined ? plain ?? '' : quoted.replace(/\\(.)/g, '$1');
    }
    if (values.rel !== 'ice-server' || !/^(stun|turn)s?:/i.test(url)) continue;
    /** @type {RTCIceServer} */
    const server = { urls: url };
    if (values.username !== undefined) server.username = values.username;
    if (values.credential !== undefined) server.credential = values.credential;
    servers.push(server);
  }
  return servers;
}

/**
 * Turn a refusal into a failure.
 *
 * @param {Response} response
 * @returns {Promise<Failure>}
 */
export async function refusal(response) {
  let words = `HTTP ${response.status}`;
  try {
    const problem = await response.json(); // RFC 9457
    words = `${words}: ${problem.detail ?? problem.title}`;
  } catch {
    // no problem+json: a proxy answered
  }
  if (response.status === 401 || response.status === 403) return new Failure('unauthorized', words);
  if (response.status === 503 || response.status === 429) {
    const seconds = Number(response.headers.get('Retry-After'));
    const kind = response.status === 503 ? 'busy' : 'refused';
    return new Failure(kind, words, 1000 * (seconds > 0 ? Math.min(seconds, 60) : 0));
  }
  // A tunnel or proxy that lost its server says 502, 504, or 404 of its own.
  return new Failure(response.status >= 500 ? 'unreachable' : 'refused', words);
}

/**
 * Offer, and get the answer.
 *
 * @param {string} url
 * @param {{token: string, sdp: string, signal: AbortSignal}} options
 * @returns {Promise<{answer: string, resource: string, etag: string, iceServers: RTCIceServer[]}>}
 * @throws {Failure}
 */
export async function postOffer(url, { token, sdp, signal }) {
  /** @type {Response} */
  let response;
  try {
    const { body, encoding } = await packed(sdp);
    const headers = { 'Content-Type': 'application/sdp', ...encoding, ...authorization(token) };
    response = await fetch(url, { method: 'POST', headers, body, signal });
  } catch (error) {
    throw new Failure('unreachable', String(error));
  }
  if (response.status !== 201) throw await refusal(response);
  const resource = new URL(response.headers.get('Location') ?? '', new URL(url, location.href)).href;
  const iceServers = parseIceServers(response.headers.get('Link'));
  return { answer: await response.text(), resource, etag: response.headers.get('ETag') ?? '', iceServers };
}

/**
 * Tell the server of an address where we may be reached (RFC 8840).
 *
 * Without it the server learns ours from our checks, which suffices unless it sits behind an address
 * translator that lets in only whom it has written to.
 *
 * @param {string} resource
 * @param {{token: string, etag: string, candidate: RTCIceCandidate}} options
 */
export function patchCandidate(resource, { token, etag, candidate }) {
  const headers = {
    'Content-Type': 'application/trickle-ice-sdpfrag', 'If-Match': etag, ...authorization(token),
  };
  const body = `a=mid:${candidate.sdpMid}\r\na=${candidate.candidate}\r\n`;
  fetch(resource, { method: 'PATCH', headers, body }).catch(() => {
    // It was help, not need.
  });
}

/**
 * Compress an offer where the browser can: Chromium's 6 kB take 0.3 s of a line of 150 kbit/s, the 2 kB that remain 0.1.
 *
 * @param {string} sdp
 * @returns {Promise<{body: BodyInit, encoding: Record<string, string>}>}
 */
async function packed(sdp) {
  if (typeof CompressionStream !== 'function') return { body: sdp, encoding: {} };
  const stream = new Blob([sdp]).stream().pipeThrough(new CompressionStream('gzip'));
  // As a whole: a stream as a request's body needs HTTP/2.
  return { body: await new Response(stream).arrayBuffer(), encoding: { 'Content-Encoding': 'gzip' } };
}

/**
 * End a session; also works while the page is being closed.
 *
 * @param {string} resource
 * @param {string} token
 */
export function deleteSession(resource, token) {
  fetch(resource, { method: 'DELETE', headers: authorization(token), keepalive: true }).catch(() => {
    // The server is gone, and the session with it.
  });
}

/**
 * Ask whether the server still has a session.
 *
 * WHEP has no request for that, so this is a PATCH that carries nothing: refused for what it is where
 * the session exists, and with 404 where it does not.
 *
 * @param {string} resource
 * @param {string} token
 * @returns {Promise<boolean>} also true while the answer is a long time coming
 */
export async function isSessionAlive(resource, token) {
  try {
    const signal = AbortSignal.timeout(5000);
    const { status } = await fetch(resource, { method: 'PATCH', headers: authorization(token), signal });
    return status < 500 && ![401, 404, 410].includes(status);
  } catch (error) {
    return error instanceof DOMException && error.name === 'TimeoutError';
  }
}

/**
 * Ask what the server has against us.
 *
 * @param {string} token
 * @returns {Promise<Failure | null>} null where it is nothing that it tells
 */
export async function whyRefused(token) {
  try {
    const response = await fetch('/whep/none', { method: 'PATCH', headers: authorization(token) });
    return response.status === 404 ? null : await refusal(response);
  } catch (error) {
    return new Failure('unreachable', String(error));
  }
}

/**
 * @param {string} token
 * @returns {Record<string, string>}
 */
function authorization(token) {
  return token ? { Authorization: `Bearer ${token}` } : {};
}
