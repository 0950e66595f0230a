// @ts-check
import assert from 'node:assert/strict';
import test from 'node:test';

import { describe, remark, retryDelay } from '../../vizstream/web/core/retry.js';

/** @type {import('../../vizstream/web/core/retry.js').Facts} */
const nothing = { connected: false, wasConnected: false, presented: false, phase: '', message: '', failure: '', failures: 0 };

test('the wait doubles from a quarter of a second to five seconds', () => {
  const waits = [0, 1, 2, 3, 4, 5, 20, 2000].map((attempt) => retryDelay(attempt, { random: 1, slow: false }));
  assert.deepEqual(waits, [250, 500, 1000, 2000, 4000, 5000, 5000, 5000]);
});

test('jitter takes up to half of it', () => {
  assert.equal(retryDelay(0, { random: 0, slow: false }), 125);
  assert.equal(retryDelay(9, { random: 0.5, slow: false }), 3750);
});

test('a scene that is over is asked for slowly, a full server when it says', () => {
  assert.equal(retryDelay(0, { random: 1, slow: true }), 5000);
  assert.equal(retryDelay(0, { random: 0, slow: false, retryAfterMs: 10_000 }), 10_000);
});

/** @type {[string, Partial<typeof nothing>, string][]} */
const states = [
  ['at first', {}, 'connecting'],
  ['tried in vain', { failure: 'unreachable', failures: 7 }, 'connecting'],
  ['connected, nothing known', { connected: true }, 'loading'],
  ['scene loads', { connected: true, phase: 'loading' }, 'loading'],
  ['scene lives, no frame yet', { connected: true, phase: 'live' }, 'loading'],
  ['a frame of the scene before', { connected: true, phase: 'loading', presented: true }, 'loading'],
  ['frame on the screen', { connected: true, phase: 'live', presented: true }, 'live'],
  ['lost', { wasConnected: true, phase: 'live', presented: true, failure: 'lost', failures: 1 }, 'lost'],
  ['ended, still connected', { connected: true, wasConnected: true, phase: 'ended', presented: true }, 'ended'],
  ['ended, server gone', { wasConnected: true, phase: 'ended', failure: 'unreachable', failures: 3 }, 'ended'],
  ['failed', { connected: true, phase: 'error', message: 'ValueError: x' }, 'error'],
  ['token refused', { failure: 'unauthorized', failures: 1 }, 'error'],
  ['token refused after a restart', { wasConnected: true, phase: 'live', failure: 'unauthorized', failures: 1 }, 'error'],
];

for (const [name, facts, state] of states) {
  test(`state: ${name} → ${state}`, () => {
    assert.equal(describe({ ...nothing, ...facts }).state, state);
  });
}

test('the words: the scene error itself; why it takes long; nothing while live', () => {
  assert.equal(describe({ ...nothing, connected: true, phase: 'error', message: 'ValueError: x' }).detail, 'ValueError: x');
  assert.match(describe({ ...nothing, failure: 'unauthorized' }).title, /not valid/);
  assert.equal(describe({ ...nothing, failure: 'media', failures: 1 }).detail, '');
  assert.match(describe({ ...nothing, failure: 'media', failures: 2 }).detail, /UDP/);
  assert.equal(describe({ ...nothing, connected: true, phase: 'live', presented: true }).title, '');
});

test('over a live picture it says what keeps the scene, or what the viewer waits for', () => {
  assert.equal(remark({ busy: false, drawing: false, waits: '' }), '');
  assert.equal(remark({ busy: true, drawing: false, waits: '' }), 'The script is busy');
  assert.equal(remark({ busy: true, drawing: true, waits: '' }), 'Drawing a picture');
  assert.match(remark({ busy: true, drawing: false, waits: 'mesh' }), /“mesh” comes when/);
});
