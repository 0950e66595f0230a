// @ts-check
/** Dark or light: as the system says, until somebody here says otherwise. */

import { recall, remember } from './store.js';

const dark = matchMedia('(prefers-color-scheme: dark)');

/** @param {HTMLElement} button */
export function setUpTheme(button) {
  const show = () => {
    const chosen = recall('theme');
    const now = chosen || (dark.matches ? 'dark' : 'light');
    document.documentElement.dataset.theme = now;
    button.textContent = now === 'dark' ? 'Light theme' : 'Dark theme';
  };
  button.addEventListener('click', () => {
    const next = document.documentElement.dataset.theme === 'dark' ? 'light' : 'dark';
    // Back at what the system says, it goes along with it again.
    remember('theme', next === (dark.matches ? 'dark' : 'light') ? '' : next);
    show();
  });
  dark.addEventListener('change', show);
  show();
}
