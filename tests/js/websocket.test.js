// @ts-check
/** The WebSocket's binary messages, and what becomes of the frames in them. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { afterEach, test } from 'node:test';

import { JpegDecoder, WEB_CODECS, WebCodecsDecoder } from '../../vizstream/web/core/decoders.js';
import { acknowledgement, readFrame } from '../../vizstream/web/core/websocket.js';

const CODECS = ['vp9', 'h264-high'];

/** @param {number[]} bytes */
const buffer = (...bytes) => new Uint8Array(bytes).buffer;

/**
 * @param {number} number
 * @param {boolean} [key]
 */
const frame = (number, key = false) => ({ key, codec: 'vp9', number, stamp: 90 * number, data: new Uint8Array(1) });

/** Lets go of what waits for promises. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

/** @type {any} */
const scope = globalThis;
afterEach(() => {
  delete scope.createImageBitmap;
  delete scope.VideoDecoder;
  delete scope.EncodedVideoChunk;
});

test('codecs are called what docs/protocol.md calls them, which a Python test holds against the server', () => {
  const docs = readFileSync(new URL('../../docs/protocol.md', import.meta.url), 'utf8');
  const rows = [...docs.matchAll(/^\| `([\w-]+)` \| `(avc1\S+|av01\S+|vp\S+)` \|/gm)].map(([, name, codec]) => [name, codec]);
  assert.deepEqual(Object.entries(WEB_CODECS), rows);
});

test('a frame is read as it was packed', () => {
  const read = readFrame(buffer(2, 1, 0, 0, 0, 0, 1, 0, 255, 255, 255, 254, 7, 8), CODECS);
  assert.deepEqual(read, {
    key: true, codec: 'h264-high', number: 256, stamp: 0xfffffffe, data: new Uint8Array([2, 1, 0, 0, 0, 0, 1, 0, 255, 255, 255, 254, 7, 8]).subarray(12),
  });
  assert.deepEqual(readFrame(buffer(0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 0), CODECS), { number: 5 });
});

test('what is not known is passed over', () => {
  assert.equal(readFrame(buffer(1, 0, 0), CODECS), null);
  assert.equal(readFrame(buffer(9, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0), CODECS), null);
  assert.equal(readFrame(buffer(1, 7, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0), CODECS), null);
});

test('an acknowledgement names its frame', () => {
  assert.deepEqual([...new Uint8Array(acknowledgement(0x01020304))], [1, 1, 2, 3, 4]);
});

test('of JPEGs that come faster than they are decoded the newest is shown, and one stands for all', async () => {
  /** @type {(() => void)[]} */
  const decodings = [];
  scope.createImageBitmap = () => new Promise((resolve) => decodings.push(() => resolve({ close() {} })));
  /** @type {number[]} */
  const shown = [];
  /** @type {number[]} */
  const taken = [];
  const decoder = new JpegDecoder({
    onPicture: (_image, stamp) => shown.push(stamp / 90),
    onTaken: (number) => taken.push(number),
    onStuck: () => assert.fail(),
  });
  for (const number of [1, 2, 3]) decoder.take(frame(number));
  await settle();
  assert.equal(decodings.length, 1);
  decodings.shift()?.();
  await settle();
  decodings.shift()?.();
  await settle();
  assert.deepEqual([shown, taken, decodings.length], [[1, 3], [1, 3], 0]);
});

test('a JPEG that cannot be decoded holds nothing up', async () => {
  scope.createImageBitmap = () => Promise.reject(new Error('broken'));
  /** @type {number[]} */
  const taken = [];
  const decoder = new JpegDecoder({ onPicture: () => assert.fail(), onTaken: (number) => taken.push(number), onStuck: () => {} });
  decoder.take(frame(1));
  await settle();
  assert.deepEqual(taken, [1]);
});

/** A decoder of WebCodecs that does what it is told. */
class FakeVideoDecoder {
  /** @type {FakeVideoDecoder[]} */
  static made = [];
  state = 'unconfigured';
  decodeQueueSize = 0;
  /** @type {string[]} */
  log = [];
  ondequeue = () => {};

  /** @param {{output: (image: any) => void, error: () => void}} events */
  constructor(events) {
    this.events = events;
    FakeVideoDecoder.made.push(this);
  }

  /** @param {{codec: string}} config */
  configure({ codec }) {
    this.log.push(codec);
  }

  /** @param {{type: string}} chunk */
  decode({ type }) {
    this.log.push(type);
    this.decodeQueueSize += 1;
  }

  close() {
    this.state = 'closed';
  }
}

function webCodecs() {
  FakeVideoDecoder.made = [];
  scope.VideoDecoder = FakeVideoDecoder;
  scope.EncodedVideoChunk = class {
    /** @param {object} init */
    constructor(init) {
      Object.assign(this, init);
    }
  };
  /** @type {number[]} */
  const taken = [];
  let stuck = 0;
  const decoder = new WebCodecsDecoder(CODECS, {
    onPicture: () => {},
    onTaken: (number) => taken.push(number),
    onStuck: () => {
      stuck += 1;
    },
  });
  return { decoder, taken, stuck: () => stuck, newest: () => /** @type {FakeVideoDecoder} */ (FakeVideoDecoder.made.at(-1)) };
}

test('decoding starts at a keyframe, and what comes before is acknowledged all the same', () => {
  const { decoder, taken, newest } = webCodecs();
  decoder.take(frame(1));
  assert.equal(FakeVideoDecoder.made.length, 0);
  decoder.take(frame(2, true));
  assert.deepEqual([newest().log, taken], [[WEB_CODECS.vp9, 'key'], [1, 2]]);
});

test('a decoder that falls behind is sent no more until it has caught up', () => {
  const { decoder, taken, newest } = webCodecs();
  for (const number of [1, 2, 3, 4]) decoder.take(frame(number, number === 1));
  assert.deepEqual(taken, [1, 2]);
  newest().decodeQueueSize = 2;
  newest().ondequeue();
  assert.deepEqual(taken, [1, 2, 4]);
});

test('a decoder that fails is replaced at the next keyframe, which is asked for', () => {
  const { decoder, stuck, newest } = webCodecs();
  decoder.take(frame(1, true));
  newest().events.error();
  assert.equal(stuck(), 1);
  decoder.take(frame(2));
  decoder.take(frame(3, true));
  assert.equal(FakeVideoDecoder.made.length, 2);
  assert.deepEqual(newest().log, [WEB_CODECS.vp9, 'key']);
});
