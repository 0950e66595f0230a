// @ts-check
import assert from 'node:assert/strict';
import { afterEach, beforeEach, mock, test } from 'node:test';
import { gunzipSync } from 'node:zlib';

import { deleteSession, Failure, parseIceServers, patchCandidate, postOffer } from '../../vizstream/web/core/whep.js';

/** @type {any[][]} */
let requests = [];
/** @type {() => Response} */
let respond = () => new Response();

beforeEach(() => {
  requests = [];
  Object.assign(globalThis, { location: { href: 'http://h:8000/#token=t' } });
  mock.method(globalThis, 'fetch', async (/** @type {any[]} */ ...request) => {
    requests.push(request);
    return respond();
  });
});
afterEach(() => mock.restoreAll());

const options = { token: 't', sdp: 'v=0', signal: new AbortController().signal };

test('an offer goes in with the token, an answer comes out', async () => {
  respond = () => new Response('answer', {
    status: 201, headers: { Location: '/whep/7', ETag: '"e"', Link: '<stun:s.example>; rel="ice-server"' },
  });
  assert.deepEqual(await postOffer('/whep', options), {
    answer: 'answer', resource: 'http://h:8000/whep/7', etag: '"e"', iceServers: [{ urls: 'stun:s.example' }],
  });
  const [url, { method, headers, body }] = requests[0] ?? [];
  assert.deepEqual([url, method, gunzipSync(body).toString()], ['/whep', 'POST', 'v=0']);
  assert.deepEqual(headers, {
    'Content-Type': 'application/sdp', 'Content-Encoding': 'gzip', Authorization: 'Bearer t',
  });
});

test('a browser that cannot compress sends its offer as it is', async () => {
  const { CompressionStream } = globalThis;
  Object.assign(globalThis, { CompressionStream: undefined });
  try {
    respond = () => new Response('', { status: 201, headers: { Location: '/whep/7' } });
    await postOffer('/whep', options);
  } finally {
    Object.assign(globalThis, { CompressionStream });
  }
  assert.equal(requests[0]?.[1].body, 'v=0');
  assert.equal('Content-Encoding' in requests[0]?.[1].headers, false);
});

test('a candidate is told of with its section and the session that it belongs to', () => {
  const candidate = /** @type {RTCIceCandidate} */ ({ sdpMid: '0', candidate: 'candidate:1 1 udp 1 192.0.2.1 9 typ host' });
  patchCandidate('http://h:8000/whep/7', { token: 't', etag: '"e"', candidate });
  const [url, { method, headers, body }] = requests[0] ?? [];
  assert.deepEqual([url, method], ['http://h:8000/whep/7', 'PATCH']);
  assert.equal(headers['If-Match'], '"e"');
  assert.equal(body, 'a=mid:0\r\na=candidate:1 1 udp 1 192.0.2.1 9 typ host\r\n');
});

test('without a token there is no Authorization', async () => {
  respond = () => new Response('', { status: 201, headers: { Location: '/whep/7' } });
  await postOffer('/whep', { ...options, token: '' });
  assert.equal('Authorization' in requests[0]?.[1].headers, false);
});

/** @type {[number, Record<string, string>, string, number][]} */
const refusals = [
  [401, {}, 'unauthorized', 0],
  [503, { 'Retry-After': '10' }, 'busy', 10_000],
  [503, { 'Retry-After': '9999999' }, 'busy', 60_000],
  [503, {}, 'busy', 0],
  [429, { 'Retry-After': '9' }, 'refused', 9000],
  [502, {}, 'unreachable', 0],
  [406, {}, 'refused', 0],
  [200, {}, 'refused', 0],
];
for (const [status, headers, kind, retryAfterMs] of refusals) {
  test(`HTTP ${status} ${JSON.stringify(headers)} → ${kind}`, async () => {
    respond = () => new Response('{"title":"words"}', { status, headers });
    await assert.rejects(postOffer('/whep', options), (error) => {
      assert.ok(error instanceof Failure);
      assert.deepEqual([error.kind, error.retryAfterMs], [kind, retryAfterMs]);
      return /words/.test(error.message);
    });
  });
}

test('a proxy’s page instead of a problem is survived; no network is unreachable', async () => {
  respond = () => new Response('<html>', { status: 404 });
  await assert.rejects(postOffer('/whep', options), { kind: 'refused' });
  respond = () => { throw new TypeError('Failed to fetch'); };
  await assert.rejects(postOffer('/whep', options), { kind: 'unreachable' });
});

test('a session is ended even while the page closes', () => {
  respond = () => new Response();
  deleteSession('http://h:8000/whep/7', 't');
  const [url, { method, keepalive, headers }] = requests[0] ?? [];
  assert.deepEqual([url, method, keepalive, headers], ['http://h:8000/whep/7', 'DELETE', true, { Authorization: 'Bearer t' }]);
});

test('ICE servers: several, with credentials, quotes and commas; other links are none of ours', () => {
  const header = '<stun:s.example:3478>; rel="ice-server", '
    + '<turn:t.example?transport=udp>; rel="ice-server"; username="1700,a"; credential="p\\"w;x"; credential-type="password", '
    + '<turns:t.example>; rel=ice-server; username=u; credential=c, <https://e.example>; rel="ice-server", <stun:x>; rel="other"';
  assert.deepEqual(parseIceServers(header), [
    { urls: 'stun:s.example:3478' },
    { urls: 'turn:t.example?transport=udp', username: '1700,a', credential: 'p"w;x' },
    { urls: 'turns:t.example', username: 'u', credential: 'c' },
  ]);
  assert.deepEqual(parseIceServers(null), []);
});
