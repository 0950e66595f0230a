// @ts-check
/** Puts the parts that show other people together: who is here, who steers, where they point, links to share. */

import { Company } from '../core/company.js';
import { hashParameters } from './address.js';
import { clearCursors, dressCursors, moveCursors, placeCursors, setUpCursors } from './cursors.js';
import { element } from './dom.js';
import { refreshPeople, setUpPeople, showLinks } from './people.js';
import { readQuality, setUpQuality } from './quality.js';
import { recall, remember, ticket } from './store.js';
import { toast } from './toast.js';

/** @typedef {import('../core/outbox.js').InputMessage} InputMessage */

/**
 * @param {object} options
 * @param {(message: InputMessage) => void} options.send
 * @param {Parameters<typeof setUpCursors>[0]} options.frame where the picture is
 * @returns what the page tells of
 */
export function setUpTogether({ send, frame }) {
  let pilot = 0;
  let seen = 0;
  let told = false;
  const company = new Company({
    send,
    onChange: () => {
      dressCursors(company.people, company.helm.viewer);
      refreshPeople();
      // Only what happened while we were here is news.
      if (company.helm.viewer === company.me && pilot !== 0 && pilot !== company.me && company.helm.locked) {
        toast('You have the helm');
      }
      pilot = company.helm.viewer;
    },
  });
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

  function introduce() {
    send({ type: 'me', ticket, name: recall('name') });
    if (readQuality() !== 'auto') send({ type: 'quality', quality: readQuality() });
  }

  return {
    company,
    /** The server listens: say who this is. */
    introduce,
    /** @param {any} message one of the table STATE in protocol.py */
    onMessage(message) {
      switch (message.type) {
        case 'hello':
          company.hello(message.viewer, message.role);
          break;
        case 'people':
        case 'helm':
          company.told(message);
          break;
        case 'pointers':
          moveCursors(message.rows, company.people, company.helm.viewer);
          break;
        case 'windows':
          // Others point at what this viewer does not see any more.
          if (message.window !== seen) clearCursors();
          seen = message.window;
          break;
        case 'scene':
          placeCursors();
          break;
        case 'links':
          adopt(message);
          break;
        default: // of no concern here
      }
    },
    /** The picture has another place or size. */
    place: placeCursors,
    reset() {
      clearCursors();
      company.reset();
      told = false;
    },
  };

  /** @param {{control: string, view: string}} links */
  function adopt(links) {
    showLinks(links, links.control === '' && links.view === '');
    const mine = links.control || links.view;
    const parameters = hashParameters();
    const present = parameters.get('token') ?? '';
    if (told && mine !== '' && present !== mine) {
      // What this page reconnects with, and what a reload needs.
      parameters.set('token', mine);
      history.replaceState(null, '', `#${parameters}`);
      toast('The links have changed; the old ones do not work any more');
    }
    told = true;
  }
}
