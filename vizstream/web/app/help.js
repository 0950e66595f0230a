// @ts-check
/** The sheet that says how to steer. */

import { element, make } from './dom.js';

/** Where a cell begins with a brace, it names keys. */
const HANDS = [
  ['Mouse', 'Touch', 'does'],
  ['left drag', 'one finger', 'rotate'],
  ['middle drag, or {Shift} + left', 'two fingers', 'pan'],
  ['wheel, or right drag', 'pinch', 'zoom'],
];
const KEYS = [
  ['{r}', 'reset the view'],
  ['{w} {s}', 'wireframe, surface'],
  ['{f}', 'fly to the point under the pointer'],
  ['{?}', 'this sheet'],
  ['{Tab}', 'to the buttons, and back to the picture'],
  ['{Ctrl} {Alt} {S}', 'statistics of this page'],
];

/** @param {string} text whose keys stand in braces */
function cell(text) {
  return text.split(/[{}]/).map((piece, place) => (place % 2 ? make('kbd', {}, piece) : piece));
}

/**
 * @param {string[][]} rows
 * @param {boolean} headed whether the first one is the head
 */
function table(rows, headed) {
  return make('table', {}, ...rows.map((row, number) =>
    make('tr', {}, ...row.map((text) => make(headed && number === 0 ? 'th' : 'td', {}, ...cell(text))))));
}

/**
 * Write the sheet.
 *
 * @param {HTMLElement} view what gets the focus back
 * @returns {() => void} shows it
 */
export function setUpHelp(view) {
  /** @type {HTMLDialogElement} */
  const sheet = element('help');
  const close = make('button', { type: 'submit', autofocus: '' }, 'Close');
  sheet.append(
    make('h2', { id: 'help-title' }, 'Steering the scene'),
    table(HANDS, true),
    make('p', {}, 'These are VTK’s habits; a scene may have its own. Keys go to the scene too, most scenes know:'),
    table(KEYS, false),
    make('p', {}, 'With others here, whoever acts steers, unless somebody is in the middle of something. Your pointer is shown to them.'),
    make('form', { method: 'dialog' }, close),
  );
  sheet.addEventListener('close', () => view.focus());
  return () => {
    if (!sheet.open) sheet.showModal();
    // The button that has the focus is at the end of the sheet.
    sheet.scrollTop = 0;
  };
}
