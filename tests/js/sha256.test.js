// @ts-check
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import test from 'node:test';

import { hex, sha256 } from '../../vizstream/web/core/sha256.js';

test('hashes as everybody else does, at every length around a block', () => {
  const bytes = Uint8Array.from({ length: 1000 }, (_, i) => (i * 7919) >> 3);
  for (const length of [0, 1, 55, 56, 57, 63, 64, 65, 119, 120, 127, 128, 1000]) {
    const some = bytes.subarray(0, length);
    assert.equal(sha256(some), createHash('sha256').update(some).digest('hex'), `${length} bytes`);
  }
});

test('hashes what lies in the middle of a buffer', () => {
  const whole = Uint8Array.from({ length: 300 }, (_, i) => i);
  const part = whole.subarray(13, 213);
  assert.equal(sha256(part), createHash('sha256').update(part).digest('hex'));
});

test('a picture of a million pixels takes no time to speak of', () => {
  const rgb = new Uint8Array(3 * 1280 * 720).fill(90);
  const began = performance.now();
  assert.equal(sha256(rgb), createHash('sha256').update(rgb).digest('hex'));
  assert.ok(performance.now() - began < 3000);
});

test('hex keeps leading zeros', () => {
  assert.equal(hex(Uint8Array.of(0, 10, 255)), '000aff');
});
