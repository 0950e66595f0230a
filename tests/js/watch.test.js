// @ts-check
import assert from 'node:assert/strict';
import { beforeEach, mock, test } from 'node:test';

import { Watch } from '../../vizstream/web/core/watch.js';

let now = 0;
let alive = true;
let asked = 0;
let dead = 0;
/** @type {Watch} */
let watch;

beforeEach(() => {
  mock.restoreAll();
  mock.timers.reset();
  mock.timers.enable({ apis: ['setTimeout'] });
  now = 1000;
  mock.method(performance, 'now', () => now);
  alive = true;
  asked = 0;
  dead = 0;
  watch = new Watch({
    isAlive: async () => {
      asked += 1;
      return alive;
    },
    onDead: () => {
      dead += 1;
      watch.stop();
    },
  });
});

/**
 * @param {number} ms
 * @param {(time: number) => void} [each] called every 100 ms
 */
async function pass(ms, each = () => {}) {
  for (let step = 0; step < ms; step += 100) {
    now += 100;
    each(step);
    mock.timers.tick(100);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

test('a frame every two seconds, and nothing is asked', async () => {
  watch.start();
  await pass(60_000, (time) => { if (time % 2000 === 0) watch.sign(); });
  assert.equal(asked, 0);
});

test('after three seconds of silence the server is asked; it knows us, all is well', async () => {
  watch.start();
  await pass(2900);
  assert.equal(asked, 0);
  await pass(200);
  assert.equal(asked, 1);
  await pass(3100);
  assert.deepEqual([asked, dead], [2, 0]);
});

test('a server that has forgotten us is left', async () => {
  watch.start();
  alive = false;
  await pass(10_000);
  assert.deepEqual([asked, dead], [1, 1]);
});

test('an input that is not answered within a second is reason enough to ask; many are one', async () => {
  watch.start();
  alive = false;
  await pass(500, () => watch.expect());
  assert.equal(asked, 0);
  await pass(700, () => watch.expect());
  assert.deepEqual([asked, dead], [1, 1]);
});

test('an input that is answered is forgotten', async () => {
  watch.start();
  watch.expect();
  await pass(500);
  watch.sign();
  await pass(2000);
  assert.equal(asked, 0);
});

test('nothing is expected before the start or after the end', async () => {
  watch.expect();
  await pass(5000);
  watch.start();
  watch.stop();
  watch.expect();
  await pass(5000);
  assert.equal(asked, 0);
});

test('an answer that comes after the end is not heard', async () => {
  /** @type {(alive: boolean) => void} */
  let answer = () => {};
  watch = new Watch({ isAlive: () => new Promise((resolve) => { answer = resolve; }), onDead: () => { dead += 1; } });
  watch.start();
  await pass(3500);
  watch.stop();
  answer(false);
  await pass(100);
  assert.equal(dead, 0);
});
