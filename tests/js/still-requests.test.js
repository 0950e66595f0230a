// @ts-check
import assert from 'node:assert/strict';
import { afterEach, beforeEach, mock, test } from 'node:test';

import { StillRequests } from '../../vizstream/web/core/still-requests.js';

/** @typedef {{url: string, options: any, settle: (response: Response) => void, fail: (error: Error) => void}} Asked */

/** @type {Asked[]} */
let asked = [];

beforeEach(() => {
  asked = [];
  mock.method(globalThis, 'fetch', (/** @type {string} */ url, /** @type {any} */ options) =>
    new Promise((settle, fail) => {
      options.signal.addEventListener('abort', () => fail(new Error('aborted')));
      if (options.signal.aborted) fail(new Error('aborted'));
      asked.push({ url, options, settle, fail });
    }));
});
afterEach(() => mock.restoreAll());

const NEXT = '/stills/me/next';
const still = (/** @type {number} */ seq, exact = true) => ({
  seq, exact, url: `/stills/me/${seq}${exact ? '' : '/draft'}`,
  bytes: 0, sha256: '', width: 1, height: 1, rows: 1, rtp: 0, age_ms: 0,
});
const reply = (/** @type {number} */ seq) => new Response('strips', { headers: { 'Content-Location': `/stills/me/${seq}` } });
const urls = () => asked.map(({ url }) => url);
const turn = () => new Promise((resolve) => setTimeout(resolve));

test('a still that nobody expected is asked for by its own address', async () => {
  const requests = new StillRequests();
  const answer = requests.answer(still(5), 't', new AbortController().signal);
  asked[0]?.settle(reply(5));
  assert.equal(await (await answer).text(), 'strips');
  assert.deepEqual(urls(), ['/stills/me/5']);
  assert.deepEqual(asked[0]?.options.headers, { Authorization: 'Bearer t' });
});

test('an expected one is asked for once, whichever is first, its answer or the news of it', async (t) => {
  for (const first of ['answer', 'news']) {
    await t.test(first, async () => {
      asked = [];
      const requests = new StillRequests();
      requests.expect(NEXT, 't');
      const settle = () => asked[0]?.settle(reply(5));
      if (first === 'answer') settle();
      await turn();
      const answer = requests.answer(still(5), 't', new AbortController().signal);
      if (first === 'news') settle();
      assert.equal(await (await answer).text(), 'strips');
      assert.deepEqual(urls(), [NEXT]);
      assert.deepEqual(asked[0]?.options.headers, { Authorization: 'Bearer t' });
    });
  }
});

test('where something else came, or nothing, the still is asked for by its own address', async (t) => {
  for (const [what, come] of /** @type {[string, (one: Asked) => void][]} */ ([
    ['an older still', (one) => one.settle(reply(4))],
    ['no still', (one) => one.settle(new Response(null, { status: 204 }))],
    ['a failure', (one) => one.fail(new Error('no connection'))],
  ])) {
    await t.test(what, async () => {
      asked = [];
      const requests = new StillRequests();
      requests.expect(NEXT, '');
      const answer = requests.answer(still(5), '', new AbortController().signal);
      asked.slice(0, 1).forEach(come);
      await turn();
      assert.deepEqual(urls(), [NEXT, '/stills/me/5']);
      assert.deepEqual(asked[1]?.options.headers, {});
      asked[1]?.settle(reply(5));
      assert.equal((await answer).headers.get('Content-Location'), '/stills/me/5');
    });
  }
});

test('one request at a time waits for the next still, and an answer that nobody took makes way', async () => {
  const requests = new StillRequests();
  requests.expect(NEXT, '');
  requests.expect(NEXT, '');
  assert.equal(asked.length, 1);
  asked[0]?.settle(reply(4));
  await turn();
  requests.expect(NEXT, '');
  assert.equal(asked.length, 2);
  assert.ok(asked[0]?.options.signal.aborted);
  assert.ok(!asked[1]?.options.signal.aborted);
});

test('a draft leaves the request for the exact one alone', async () => {
  const requests = new StillRequests();
  requests.expect(NEXT, '');
  const draft = requests.answer(still(5, false), '', new AbortController().signal);
  asked[1]?.settle(new Response('jpeg'));
  assert.equal(await (await draft).text(), 'jpeg');
  const answer = requests.answer(still(5), '', new AbortController().signal);
  asked[0]?.settle(reply(5));
  assert.equal(await (await answer).text(), 'strips');
  assert.deepEqual(urls(), [NEXT, '/stills/me/5/draft']);
});

test('what is not wanted any more is broken off, however it was asked for', async () => {
  const requests = new StillRequests();
  requests.expect(NEXT, '');
  const abort = new AbortController();
  const answer = requests.answer(still(5), '', abort.signal);
  abort.abort();
  await assert.rejects(answer);
  assert.ok(asked.every(({ options }) => options.signal.aborted));
});
