// @ts-check
/** The stream of pictures, cut into its parts. */
import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';

import { MjpegWay, PartReader } from '../../vizstream/web/core/mjpeg.js';

/** @type {any} */
const scope = globalThis;
afterEach(() => {
  for (const name of ['location', 'fetch', 'createImageBitmap']) delete scope[name];
});

/**
 * @param {string} text
 * @param {number[]} [more]
 */
const bytes = (text, more = []) => new Uint8Array([...new TextEncoder().encode(text), ...more]);

const HEAD = 'Content-Type: image/jpeg\r\nContent-Length: 3\r\n';
const STREAM = bytes(`--vizstream\r\n${HEAD}X-Number: 7\r\nX-Stamp: 4294967294\r\n\r\nabc\r\n--vizstream\r\n${HEAD}\r\n\r\n\r\r\n--vizstream\r\n`);

test('parts are cut out wherever the stream is torn', () => {
  for (let size = 1; size <= STREAM.length; size += 1) {
    const reader = new PartReader();
    const parts = [];
    for (let at = 0; at < STREAM.length; at += size) parts.push(...reader.push(STREAM.subarray(at, at + size)));
    assert.deepEqual(parts, [
      { number: 7, stamp: 4294967294, data: bytes('abc') },
      { number: 0, stamp: 0, data: bytes('\r\n\r') },
    ]);
  }
});

test('what is no stream of ours is refused, and not kept', () => {
  for (const nonsense of ['x'.repeat(5000), '--v\r\nContent-Type: image/jpeg\r\n\r\n', '--v\r\nContent-Length: 99999999999\r\n\r\n']) {
    assert.throws(() => new PartReader().push(bytes(nonsense)), RangeError);
  }
});

/** @param {number} status */
function serve(status) {
  scope.location = new URL('https://scene.example/#token=secret&window=2');
  scope.createImageBitmap = async () => ({ width: 4, height: 3, close() {} });
  /** @type {any[]} */
  const asked = [];
  scope.fetch = async (/** @type {string} */ url, /** @type {any} */ { headers }) => {
    asked.push([url, headers]);
    return new Response(STREAM, { status });
  };
  return asked;
}

/** @param {any[]} log */
const makeWay = (log) => new MjpegWay('secret', {
  onMessage: ({ type, role, phase }) => log.push([type, role ?? phase]),
  onPicture: (_image, stamp) => log.push(['picture', stamp]),
  onSign: () => {},
});

test('the stream alone is a way to watch, which ends when the stream does', async () => {
  const asked = serve(200);
  /** @type {any[]} */
  const log = [];
  const way = makeWay(log);
  await way.open();
  assert.deepEqual(asked, [['/stream.mjpeg?window=2', { Authorization: 'Bearer secret' }]]);
  assert.deepEqual(log.filter(([type]) => type !== 'picture'), [['hello', 'view'], ['scene', 'live']]);
  assert.equal((await way.closed).kind, 'lost');
  assert.equal((await way.readCounters()).bytes_received, 6);
});

test('a refusal is told as over other ways', async () => {
  serve(503);
  await assert.rejects(makeWay([]).open(), { kind: 'busy' });
  serve(401);
  await assert.rejects(makeWay([]).open(), { kind: 'unauthorized' });
});
