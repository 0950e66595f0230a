// @ts-check
import assert from 'node:assert/strict';
import { beforeEach, mock, test } from 'node:test';

import { Link } from '../../vizstream/web/core/link.js';
import { Failure } from '../../vizstream/web/core/whep.js';

/** A session that opens or fails when told. */
class FakeSession {
  /** @type {(failure: Failure) => void} */
  lose = () => {};
  /** @type {() => void} */
  succeed = () => {};
  closes = 0;
  /** @type {Promise<Failure>} */
  closed = new Promise((resolve) => {
    this.lose = resolve;
  });

  open() {
    const opened = new Promise((resolve) => {
      this.succeed = () => resolve(undefined);
    });
    return Promise.race([opened, this.closed.then((failure) => Promise.reject(failure))]);
  }

  close() {
    this.closes += 1;
    this.lose(new Failure('lost', 'closed'));
  }
}

/** @type {FakeSession[]} */
let sessions = [];
/** @type {string[]} */
let log = [];
let slow = false;
/** @type {Link<FakeSession>} */
let link;

const settled = () => new Promise((resolve) => setImmediate(resolve));

beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ['setTimeout'] });
  sessions = [];
  log = [];
  slow = false;
  link = new Link({
    connect: () => {
      const session = new FakeSession();
      sessions.push(session);
      return session;
    },
    onOpen: () => log.push('open'),
    onLost: ({ kind }, failures) => log.push(`${kind} ${failures}`),
    isSlow: () => slow,
  });
});

test('connects, notices the loss, connects again', async () => {
  link.start();
  sessions[0]?.succeed();
  await settled();
  sessions[0]?.lose(new Failure('lost', ''));
  await settled();
  assert.equal(sessions.length, 1);
  mock.timers.tick(250);
  await settled();
  sessions[1]?.succeed();
  await settled();
  assert.deepEqual(log, ['open', 'lost 1', 'open']);
});

test('the wait grows with the failures', async () => {
  link.start();
  for (const most of [250, 500, 1000, 2000, 4000, 5000, 5000]) {
    const before = sessions.length;
    sessions.at(-1)?.lose(new Failure('unreachable', ''));
    await settled();
    mock.timers.tick(most / 2 - 1);
    await settled();
    assert.equal(sessions.length, before, `not before ${most / 2} ms`);
    mock.timers.tick(most / 2 + 1);
    await settled();
    assert.equal(sessions.length, before + 1, `within ${most} ms`);
  }
  assert.equal(log.at(-1), 'unreachable 7');
});

test('a wrong token is not tried again', async () => {
  link.start();
  sessions[0]?.lose(new Failure('unauthorized', ''));
  await settled();
  mock.timers.tick(100_000);
  await settled();
  assert.equal(sessions.length, 1);
  assert.deepEqual(log, ['unauthorized 1']);
});

test('a scene that is over is looked for slowly, at once when somebody looks', async () => {
  slow = true;
  link.start();
  sessions[0]?.lose(new Failure('unreachable', ''));
  await settled();
  mock.timers.tick(2400);
  await settled();
  assert.equal(sessions.length, 1);
  link.hurry();
  await settled();
  assert.equal(sessions.length, 2);
});

test('stop ends it for good, start begins anew; the old session says no more', async () => {
  link.start();
  sessions[0]?.succeed();
  await settled();
  link.stop();
  await settled();
  mock.timers.tick(100_000);
  await settled();
  assert.equal(sessions.length, 1);
  assert.equal(sessions[0]?.closes, 1);
  link.start();
  link.start();
  sessions[2]?.succeed();
  await settled();
  assert.equal(sessions.length, 3);
  assert.equal(sessions[1]?.closes, 1);
  assert.deepEqual(log, ['open', 'open']);
});

test('a connection that held makes the next wait short again, one that flapped does not', async () => {
  let now = 0;
  mock.method(performance, 'now', () => now);
  link.start();
  for (const heldMs of [0, 100, 4000, 6000, 100]) {
    sessions.at(-1)?.succeed();
    await settled();
    now += heldMs;
    sessions.at(-1)?.lose(new Failure('lost', ''));
    await settled();
    link.hurry();
    await settled();
  }
  mock.restoreAll();
  assert.deepEqual(log.filter((line) => line !== 'open'), ['lost 1', 'lost 2', 'lost 3', 'lost 1', 'lost 2']);
});

test('a session that opens just as the link is stopped is not announced', async () => {
  link.start();
  sessions[0]?.succeed();
  link.stop();
  await settled();
  assert.deepEqual(log, []);
});
