// @ts-check
/** A few words that pass. */

import { element } from './dom.js';

const TOAST_MS = 4000;

const chip = element('toast');
/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;

/** @param {string} words */
export function toast(words) {
  chip.textContent = words;
  chip.hidden = false;
  clearTimeout(timer);
  timer = setTimeout(() => {
    chip.hidden = true;
  }, TOAST_MS);
}
