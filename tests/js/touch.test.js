// @ts-check
import assert from 'node:assert/strict';
import { beforeEach, mock, test } from 'node:test';

import { pinchWheel, Touch } from '../../vizstream/web/core/touch.js';
import { Recorder } from './fake_dom.js';

let recorder = new Recorder();
/** @type {Touch} */
let touch;

beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ['setTimeout'] });
  recorder = new Recorder();
  touch = new Touch(recorder.emit);
});

/**
 * @param {number} x
 * @param {number} [y]
 */
const at = (x, y = 0) => ({ x, y });

test('a tap is a click', () => {
  touch.down(1, at(10), 0);
  assert.deepEqual(recorder.take(), []);
  touch.up(1, 50);
  assert.deepEqual(recorder.take(), ['pointer_down 1 [1] 10,0', 'pointer_up 1 [] 10,0']);
});

test('a finger that moves drags with the left button, from where it touched', () => {
  touch.down(1, at(10), 0);
  touch.move(1, at(12), 8);
  assert.deepEqual(recorder.take(), []);
  touch.move(1, at(20), 16);
  touch.move(1, at(30), 24);
  touch.up(1, 32);
  assert.deepEqual(recorder.take(), [
    'pointer_down 1 [1] 10,0', 'pointer_move [1] 20,0', 'pointer_move [1] 30,0', 'pointer_up 1 [] 30,0',
  ]);
});

test('a finger that rests presses after a while', () => {
  touch.down(1, at(10), 0);
  mock.timers.tick(100);
  assert.deepEqual(recorder.take(), ['pointer_down 1 [1] 10,0']);
});

test('two fingers pan with the middle button and pinch with the wheel; no click before', () => {
  touch.down(1, at(0), 0);
  touch.down(2, at(100), 10);
  touch.move(2, at(200), 20);
  touch.up(2, 30);
  mock.timers.tick(1000);
  touch.move(1, at(50), 40);
  touch.up(1, 50);
  assert.deepEqual(recorder.take(), [
    'pointer_down 3 [3] 50,0', 'pointer_move [3] 100,0', `wheel [3] 100,0 dy=${Math.round(pinchWheel(2))}`, 'pointer_up 3 [] 100,0',
  ]);
});

test('two fingers that keep their distance only pan', () => {
  touch.down(1, at(0), 0);
  touch.down(2, at(0, 100), 0);
  recorder.take();
  touch.move(1, at(10), 0);
  touch.move(2, at(10, 100), 0);
  const wheels = recorder.messages.filter(({ type }) => type === 'wheel');
  assert.ok(Math.abs(wheels.reduce((sum, { dy }) => sum + (dy ?? 0), 0)) < 1e-9);
  assert.equal(recorder.take().at(-1), 'wheel [3] 10,50 dy=3');
});

test('a second finger ends a drag before it begins the pair', () => {
  touch.down(1, at(10), 0);
  touch.move(1, at(30), 0);
  touch.down(2, at(50), 0);
  assert.deepEqual(recorder.take(), [
    'pointer_down 1 [1] 10,0', 'pointer_move [1] 30,0', 'pointer_up 1 [] 30,0', 'pointer_down 3 [3] 40,0',
  ]);
});

test('a third finger changes nothing; what is left over from a pair does nothing', () => {
  touch.down(1, at(0), 0);
  touch.down(2, at(100), 0);
  touch.down(3, at(500), 0);
  touch.up(1, 0);
  recorder.take();
  touch.move(3, at(600), 0);
  touch.down(4, at(100), 0);
  mock.timers.tick(1000);
  touch.up(4, 0);
  touch.up(2, 0);
  touch.up(3, 0);
  assert.deepEqual(recorder.take(), []);
  touch.down(1, at(7), 0);
  touch.up(1, 0);
  assert.deepEqual(recorder.take(), ['pointer_down 1 [1] 7,0', 'pointer_up 1 [] 7,0']);
});

test('a lost finger lets go', () => {
  touch.down(1, at(0), 0);
  touch.move(1, at(20), 0);
  touch.up(1, 0);
  touch.up(1, 0);
  assert.deepEqual(recorder.take().at(-1), 'pointer_up 1 [] 20,0');
});

test('a finger held over a reconnection does nothing until it is lifted', () => {
  touch.down(1, at(0), 0);
  touch.forget();
  mock.timers.tick(1000);
  touch.move(1, at(50), 0);
  touch.up(1, 0);
  assert.deepEqual(recorder.take(), []);
});

test('spreading to 1.21 times the distance is one notch towards the scene', () => {
  assert.equal(Math.round(pinchWheel(1.21)), -100);
  assert.equal(Math.round(pinchWheel(1 / 1.21)), 100);
});
