// @ts-check
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';

import { CHOKED_BYTES, isVisible, Outbox } from '../../vizstream/web/core/outbox.js';

/** @type {(() => void)[]} */
let frames = [];
/** @type {any[]} */
let sent = [];
/** @type {[number, number][]} */
let times = [];
let channel = { bufferedAmount: 0, send: (/** @type {string} */ text) => void sent.push(JSON.parse(text)) };
/** @type {Outbox} */
let outbox;

beforeEach(() => {
  frames = [];
  sent = [];
  times = [];
  channel = { bufferedAmount: 0, send: (text) => void sent.push(JSON.parse(text)) };
  outbox = new Outbox({
    nextFrame: (callback) => void frames.push(callback),
    onSent: ({ id }, time) => void times.push([id, time]),
  });
  outbox.attach(channel);
});

function nextFrame() {
  frames.splice(0).forEach((callback) => callback());
}

/**
 * @param {number} x
 * @param {number[]} [buttons]
 */
const move = (x, buttons = []) => ({ type: 'pointer_move', x, y: 0, buttons, modifiers: [] });
const down = { type: 'pointer_down', x: 9, y: 9, button: 1, buttons: [1], modifiers: [] };
/** @param {number} dy */
const wheel = (dy) => ({ type: 'wheel', x: 0, y: 0, buttons: [], modifiers: [], dx: 1, dy });

const brief = () => sent.map(({ type, id, x }) => `${id} ${type} ${x}`);

test('the first move goes at once, the rest of the frame as one', () => {
  for (const x of [1, 2, 3, 4]) outbox.add(move(x), x);
  assert.deepEqual(brief(), ['1 pointer_move 1']);
  nextFrame();
  assert.deepEqual(brief(), ['1 pointer_move 1', '2 pointer_move 4']);
  assert.deepEqual(times, [[1, 1], [2, 4]]);
});

test('no animation frame is asked for while nothing moves', () => {
  outbox.add(move(1), 0);
  assert.equal(frames.length, 1);
  nextFrame();
  assert.equal(frames.length, 0);
  outbox.add(move(2), 0);
  assert.equal(brief().length, 2);
});

test('a press is preceded by the move that waited', () => {
  outbox.add(move(1), 0);
  outbox.add(move(2), 0);
  outbox.add(down, 0);
  assert.deepEqual(brief(), ['1 pointer_move 1', '2 pointer_move 2', '3 pointer_down 9']);
  nextFrame();
  assert.equal(sent.length, 3);
});

test('moves with other buttons or modifiers do not merge', () => {
  outbox.add(move(1), 0);
  outbox.add(move(2), 0);
  outbox.add(move(3, [1]), 0);
  outbox.add({ ...move(4, [1]), modifiers: ['Shift'] }, 0);
  nextFrame();
  assert.deepEqual(sent.map(({ x }) => x), [1, 2, 3, 4]);
});

test('wheel movements of a frame add up; a move between them does not split them', () => {
  outbox.add(move(0), 0);
  for (const dy of [10, 20, 30]) {
    outbox.add(wheel(dy), 0);
    outbox.add(move(dy), 0);
  }
  nextFrame();
  assert.deepEqual(sent.map(({ type, dy, dx }) => [type, dy, dx]), [
    ['pointer_move', undefined, undefined], ['wheel', 60, 3], ['pointer_move', undefined, undefined],
  ]);
  assert.equal(sent[2].x, 30);
});

test('a choked channel gets no moves, but presses, in order; the newest move when it is free', () => {
  channel.bufferedAmount = CHOKED_BYTES + 1;
  for (let x = 0; x < 1000; x += 1) {
    outbox.add(move(x), 0);
    if (x % 10 === 0) nextFrame();
  }
  assert.equal(sent.length, 0);
  outbox.add(down, 0);
  assert.deepEqual(brief(), ['1 pointer_move 999', '2 pointer_down 9']);
  outbox.add(move(5, [1]), 0);
  channel.bufferedAmount = 0;
  nextFrame();
  assert.deepEqual(brief().slice(2), ['3 pointer_move 5']);
});

test('without a channel nothing is kept; ids go on growing over channels', () => {
  outbox.add(down, 0);
  outbox.attach(null);
  outbox.add(move(1), 0);
  outbox.add(down, 0);
  nextFrame();
  outbox.attach(channel);
  nextFrame();
  outbox.add(down, 0);
  assert.deepEqual(sent.map(({ id }) => id), [1, 2]);
});

test('a channel that just closed is no error', () => {
  outbox.attach({ bufferedAmount: 0, send: () => { throw new Error('InvalidStateError'); } });
  outbox.add(down, 0);
  assert.deepEqual(times, []);
});

test('latency counts what a frame shows: drags, presses, wheel and keys, not hovering or letting go', () => {
  assert.equal(isVisible(move(1, [1])), true);
  assert.equal(isVisible(down), true);
  assert.equal(isVisible(wheel(1)), true);
  assert.equal(isVisible({ type: 'key_down', key: 'w', modifiers: [] }), true);
  assert.equal(isVisible(move(1)), false);
  assert.equal(isVisible({ ...down, type: 'pointer_up' }), false);
  assert.equal(isVisible({ type: 'resize', width: 1, height: 1, pixel_ratio: 1 }), false);
});

test('what waited for one channel does not go through the next', () => {
  outbox.add(move(1), 0);
  outbox.add(move(2), 0);
  outbox.attach(channel);
  nextFrame();
  assert.deepEqual(brief(), ['1 pointer_move 1']);
});
