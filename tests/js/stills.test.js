// @ts-check
import assert from 'node:assert/strict';
import test from 'node:test';

import { Stills } from '../../vizstream/web/core/stills.js';

const NONE = { seq: null, lossless: false, exact: false, bytes: null, ms_after_rest: null };

/** A page with a loader that answers when the test says so. */
class Page {
  /** @type {{still: any, signal: AbortSignal, bring: (verified?: boolean) => Promise<void>, fail: () => Promise<void>}[]} */
  loads = [];
  visible = false;
  /** @type {any} */
  drawn = null;
  closed = 0;
  expected = 0;

  constructor() {
    this.stills = new Stills({
      load: (still, signal) => new Promise((resolve, reject) => {
        const settle = () => new Promise((done) => setImmediate(done)).then(() => {});
        this.loads.push({
          still,
          signal,
          bring: (verified = still.exact) => {
            const bitmap = /** @type {any} */ ({ of: still, close: () => { this.closed += 1; } });
            resolve({ bitmap, bytes: 1000, verified });
            return settle();
          },
          fail: () => {
            reject(new Error('HTTP 404'));
            return settle();
          },
        });
      }),
      put: (bitmap) => { this.drawn = /** @type {any} */ (bitmap).of; },
      setVisible: (visible) => { this.visible = visible; },
      expect: () => { this.expected += 1; },
    });
  }

  get load() {
    return /** @type {Page['loads'][0]} */ (this.loads.at(-1));
  }
}

/** @param {number} seq @param {object} [more] */
const still = (seq, more) => ({
  seq, url: `/stills/x/${seq}`, exact: true, bytes: 0, sha256: 'ab', width: 64, height: 64, rows: 48, rtp: 1000, age_ms: 200, ...more,
});

async function shown(page = new Page()) {
  page.stills.told(still(5));
  await page.load.bring();
  assert.ok(page.visible);
  return page;
}

test('a still is loaded, shown, and told of', async () => {
  const page = new Page();
  page.stills.told(still(5));
  assert.deepEqual(page.stills.stats, NONE);
  await page.load.bring();
  assert.ok(page.visible);
  const { ms_after_rest: ms, ...rest } = page.stills.stats;
  assert.deepEqual(rest, { seq: 5, lossless: true, exact: true, bytes: 1000 });
  assert.ok(ms !== null && ms >= 200 && ms < 1000);
});

test('one whose hash is another is shown, but not called exact', async () => {
  const page = new Page();
  page.stills.told(still(5));
  await page.load.bring(false);
  assert.ok(page.visible);
  assert.equal(page.stills.stats.exact, false);
});

test('a draft is shown until the exact one has come', async () => {
  const page = new Page();
  page.stills.told(still(5, { exact: false }));
  await page.load.bring();
  assert.ok(page.visible);
  assert.equal(page.stills.stats.lossless, false);
  page.stills.told(still(5));
  assert.ok(page.visible);
  assert.equal(page.loads.length, 2);
  await page.load.bring();
  assert.equal(page.stills.stats.exact, true);
});

test('a newer frame ends it, however it is told of', async (t) => {
  for (const [how, act] of /** @type {[string, (page: Page) => void][]} */ ([
    ['moved', (page) => page.stills.moved(6)],
    ['another window', (page) => page.stills.watch(2)],
    ['a newer still', (page) => page.stills.told(still(7))],
    ['the end of the connection', (page) => page.stills.reset()],
  ])) {
    await t.test(how, async () => {
      const page = await shown();
      act(page);
      assert.ok(!page.visible);
      assert.deepEqual(page.stills.stats, NONE);
    });
  }
});

test('a frame that may be newer covers it in the instant in which it is presented', async () => {
  const page = await shown();
  page.stills.presented(2000);
  assert.ok(!page.visible);
  page.stills.rows([[2000, 6, 0]]);
  assert.ok(!page.visible);
  page.stills.rows([[3000, 7, 0]]);
  page.stills.presented(3000);
  assert.ok(!page.visible);
});

test('frames of the window that was left do not end the still of the one that is seen now', async () => {
  const page = await shown();
  page.stills.watch(2);
  page.stills.told(still(3));
  await page.load.bring();
  page.stills.presented(1500);
  page.stills.rows([[1500, 9, 0]]);
  assert.ok(!page.visible);
  page.stills.presented(1600);
  page.stills.rows([[1600, 3, 0]]);
  assert.ok(page.visible);
});

test('frames that repeat it, older ones and its own do not cover it', async () => {
  const page = await shown();
  page.stills.presented(2001);
  page.stills.presented(998);
  page.stills.presented(1000);
  assert.ok(page.visible);
  // Its own frame may travel under a slightly later time: the row says so, before or after.
  page.stills.presented(1002);
  assert.ok(!page.visible);
  page.stills.rows([[1002, 5, 0]]);
  assert.ok(page.visible);
  page.stills.rows([[1004, 5, 0]]);
  page.stills.presented(1004);
  assert.ok(page.visible);
});

test('timestamps wrap around', async () => {
  const page = new Page();
  page.stills.told(still(5, { rtp: 2 ** 32 - 10 }));
  await page.load.bring();
  page.stills.presented(2 ** 32 - 20);
  assert.ok(page.visible);
  page.stills.presented(20);
  assert.ok(!page.visible);
});

test('whoever steers sees the video at once, and the still again where nothing came of it', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const page = await shown();
  page.stills.steer();
  assert.ok(!page.visible);
  t.mock.timers.tick(900);
  page.stills.steer();
  t.mock.timers.tick(900);
  assert.ok(!page.visible);
  t.mock.timers.tick(200);
  assert.ok(page.visible);
  page.stills.steer();
  page.stills.moved(6);
  t.mock.timers.tick(2000);
  assert.ok(!page.visible);
});

test('loading is broken off by what would end or cover it, and begun again where it may', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const page = new Page();
  page.stills.told(still(5));
  page.stills.steer();
  assert.ok(page.load.signal.aborted);
  await page.load.bring();
  assert.ok(!page.visible);
  assert.equal(page.closed, 1);
  t.mock.timers.tick(1100);
  assert.equal(page.loads.length, 2);
  page.stills.moved(6);
  assert.ok(page.load.signal.aborted);
  page.stills.told(still(8));
  page.stills.told(still(9));
  assert.equal(page.loads.length, 4);
  assert.deepEqual(page.loads.map(({ signal }) => signal.aborted), [true, true, true, false]);
});

test('news of old ones is no news', async () => {
  const page = await shown();
  page.stills.moved(9);
  page.stills.told(still(8));
  assert.equal(page.loads.length, 1);
});

test('one that cannot be had is not asked for again and again', async () => {
  const page = new Page();
  page.stills.told(still(5));
  await page.load.fail();
  for (let stamp = 2001; stamp < 2101; stamp += 2) page.stills.presented(stamp);
  page.stills.rows([[2000, 5, 0]]);
  assert.ok(!page.visible);
  assert.equal(page.loads.length, 1);
});

test('the loader is told once that the video has come to rest', () => {
  const page = new Page();
  const seen = [100, 200, 301, 401, 501].map((stamp) => {
    page.stills.presented(stamp);
    return page.expected;
  });
  assert.deepEqual(seen, [0, 0, 1, 1, 1]);
  page.stills.told(still(5));
  page.stills.presented(601);
  assert.equal(page.expected, 1);
  page.stills.moved(6);
  page.stills.presented(700);
  page.stills.presented(801);
  assert.equal(page.expected, 2);
});
