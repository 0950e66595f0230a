// @ts-check
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';

import { buttonsOf, Pointer, wheelPixels } from '../../vizstream/web/core/pointer.js';
import { fakeElement, fakeEvent, Recorder } from './fake_dom.js';

let element = fakeElement();
let recorder = new Recorder();
let controlHeld = false;
/** @type {Pointer} */
let pointer;

beforeEach(() => {
  element = fakeElement();
  recorder = new Recorder();
  controlHeld = false;
  pointer = new Pointer(element, {
    locate: ({ clientX, clientY }) => ({ x: clientX, y: clientY }),
    isHeld: () => controlHeld,
    emit: recorder.emit,
  });
});

/**
 * @param {string} type
 * @param {number} mask
 * @param {number} [x]
 * @param {object} [more]
 */
function mouse(type, mask, x = 0, more = {}) {
  const event = fakeEvent(type, { pointerType: 'mouse', pointerId: 1, buttons: mask, clientX: x, clientY: 5, ...more });
  element.dispatchEvent(event);
  return event;
}

test('the mask has left, right, middle, back, forward in this order', () => {
  assert.deepEqual([1, 2, 4, 8, 16].map(buttonsOf), [[1], [2], [3], [4], [5]]);
  assert.deepEqual(buttonsOf(0), []);
  assert.deepEqual(buttonsOf(1 | 4), [1, 3]);
});

test('press, drag, release, with capture and focus', () => {
  mouse('pointerdown', 1, 10);
  mouse('pointermove', 1, 20);
  mouse('pointerup', 0, 30);
  assert.deepEqual(recorder.take(), ['pointer_down 1 [1] 10,5', 'pointer_move [1] 20,5', 'pointer_up 1 [] 30,5']);
  assert.deepEqual(element.captured, [1]);
  assert.equal(element.focused, 1);
});

test('where the browser tells movements at once, what it repeats at the next frame is left out', () => {
  element = Object.assign(fakeElement(), { onpointerrawupdate: null });
  pointer = new Pointer(element, {
    locate: ({ clientX, clientY }) => ({ x: clientX, y: clientY }), isHeld: () => false, emit: recorder.emit,
  });
  mouse('pointerdown', 1, 10);
  mouse('pointerrawupdate', 1, 20);
  mouse('pointerrawupdate', 1, 30);
  mouse('pointermove', 1, 30);
  mouse('pointermove', 1 | 2, 30); // a second button comes as a move, raw or not
  mouse('pointerrawupdate', 1, 40);
  mouse('pointerup', 0, 40);
  assert.deepEqual(recorder.take(), [
    'pointer_down 1 [1] 10,5', 'pointer_move [1] 20,5', 'pointer_move [1] 30,5',
    'pointer_down 2 [1,2] 30,5', 'pointer_up 2 [1] 40,5', 'pointer_up 1 [] 40,5',
  ]);
});

test('a finger’s movements are told once as well', () => {
  element = Object.assign(fakeElement(), { onpointerrawupdate: null });
  pointer = new Pointer(element, {
    locate: ({ clientX, clientY }) => ({ x: clientX, y: clientY }), isHeld: () => false, emit: recorder.emit,
  });
  const finger = { pointerType: 'touch' };
  mouse('pointerdown', 1, 10, finger);
  for (const x of [40, 60]) {
    mouse('pointerrawupdate', 1, x, finger);
    mouse('pointermove', 1, x, finger);
  }
  mouse('pointerup', 0, 60, finger);
  assert.deepEqual(recorder.take(), ['pointer_down 1 [1] 10,5', 'pointer_move [1] 40,5', 'pointer_move [1] 60,5', 'pointer_up 1 [] 60,5']);
});

test('a second button is told by the browser as a move', () => {
  mouse('pointerdown', 1);
  mouse('pointermove', 1 | 2);
  mouse('pointermove', 2);
  mouse('pointerup', 0);
  assert.deepEqual(recorder.take(), [
    'pointer_down 1 [1] 0,5', 'pointer_down 2 [1,2] 0,5', 'pointer_up 1 [2] 0,5', 'pointer_up 2 [] 0,5',
  ]);
});

test('a release that happened elsewhere shows with the next move', () => {
  mouse('pointerdown', 1);
  mouse('pointermove', 0, 40);
  assert.deepEqual(recorder.take(), ['pointer_down 1 [1] 0,5', 'pointer_up 1 [] 40,5']);
});

for (const type of ['pointercancel', 'lostpointercapture']) {
  test(`${type} releases where the pointer was last, once`, () => {
    mouse('pointerdown', 1, 10);
    mouse('pointermove', 1, 20);
    mouse(type, 1, 0);
    assert.deepEqual(recorder.take(), ['pointer_down 1 [1] 10,5', 'pointer_move [1] 20,5', 'pointer_up 1 [] 20,5']);
    mouse('lostpointercapture', 0, 0);
    assert.deepEqual(recorder.take(), []);
  });
}

test('a button held over a reconnection is pressed anew', () => {
  mouse('pointerdown', 1, 10);
  pointer.forget();
  recorder.take();
  mouse('pointermove', 1, 20);
  mouse('pointerup', 0, 30);
  assert.deepEqual(recorder.take(), ['pointer_down 1 [1] 20,5', 'pointer_up 1 [] 30,5']);
});

test('enter and leave', () => {
  mouse('pointerenter', 0, 1);
  mouse('pointerleave', 0, 2);
  assert.deepEqual(recorder.take(), ['pointer_enter [] 1,5', 'pointer_leave [] 2,5']);
});

test('modifiers go with the pointer', () => {
  mouse('pointerdown', 1, 0, { shiftKey: true, ctrlKey: true });
  assert.deepEqual(recorder.messages[0]?.modifiers, ['Shift', 'Control']);
});

test('a notch is the same in all units', () => {
  assert.deepEqual(wheelPixels({ deltaX: 0, deltaY: 100, deltaMode: 0 }), { dx: 0, dy: 100 });
  assert.deepEqual(wheelPixels({ deltaX: 0, deltaY: 3, deltaMode: 1 }), { dx: 0, dy: 100 });
  assert.equal(wheelPixels({ deltaX: 0, deltaY: -1, deltaMode: 2 }).dy, -800);
});

test('the wheel reaches the scene, not the page', () => {
  const event = mouse('wheel', 0, 7, { deltaX: 0, deltaY: 120, deltaMode: 0 });
  assert.equal(event.defaultPrevented, true);
  assert.deepEqual(recorder.take(), ['wheel [] 7,5 dy=120']);
  mouse('wheel', 0, 7, { deltaX: 0, deltaY: 0, deltaMode: 0 });
  assert.deepEqual(recorder.take(), []);
});

test('a trackpad’s pinch comes as Control and wheel: no Control, but a real zoom', () => {
  mouse('wheel', 0, 7, { deltaX: 0, deltaY: -100, deltaMode: 0, ctrlKey: true });
  assert.deepEqual(recorder.messages[0]?.modifiers, []);
  assert.deepEqual(recorder.take(), ['wheel [] 7,5 dy=-525']);
  controlHeld = true;
  mouse('wheel', 0, 7, { deltaX: 0, deltaY: -100, deltaMode: 0, ctrlKey: true });
  assert.deepEqual(recorder.messages[0]?.modifiers, ['Control']);
  assert.deepEqual(recorder.take(), ['wheel [] 7,5 dy=-100']);
});

test('no menu, no autoscroll, no way back by the fourth button', () => {
  for (const type of ['contextmenu', 'mousedown', 'mouseup', 'auxclick']) {
    assert.equal(mouse(type, 0).defaultPrevented, true, type);
  }
});

test('fingers go to the gestures', () => {
  const finger = { pointerType: 'touch', pointerId: 4 };
  mouse('pointerdown', 1, 10, finger);
  mouse('pointermove', 1, 30, finger);
  mouse('pointerup', 0, 30, finger);
  mouse('lostpointercapture', 0, 0, finger);
  assert.deepEqual(recorder.take(), ['pointer_down 1 [1] 10,5', 'pointer_move [1] 30,5', 'pointer_up 1 [] 30,5']);
});
