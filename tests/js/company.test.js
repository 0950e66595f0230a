// @ts-check
import assert from 'node:assert/strict';
import { beforeEach, mock, test } from 'node:test';

import { Company, initials, ticketOf } from '../../vizstream/web/core/company.js';

/** @type {import('../../vizstream/web/core/outbox.js').InputMessage[]} */
let sent = [];
let changes = 0;
/** @type {Company} */
let company;

beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ['setTimeout'] });
  sent = [];
  changes = 0;
  company = new Company({ send: (message) => sent.push(message), onChange: () => { changes += 1; } });
});

/** @param {string} role @param {number} pilot */
function meet(role, pilot = 0) {
  company.hello(1, role);
  company.told({ type: 'people', rows: [[1, 'Ada', '#000000', role, true], [2, 'Ben', '#111111', 'control', false]] });
  company.told({ type: 'helm', viewer: pilot, locked: false });
}

/** @param {number} x */
const hover = (x) => ({ type: 'pointer_move', x, y: 2, buttons: [], modifiers: [] });
const press = { type: 'pointer_down', x: 1, y: 2, button: 1, buttons: [1], modifiers: [] };

test('who steers is known by name, and whether that is this viewer', () => {
  meet('control', 2);
  assert.equal(company.pilot?.name, 'Ben');
  assert.deepEqual([company.follows, company.owns, company.others.length], [true, true, 1]);
  company.told({ type: 'helm', viewer: 1, locked: true });
  assert.deepEqual([company.follows, company.helm.locked], [false, true]);
  assert.equal(changes, 4);
  company.reset();
  assert.deepEqual([company.pilot, company.people, company.owns], [undefined, [], false]);
});

test('who may steer sends all it does while nobody else steers', () => {
  meet('control');
  assert.ok(!company.keepsBack(hover(1)));
  assert.ok(!company.keepsBack(press));
  company.told({ type: 'helm', viewer: 1, locked: false });
  assert.ok(!company.keepsBack(hover(2)));
  assert.deepEqual(sent, []);
});

test('while another one steers, an idle pointer is told to the others, and what acts is for the server to judge', () => {
  meet('control', 2);
  assert.ok(company.keepsBack(hover(5)));
  assert.deepEqual(sent, [{ type: 'point', x: 5, y: 2, inside: true }]);
  assert.ok(!company.keepsBack(press));
  assert.ok(!company.keepsBack({ type: 'wheel', x: 1, y: 1, buttons: [], modifiers: [], dx: 0, dy: 1 }));
  assert.ok(!company.keepsBack({ type: 'key_down', key: 'w', modifiers: [] }));
  assert.ok(!company.keepsBack({ type: 'resize', width: 1, height: 1, pixel_ratio: 1 }));
});

test('who may only watch sends nothing but where it points', () => {
  meet('view');
  for (const type of ['wheel', 'key_down', 'key_up', 'resize', 'pointer_up']) assert.ok(company.keepsBack({ type }), type);
  assert.deepEqual(sent, []);
  company.keepsBack({ ...hover(1), type: 'pointer_leave' });
  assert.deepEqual(sent, [{ type: 'point', x: 1, y: 2, inside: false }]);
});

test('ten times a second at most, and the last of it always', () => {
  meet('view');
  for (let x = 0; x < 50; x += 1) company.keepsBack(hover(x));
  assert.deepEqual(sent.map(({ x }) => x), [0]);
  mock.timers.tick(100);
  assert.deepEqual(sent.map(({ x }) => x), [0, 49]);
  mock.timers.tick(1000);
  assert.equal(sent.length, 2, 'a pointer at rest costs nothing');
  company.keepsBack(hover(60));
  assert.equal(sent.length, 3);
});

test('who is alone tells nobody', () => {
  company.hello(1, 'view');
  company.told({ type: 'people', rows: [[1, 'Ada', '#000000', 'view', false]] });
  company.keepsBack(hover(1));
  mock.timers.tick(1000);
  assert.deepEqual(sent, []);
});

test('initials', () => {
  assert.deepEqual(['Ada Lovelace', 'ben', 'Guest 12', '', 'Å B C', '🚀 x'].map(initials), ['AL', 'B', 'G1', '', 'ÅB', '🚀X']);
});

test('a ticket is what the server takes for one', () => {
  assert.match(ticketOf(new Uint8Array(24).fill(255)), /^[\w-]{32}$/);
});
