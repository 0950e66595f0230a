// @ts-check
import assert from 'node:assert/strict';
import test from 'node:test';

import { packRgb, StripReader } from '../../vizstream/web/core/strips.js';

const body = Uint8Array.of(0, 0, 0, 3, 1, 2, 3, 0, 0, 0, 0, 0, 0, 0, 2, 4, 5);

test('strips are the same however the network cut them', () => {
  for (const size of [1, 2, 3, 5, 7, 100]) {
    const reader = new StripReader();
    const strips = [];
    for (let at = 0; at < body.length; at += size) strips.push(...reader.push(body.subarray(at, at + size)));
    assert.deepEqual(strips.map((strip) => [...strip]), [[1, 2, 3], [], [4, 5]]);
    assert.ok(reader.whole);
    assert.equal(reader.bytes, body.length);
  }
});

test('a body that was broken off is not whole', () => {
  const reader = new StripReader();
  reader.push(body.subarray(0, body.length - 1));
  assert.ok(!reader.whole);
});

test('alpha is dropped, whatever it is', () => {
  const rgb = new Uint8Array(9);
  packRgb(Uint8ClampedArray.of(1, 2, 3, 255, 4, 5, 6, 0), rgb, 3);
  assert.deepEqual([...rgb], [0, 0, 0, 1, 2, 3, 4, 5, 6]);
});
