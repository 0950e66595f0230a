// @ts-check
/** What the page remembers in this browser; where it may not, it forgets. */

import { ticketOf } from '../core/company.js';

/**
 * @param {string} key
 * @returns {string} empty where there is none
 */
export function recall(key) {
  try {
    return localStorage.getItem(`vizstream.${key}`) ?? '';
  } catch {
    return '';
  }
}

/**
 * @param {string} key
 * @param {string} value
 */
export function remember(key, value) {
  try {
    localStorage.setItem(`vizstream.${key}`, value);
  } catch {
    // cookies are off: it holds until the page is closed
  }
}

export const QUALITIES = /** @type {const} */ (['auto', 'smooth', 'sharp', 'save']);

/** What this viewer prefers of its picture. */
export function readQuality() {
  const chosen = recall('quality');
  return QUALITIES.find((quality) => quality === chosen) ?? 'auto';
}

/** What this tab is known by to the server, until it is closed. */
export const ticket = makeTicket();

function makeTicket() {
  const fresh = ticketOf(crypto.getRandomValues(new Uint8Array(24)));
  try {
    const known = sessionStorage.getItem('vizstream.ticket') ?? fresh;
    sessionStorage.setItem('vizstream.ticket', known);
    return known;
  } catch {
    return fresh;
  }
}
