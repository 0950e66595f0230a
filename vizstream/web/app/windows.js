// @ts-check
/** The list of the scene's windows, in the corner, where there is more than one. */

import { element } from './dom.js';

/** @typedef {[number: number, title: string]} WindowRow */

/** @type {HTMLSelectElement} */
const list = element('windows');

/**
 * What the list shows: two windows of one title are told apart by a number.
 *
 * @param {WindowRow[]} rows
 * @returns {{value: string, text: string}[]}
 */
export function windowOptions(rows) {
  /** @type {Map<string, number>} */
  const seen = new Map();
  return rows.map(([number, title]) => {
    const count = (seen.get(title) ?? 0) + 1;
    seen.set(title, count);
    return { value: String(number), text: count > 1 ? `${title} (${count})` : title };
  });
}

/**
 * @param {WindowRow[]} rows
 * @param {number} number
 * @returns {string} what the list calls the window of that number, empty if there is none
 */
export function windowTitle(rows, number) {
  return windowOptions(rows).find(({ value }) => value === String(number))?.text ?? '';
}

/**
 * Show the windows that there are.
 *
 * @param {WindowRow[]} rows
 * @param {number} shown the number of the one that is seen
 */
export function showWindows(rows, shown) {
  const options = windowOptions(rows);
  const present = [...list.options].map(({ value, text }) => ({ value, text }));
  // An open list closes when its options are replaced.
  if (JSON.stringify(present) !== JSON.stringify(options)) {
    list.replaceChildren(...options.map(({ value, text }) => new Option(text, value)));
  }
  list.value = String(shown);
  list.hidden = rows.length < 2;
}

/**
 * @param {(number: number) => void} onChoose
 */
export function setUpWindows(onChoose) {
  list.addEventListener('change', () => onChoose(Number(list.value)));
}
