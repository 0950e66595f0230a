// @ts-check
/**
 * What stands around the picture: buttons, panels, figures, the help, other people and their pointers.
 *
 * A third of the page. It is asked for when the first picture has had the line for itself: at 150 kbit/s it takes 0.5 s.
 */

import { clearCursors, dressCursors, moveCursors, placeCursors, setUpCursors } from './cursors.js';
import { element } from './dom.js';
import { setUpHelp } from './help.js';
import { showStats, toggleStats } from './overlay.js';
import { setUpPanels } from './panels.js';
import { refreshPeople, setUpPeople, showLinks } from './people.js';
import { setUpQuality } from './quality.js';
import { shoot } from './shot.js';
import { recall, remember } from './store.js';
import { toast } from './toast.js';
import { setUpToolbar } from './toolbar.js';

/** @typedef {import('../core/company.js').Company} Company */
/** @typedef {import('../core/outbox.js').InputMessage} InputMessage */
/** @typedef {import('./overlay.js').Stats} Stats */

/**
 * @param {object} options
 * @param {HTMLElement} options.view what gets the focus back
 * @param {Company} options.company
 * @param {(message: InputMessage) => void} options.send
 * @param {() => void} options.introduce says who this is, anew
 * @param {Parameters<typeof setUpCursors>[0]} options.frame where the picture is
 * @param {() => void} options.reset resets the view
 * @param {() => Parameters<typeof shoot>[0]} options.shot what a picture is saved of
 * @param {() => Stats} options.stats
 * @returns what the page tells of
 */
export function furnish({ view, company, send, introduce, frame, reset, shot, stats }) {
  setUpPanels(view);
  setUpCursors(frame);
  setUpQuality(element('menu'), (quality) => send({ type: 'quality', quality }));
  setUpPeople({
    company,
    send,
    name: recall('name'),
    onName: (name) => {
      remember('name', name);
      introduce();
    },
  });
  setUpToolbar({
    view,
    help: setUpHelp(view),
    reset,
    shoot: () => shoot(shot()),
    toggleStats: () => {
      const shown = toggleStats();
      showStats(stats());
      return shown;
    },
  });
  element('toolbar').hidden = false;
  return {
    /** Who is here, or who steers, has changed. */
    refresh() {
      dressCursors(company.people, company.helm.viewer);
      refreshPeople();
    },
    /** @param {Parameters<typeof moveCursors>[0]} rows of the pointers that moved */
    point: (rows) => moveCursors(rows, company.people, company.helm.viewer),
    /** The picture has another place or size. */
    place: placeCursors,
    /** Nobody points at what is seen now. */
    clear: clearCursors,
    /** @param {{control: string, view: string}} links that this viewer may pass on */
    links: (links) => showLinks(links, links.control === '' && links.view === ''),
    showStats,
    toast,
  };
}

/** @typedef {ReturnType<typeof furnish>} Furniture */
