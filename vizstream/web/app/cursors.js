// @ts-check
/** Others' pointers, over the picture. */

import { toPage } from '../core/geometry.js';
import { element, make } from './dom.js';

/** @typedef {import('../core/company.js').Person} Person */
/** @typedef {{node: HTMLElement, label: HTMLElement, x: number, y: number}} Cursor */

const SVG = 'http://www.w3.org/2000/svg';

const layer = element('cursors');
/** @type {Map<number, Cursor>} */
const cursors = new Map();
/** @type {() => {shown: import('../core/geometry.js').Box, scene: import('../core/geometry.js').Size}} */
let frame = () => ({ shown: { x: 0, y: 0, width: 0, height: 0 }, scene: { width: 0, height: 0 } });

/** @param {typeof frame} where gives the picture's place in the view, and the scene's logical size */
export function setUpCursors(where) {
  frame = where;
  new ResizeObserver(placeCursors).observe(layer);
}

/**
 * @param {[viewer: number, x: number | null, y: number | null][]} rows those that moved
 * @param {Person[]} people
 * @param {number} pilot who steers
 */
export function moveCursors(rows, people, pilot) {
  for (const [viewer, x, y] of rows) {
    if (x === null || y === null) {
      cursors.get(viewer)?.node.remove();
      cursors.delete(viewer);
      continue;
    }
    const cursor = cursors.get(viewer) ?? add(viewer);
    Object.assign(cursor, { x, y });
  }
  dressCursors(people, pilot);
  placeCursors();
}

/**
 * Give all their names and colours; take away those of people who have gone.
 *
 * @param {Person[]} people
 * @param {number} pilot who steers
 */
export function dressCursors(people, pilot) {
  for (const [viewer, { node, label }] of cursors) {
    const person = people.find((one) => one.viewer === viewer);
    if (person === undefined) {
      node.remove();
      cursors.delete(viewer);
      continue;
    }
    if (label.textContent !== person.name) label.textContent = person.name;
    node.style.color = person.colour;
    label.style.background = person.colour;
    node.classList.toggle('pilot', viewer === pilot);
  }
}

/** Put all where they belong: the picture has moved, or they have. */
export function placeCursors() {
  if (cursors.size === 0) return;
  const { shown, scene } = frame();
  for (const { node, x, y } of cursors.values()) {
    const at = toPage({ x, y }, shown, scene);
    node.style.transform = `translate(${at.x}px, ${at.y}px)`;
  }
}

/** The connection has ended, or another window is seen. */
export function clearCursors() {
  layer.replaceChildren();
  cursors.clear();
}

/** @param {number} viewer @returns {Cursor} */
function add(viewer) {
  const label = make('span');
  const arrow = document.createElementNS(SVG, 'svg');
  arrow.setAttribute('viewBox', '0 0 18 22');
  const path = document.createElementNS(SVG, 'path');
  path.setAttribute('d', 'M2 2v15.5l4.2-3.8 2.7 6 2.8-1.2-2.7-5.9h5.6z');
  arrow.append(path);
  const node = make('div', { class: 'cursor' }, arrow, label);
  layer.append(node);
  const cursor = { node, label, x: 0, y: 0 };
  cursors.set(viewer, cursor);
  return cursor;
}
