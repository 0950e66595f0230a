// @ts-check
/** What the page sends has the fields of the table in docs/protocol.md, which a Python test holds against protocol.py. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';

import { wantedSize } from '../../vizstream/web/core/geometry.js';
import { Keys } from '../../vizstream/web/core/keys.js';
import { Pointer } from '../../vizstream/web/core/pointer.js';
import { Touch } from '../../vizstream/web/core/touch.js';
import { fakeElement, fakeEvent, Recorder } from './fake_dom.js';

const docs = readFileSync(new URL('../../docs/protocol.md', import.meta.url), 'utf8');
/** @type {Map<string, string[]>} */
const table = new Map();
for (const line of docs.slice(docs.indexOf('| type | fields |'), docs.indexOf('| field | value |')).split('\n').slice(2)) {
  const [, kind, fields] = line.split('|');
  if (kind === undefined) break;
  table.set(kind.replace(/[` ]/g, ''), [...(fields ?? '').matchAll(/`(\w+)`/g)].map((match) => String(match[1])).sort());
}

test('every message of the page has exactly its row’s fields, and every row is sent', () => {
  const recorder = new Recorder();
  const element = fakeElement();
  new Keys(element, recorder.emit);
  new Pointer(element, { locate: () => ({ x: 1, y: 2 }), isHeld: () => false, emit: recorder.emit });
  for (const [type, buttons] of /** @type {[string, number][]} */ ([
    ['pointerenter', 0], ['pointerdown', 1], ['pointermove', 1], ['pointerup', 0], ['pointerleave', 0],
  ])) {
    element.dispatchEvent(fakeEvent(type, { pointerType: 'mouse', buttons }));
  }
  element.dispatchEvent(fakeEvent('wheel', { deltaX: 1, deltaY: 2, deltaMode: 0, ctrlKey: true }));
  element.dispatchEvent(fakeEvent('keydown', { key: 'a', code: 'KeyA' }));
  element.dispatchEvent(fakeEvent('keyup', { key: 'a', code: 'KeyA' }));
  const touch = new Touch(recorder.emit);
  touch.down(1, { x: 0, y: 0 }, 0);
  touch.down(2, { x: 9, y: 9 }, 0);
  touch.move(2, { x: 20, y: 9 }, 0);
  touch.up(2, 0);
  recorder.emit({ type: 'resize', ...wantedSize({ width: 3, height: 2 }, 1) });
  recorder.emit({ type: 'window', window: 2 });

  const seen = new Set();
  for (const { type, ...fields } of recorder.messages) {
    assert.deepEqual(Object.keys(fields).sort(), table.get(type), type);
    seen.add(type);
  }
  assert.deepEqual([...seen].sort(), [...table.keys()].sort());
});

test('what the page says about itself and the others has exactly its row’s fields, and every row is said', () => {
  /** @type {Map<string, string[]>} */
  const rows = new Map();
  for (const line of docs.slice(docs.indexOf('| type | fields | when | who may |')).split('\n').slice(2)) {
    const [, kind, fields] = line.split('|');
    if (kind === undefined) break;
    rows.set(kind.replace(/[` ]/g, ''), [...(fields ?? '').matchAll(/`(\w+)`/g)].map((match) => String(match[1])).sort());
  }
  const web = new URL('../../vizstream/web/', import.meta.url);
  const seen = new Set();
  for (const name of ['app/people.js', 'app/together.js', 'core/company.js']) {
    for (const [, kind = '', rest = ''] of readFileSync(new URL(name, web), 'utf8').matchAll(/send\(\{ type: '(\w+)'([^}]*)\}/g)) {
      const fields = rest.replace('...this.#point', 'x, y, inside').split(',').map((field) => field.split(':')[0]?.trim());
      assert.deepEqual(fields.filter(Boolean).sort(), rows.get(kind), kind);
      seen.add(kind);
    }
  }
  assert.deepEqual([...seen].sort(), [...rows.keys()].sort());
});
