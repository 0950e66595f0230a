// @ts-check
/** The buttons in the corner, which fade while the hand rests or steers. */

import { element } from './dom.js';
import { closePanel, setUpPanel } from './panels.js';
import { setUpThemeButton } from './theme.js';

/** How long the buttons stay after the pointer came to rest. */
const QUIET_MS = 2500;

const fullscreenButton = element('button-fullscreen');
const statsButton = element('button-stats');

/** Show the buttons for a while. */
function stir() {
  document.body.dataset.quiet = 'false';
  clearTimeout(stir.timer);
  stir.timer = setTimeout(() => {
    document.body.dataset.quiet = 'true';
  }, QUIET_MS);
}
/** @type {ReturnType<typeof setTimeout> | undefined} */
stir.timer = undefined;

async function toggleFullscreen() {
  try {
    if (document.fullscreenElement) await document.exitFullscreen();
    else await document.documentElement.requestFullscreen({ navigationUI: 'hide' });
  } catch {
    // An iframe without the permission: the button shows that nothing came of it.
  }
}

/**
 * Make the buttons work.
 *
 * @param {object} options
 * @param {() => void} options.help shows how to steer
 * @param {() => boolean} options.toggleStats returns whether the figures are shown now
 * @param {() => void} options.reset resets the view
 * @param {() => void} options.shoot saves a picture
 * @param {HTMLElement} options.view what gets the focus back
 */
export function setUpToolbar({ help, toggleStats, reset, shoot, view }) {
  const onStats = () => statsButton.setAttribute('aria-pressed', String(toggleStats()));
  const onHelp = () => {
    closePanel();
    help();
  };
  setUpPanel(element('button-menu'), element('menu'));
  setUpThemeButton(element('button-theme'));
  statsButton.addEventListener('click', () => {
    onStats();
    closePanel();
    view.focus();
  });
  element('button-reset').addEventListener('click', () => {
    closePanel();
    reset();
  });
  element('button-shot').addEventListener('click', () => {
    closePanel();
    shoot();
    view.focus();
  });
  element('button-help').addEventListener('click', onHelp);
  // The scene hears it as well: it may know the key, too.
  view.addEventListener('keydown', ({ key, ctrlKey, metaKey }) => {
    if (key === '?' && !ctrlKey && !metaKey) onHelp();
  });
  if (document.fullscreenEnabled) {
    fullscreenButton.addEventListener('click', () => {
      toggleFullscreen();
      view.focus();
    });
  } else {
    fullscreenButton.hidden = true; // iPhones have no full screen for pages
  }
  document.addEventListener('fullscreenchange', () => {
    const full = document.fullscreenElement !== null;
    fullscreenButton.setAttribute('aria-pressed', String(full));
  });
  // Before the picture hears it.  By the physical key: Option+S on a Mac names another character.
  document.addEventListener('keydown', (event) => {
    if (event.code !== 'KeyS' || !event.ctrlKey || !event.altKey || event.getModifierState('AltGraph')) return;
    event.preventDefault();
    event.stopPropagation();
    if (!event.repeat) onStats();
  }, { capture: true });
  // The picture nearly always has the focus; a frame around it says so to who moves it by keyboard.
  document.addEventListener('keydown', ({ key }) => {
    if (key === 'Tab') document.body.dataset.tabbed = '';
  }, { capture: true });
  document.addEventListener('pointerdown', () => delete document.body.dataset.tabbed, { passive: true });
  // A drag is steering, not looking for a button.
  document.addEventListener('pointermove', (event) => {
    if (event.buttons === 0) stir();
  }, { passive: true });
  document.addEventListener('pointerdown', stir, { passive: true });
  stir();
}
