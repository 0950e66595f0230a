// @ts-check
/** What the page is, in words and in `document.body.dataset.state`. */

import { describe, remark } from '../core/retry.js';
import { element } from './dom.js';

/** @typedef {import('../core/retry.js').Facts} Facts */

const card = element('status');
const title = element('status-title');
const detail = element('status-detail');
const chip = element('busy');
const chipWords = element('busy-words');

/**
 * Show the state that follows from the facts.
 *
 * @param {Facts} facts
 */
export function showStatus(facts) {
  const words = describe(facts);
  document.body.dataset.state = words.state;
  card.setAttribute('aria-busy', String(words.busy));
  // A live region speaks when it is written to, even with the same words.
  if (title.textContent !== words.title) title.textContent = words.title;
  if (detail.textContent !== words.detail) detail.textContent = words.detail;
}

/**
 * Show what is to be said over a live picture.
 *
 * @param {Parameters<typeof remark>[0]} facts
 */
export function showRemark(facts) {
  const words = remark(facts);
  chip.hidden = words === '';
  if (chipWords.textContent !== words) chipWords.textContent = words;
}
