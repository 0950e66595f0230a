// @ts-check
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';

import { isBrowserKey, Keys, modifiersOf } from '../../vizstream/web/core/keys.js';
import { fakeElement, fakeEvent, Recorder } from './fake_dom.js';

let element = fakeElement();
let recorder = new Recorder();
/** @type {Keys} */
let keys;

beforeEach(() => {
  element = fakeElement();
  recorder = new Recorder();
  keys = new Keys(element, recorder.emit);
});

/**
 * @param {'keydown' | 'keyup'} type
 * @param {string} key
 * @param {object} [more]
 * @returns {boolean} whether the browser is kept from acting on it
 */
function press(type, key, more = {}) {
  return !element.dispatchEvent(fakeEvent(type, { key, code: `Key${key.toUpperCase()}`, isComposing: false, ...more }));
}

test('down, repeat and up reach the scene, and the browser does nothing of its own', () => {
  assert.equal(press('keydown', 'w'), true);
  assert.equal(press('keydown', 'w', { repeat: true }), true);
  assert.equal(press('keyup', 'w'), true);
  assert.deepEqual(recorder.take(), ['key_down w', 'key_down w', 'key_up w']);
});

test('a key comes up under the name it went down with', () => {
  press('keydown', 'Shift', { code: 'ShiftLeft', shiftKey: true });
  press('keydown', 'A', { shiftKey: true });
  press('keyup', 'Shift', { code: 'ShiftLeft' });
  press('keyup', 'a');
  assert.deepEqual(recorder.take(), ['key_down Shift', 'key_down A', 'key_up Shift', 'key_up A']);
});

for (const [name, leave] of /** @type {[string, () => void][]} */ ([
  ['focus', () => element.dispatchEvent(new Event('blur'))],
  ['page', () => element.ownerDocument.dispatchEvent(new Event('visibilitychange'))],
])) {
  test(`all keys come up when the ${name} is left, once`, () => {
    press('keydown', 'a');
    press('keydown', 'b');
    recorder.take();
    leave();
    leave();
    assert.deepEqual(recorder.take(), ['key_up a', 'key_up b']);
    press('keyup', 'a');
    assert.deepEqual(recorder.take(), []);
  });
}

test('a forgotten key is not told to come up', () => {
  press('keydown', 'a');
  keys.forget();
  press('keyup', 'a');
  assert.deepEqual(recorder.take(), ['key_down a']);
});

test('macOS: letters come up with Command, which swallows their keyup', () => {
  press('keydown', 'Meta', { code: 'MetaLeft', metaKey: true });
  press('keydown', 'z', { metaKey: true });
  press('keyup', 'Meta', { code: 'MetaLeft' });
  assert.deepEqual(recorder.take(), ['key_down Meta', 'key_down z', 'key_up Meta', 'key_up z']);
});

test('what the browser keeps is neither sent nor stopped', () => {
  for (const [key, more] of /** @type {[string, object][]} */ ([
    ['F5', {}], ['F11', {}], ['F12', {}], ['Tab', {}], ['r', { ctrlKey: true }], ['w', { ctrlKey: true }],
    ['t', { metaKey: true }], ['T', { ctrlKey: true, shiftKey: true }], ['ArrowLeft', { altKey: true }], ['+', { ctrlKey: true }],
  ])) {
    assert.equal(press('keydown', key, more), false, key);
  }
  assert.deepEqual(recorder.take(), []);
});

test('what the scene gets although a modifier is held', () => {
  const plain = { ctrlKey: false, altKey: false, metaKey: false };
  assert.equal(isBrowserKey({ ...plain, key: 'z', ctrlKey: true }), false);
  assert.equal(isBrowserKey({ ...plain, key: 'ArrowLeft' }), false);
  assert.equal(isBrowserKey({ ...plain, key: 'F1' }), false);
  assert.equal(isBrowserKey({ ...plain, key: '+', ctrlKey: true, altKey: true }), false); // AltGr
});

test('dead keys and input methods are no keys', () => {
  press('keydown', 'Dead');
  press('keydown', 'Unidentified');
  press('keydown', 'a', { isComposing: true });
  assert.deepEqual(recorder.take(), []);
});

test('which key is held is known by its name', () => {
  press('keydown', 'Control', { code: 'ControlLeft', ctrlKey: true });
  assert.equal(keys.isHeld('Control'), true);
  press('keyup', 'Control', { code: 'ControlLeft' });
  assert.equal(keys.isHeld('Control'), false);
});

test('modifiers in the table’s order', () => {
  assert.deepEqual(modifiersOf({ metaKey: true, altKey: true, ctrlKey: true, shiftKey: true }), ['Shift', 'Control', 'Alt', 'Meta']);
});
