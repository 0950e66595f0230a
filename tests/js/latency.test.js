// @ts-check
import assert from 'node:assert/strict';
import test from 'node:test';

import { Latency, percentile } from '../../vizstream/web/core/latency.js';

test('percentiles by the nearest rank', () => {
  assert.equal(percentile([], 50), null);
  assert.equal(percentile([7], 95), 7);
  assert.equal(percentile([4, 1, 3, 2], 50), 2);
  assert.equal(percentile(Array.from({ length: 100 }, (_, i) => i + 1), 95), 95);
});

test('one sample for the first frame that shows an input', () => {
  const latency = new Latency();
  latency.sent(1, 1000);
  latency.presented(90, 1030);
  latency.presented(180, 1060);
  latency.rows([[90, 5, 1], [180, 6, 1]]);
  assert.deepEqual(latency.summary(), { n: 1, p50: 30, p95: 30 });
  assert.equal(latency.seq, 6);
});

test('merged inputs count from the newest of them', () => {
  const latency = new Latency();
  for (const [id, time] of [[1, 1000], [2, 1016], [3, 1033]]) latency.sent(Number(id), Number(time));
  latency.presented(90, 1050);
  latency.rows([[90, 1, 3]]);
  assert.deepEqual(latency.summary(), { n: 1, p50: 17, p95: 17 });
});

test('a click counts from its press, although the frame shows its release as well', () => {
  const latency = new Latency();
  latency.sent(1, 1000); // the release, 2, changes nothing and is not told to us
  latency.presented(90, 1030);
  latency.rows([[90, 1, 2]]);
  assert.deepEqual(latency.summary(), { n: 1, p50: 30, p95: 30 });
  latency.presented(180, 1060);
  latency.rows([[180, 2, 2]]);
  assert.equal(latency.summary().n, 1);
});

test('rows may come before their frame is presented', () => {
  const latency = new Latency();
  latency.sent(1, 1000);
  latency.rows([[90, 1, 1]]);
  assert.equal(latency.summary().n, 0);
  latency.presented(90, 1040);
  assert.equal(latency.summary().p50, 40);
});

test('a frame that the browser skipped leaves the sample to the next one', () => {
  const latency = new Latency();
  latency.sent(1, 1000);
  latency.rows([[90, 1, 1], [180, 2, 1]]);
  latency.presented(180, 1070);
  assert.deepEqual(latency.summary(), { n: 1, p50: 70, p95: 70 });
  latency.presented(90, 1090); // it never comes; were it to, it is past
  assert.equal(latency.summary().n, 1);
});

test('frames that show nothing of ours, or something unknown, are no sample', () => {
  const latency = new Latency();
  latency.presented(90, 1040);
  latency.presented(180, 1050);
  latency.rows([[90, 1, 0], [180, 2, 17]]);
  assert.equal(latency.summary().n, 0);
  assert.equal(latency.seq, 2);
});

test('memory is bounded, the percentiles are those of the last 512, n counts all', () => {
  const latency = new Latency();
  for (let id = 1; id <= 5000; id += 1) {
    latency.sent(id, id);
    latency.presented(id, id + (id <= 4488 ? 1000 : 10));
    latency.rows([[id, id, id]]);
  }
  assert.deepEqual(latency.summary(), { n: 5000, p50: 10, p95: 10 });
  latency.rows(Array.from({ length: 5000 }, (_, i) => /** @type {[number, number, number]} */ ([1e6 + i, 6000 + i, 0])));
  latency.presented(1e6, 1); // long forgotten
  assert.equal(latency.seq, 5000);
  latency.presented(1e6 + 4999, 1);
  assert.equal(latency.seq, 10_999);
});

test('a new connection forgets frames and keeps samples', () => {
  const latency = new Latency();
  latency.sent(1, 0);
  latency.presented(90, 20);
  latency.rows([[90, 1, 1], [180, 2, 1]]);
  latency.reset();
  latency.sent(2, 100);
  latency.presented(180, 130);
  assert.equal(latency.summary().n, 1);
  latency.rows([[180, 9, 2]]);
  assert.deepEqual(latency.summary(), { n: 2, p50: 20, p95: 30 });
});

test('an input that a thousand others followed is forgotten', () => {
  const latency = new Latency();
  for (let id = 1; id <= 2000; id += 1) latency.sent(id, id);
  latency.presented(90, 5000);
  latency.rows([[90, 1, 1]]);
  assert.equal(latency.summary().n, 0);
  latency.presented(180, 5000);
  latency.rows([[180, 2, 1500]]);
  assert.equal(latency.summary().n, 1);
});
