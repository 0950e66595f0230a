// @ts-check
/** Dark or light: as the system says, until somebody here says otherwise. */

import { recall, remember } from './store.js';

const dark = matchMedia('(prefers-color-scheme: dark)');

function systems() {
  return dark.matches ? 'dark' : 'light';
}

/** @returns {string} the one that is shown now */
export function showTheme() {
  return document.documentElement.dataset.theme = recall('theme') || systems();
}

/** @param {HTMLElement} button changes it */
export function setUpThemeButton(button) {
  const show = () => {
    button.textContent = showTheme() === 'dark' ? 'Light theme' : 'Dark theme';
  };
  button.addEventListener('click', () => {
    const next = showTheme() === 'dark' ? 'light' : 'dark';
    // Back at what the system says, it goes along with it again.
    remember('theme', next === systems() ? '' : next);
    show();
  });
  dark.addEventListener('change', show);
  show();
}
