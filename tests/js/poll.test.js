// @ts-check
import assert from 'node:assert/strict';
import { beforeEach, mock, test } from 'node:test';

import { Poll } from '../../vizstream/web/core/poll.js';

let reads = 0;
let now = 0;
/** @type {Poll} */
let poll;

beforeEach(() => {
  mock.restoreAll();
  mock.timers.reset();
  mock.timers.enable({ apis: ['setTimeout'] });
  now = 5000;
  mock.method(performance, 'now', () => now);
  reads = 0;
  poll = new Poll(async () => {
    reads += 1;
  });
});

/**
 * @param {number} ms
 * @param {() => void} [each] called every 10 ms
 */
async function pass(ms, each = () => {}) {
  for (let step = 0; step < ms; step += 10) {
    now += 10;
    each();
    mock.timers.tick(10);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

test('while frames come it reads once a second', async () => {
  await pass(10_000, () => poll.nudge());
  assert.ok(reads >= 9 && reads <= 11, `${reads}`);
});

test('while nothing happens it reads every ten seconds, and nothing before the first nudge', async () => {
  await pass(30_000);
  assert.equal(reads, 0);
  poll.nudge();
  await pass(3000);
  const before = reads;
  await pass(60_000);
  assert.ok(reads - before >= 5 && reads - before <= 7, `${reads - before}`);
});

test('a nudge out of idleness reads at once', async () => {
  poll.nudge();
  await pass(8000);
  const before = reads;
  poll.nudge();
  await pass(20);
  assert.equal(reads, before + 1);
});

test('one reading at a time, however long it takes', async () => {
  let open = 0;
  let most = 0;
  poll = new Poll(async () => {
    open += 1;
    most = Math.max(most, open);
    await new Promise((resolve) => setTimeout(resolve, 3000));
    open -= 1;
  });
  await pass(10_000, () => poll.nudge());
  assert.equal(most, 1);
});
