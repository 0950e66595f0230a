// @ts-check
/** What the page knows of other people, and keeps until it can be shown: the `furniture` comes later. */

import { Company } from '../core/company.js';
import { hashParameters } from './address.js';
import { readQuality, recall, ticket } from './store.js';

/** @typedef {import('../core/outbox.js').InputMessage} InputMessage */
/** @typedef {import('./furniture.js').Furniture} Furniture */
/** @typedef {[viewer: number, x: number | null, y: number | null]} PointerRow */

/**
 * @param {(message: InputMessage) => void} send
 * @returns what the page tells of
 */
export function setUpTogether(send) {
  /** @type {Furniture | null} */
  let furniture = null;
  let pilot = 0;
  let seen = 0;
  /** @type {{control: string, view: string} | null} */
  let links = null;
  let told = false;
  /** Those that nobody has shown yet, by viewer. @type {Map<number, PointerRow>} */
  const pointers = new Map();
  const company = new Company({
    send,
    onChange: () => {
      furniture?.refresh();
      // Only what happened while we were here is news.
      if (company.helm.viewer === company.me && pilot !== 0 && pilot !== company.me && company.helm.locked) {
        furniture?.toast('You have the helm');
      }
      pilot = company.helm.viewer;
    },
  });

  function clear() {
    pointers.clear();
    furniture?.clear();
  }

  /** @param {PointerRow[]} rows */
  function point(rows) {
    if (furniture !== null) furniture.point(rows);
    else for (const row of rows) pointers.set(row[0], row);
  }

  return {
    company,
    /** The server listens: say who this is. */
    introduce() {
      send({ type: 'me', ticket, name: recall('name') });
      if (readQuality() !== 'auto') send({ type: 'quality', quality: readQuality() });
    },
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
          point(message.rows);
          break;
        case 'windows':
          // Others point at what this viewer does not see any more.
          if (message.window !== seen) clear();
          seen = message.window;
          break;
        case 'scene':
          furniture?.place();
          break;
        case 'links':
          adopt(message);
          break;
        default: // of no concern here
      }
    },
    /** @param {Furniture} arrived shows from now on what there is to show */
    furnish(arrived) {
      furniture = arrived;
      furniture.refresh();
      if (links !== null) furniture.links(links);
      furniture.point([...pointers.values()]);
      pointers.clear();
    },
    reset() {
      clear();
      company.reset();
      told = false;
    },
  };

  /** @param {{control: string, view: string}} given */
  function adopt(given) {
    links = given;
    furniture?.links(given);
    const mine = given.control || given.view;
    const parameters = hashParameters();
    const present = parameters.get('token') ?? '';
    if (told && mine !== '' && present !== mine) {
      // What this page reconnects with, and what a reload needs.
      parameters.set('token', mine);
      history.replaceState(null, '', `#${parameters}`);
      furniture?.toast('The links have changed; the old ones do not work any more');
    }
    told = true;
  }
}
