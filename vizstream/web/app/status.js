// @ts-check
/** What the page is, in words and in `document.body.dataset.state`. */

import { describe } from '../core/retry.js';
import { element } from './dom.js';

/** @typedef {import('../core/retry.js').Facts} Facts */

const card = element('status');
const title = element('status-title');
const detail = element('status-detail');

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
