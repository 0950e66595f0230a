// @ts-check
/** The people at the scene, as this page knows them: who is here, who steers, and what it tells of itself. */

/** @typedef {import('./outbox.js').InputMessage} InputMessage */
/** @typedef {{viewer: number, name: string, colour: string, role: string, owner: boolean}} Person */

/** Others see this pointer ten times a second at most; the server tells them no more often. */
const POINT_MS = 100;

const HOVERS = new Set(['pointer_move', 'pointer_enter', 'pointer_leave']);

export class Company {
  /** This viewer's number; 0 while it is not known. */
  me = 0;
  role = '';
  /** @type {Person[]} */
  people = [];
  helm = { viewer: 0, locked: false };
  /** @type {{x: number, y: number, inside: boolean} | null} what has not been sent yet */
  #point = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  #send;
  #onChange;

  /**
   * @param {object} options
   * @param {(message: InputMessage) => void} options.send
   * @param {() => void} options.onChange
   */
  constructor({ send, onChange }) {
    this.#send = send;
    this.#onChange = onChange;
  }

  /**
   * @param {number} viewer
   * @param {string} role
   */
  hello(viewer, role) {
    this.me = viewer;
    this.role = role;
    this.#onChange();
  }

  /** @param {any} message `people` or `helm` */
  told(message) {
    if (message.type === 'helm') this.helm = { viewer: message.viewer, locked: message.locked };
    else this.people = message.rows.map(toPerson);
    this.#onChange();
  }

  /** The connection has ended. */
  reset() {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#point = null;
    this.me = 0;
    this.role = '';
    this.people = [];
    this.helm = { viewer: 0, locked: false };
    this.#onChange();
  }

  /** Everybody else. @returns {Person[]} */
  get others() {
    return this.people.filter(({ viewer }) => viewer !== this.me);
  }

  /** Whether this viewer owns the scene. */
  get owns() {
    return this.people.some(({ viewer, owner }) => viewer === this.me && owner);
  }

  /** Who steers; undefined for nobody. @returns {Person | undefined} */
  get pilot() {
    return this.people.find(({ viewer }) => viewer === this.helm.viewer);
  }

  /** Whether another one steers. */
  get follows() {
    return this.helm.viewer !== 0 && this.helm.viewer !== this.me;
  }

  /**
   * Keep back what the scene would not be shown anyway, and tell the others of the pointer instead.
   *
   * What steers is never kept back from who may steer: whether it takes the helm is for the server to say.
   *
   * @param {InputMessage} message
   * @returns {boolean} whether it is not to be sent
   */
  keepsBack({ type, x = 0, y = 0, buttons = [] }) {
    const steers = this.role === 'control';
    const hovers = HOVERS.has(type) && buttons.length === 0;
    if (steers && !(hovers && this.follows)) return false;
    if (HOVERS.has(type) || type === 'pointer_down') this.#tell({ x, y, inside: type !== 'pointer_leave' });
    return true;
  }

  /** @param {{x: number, y: number, inside: boolean}} point */
  #tell(point) {
    this.#point = point;
    if (this.#timer !== undefined) return;
    this.#flush();
  }

  #flush() {
    this.#timer = undefined;
    if (this.#point === null) return;
    // Who is alone is seen by nobody.
    if (this.others.length > 0) this.#send({ type: 'point', ...this.#point });
    this.#point = null;
    this.#timer = setTimeout(() => this.#flush(), POINT_MS);
  }
}

/** @param {[number, string, string, string, boolean]} row @returns {Person} */
function toPerson([viewer, name, colour, role, owner]) {
  return { viewer, name, colour, role, owner };
}

/**
 * Up to two letters that stand for a name.
 *
 * @param {string} name
 */
export function initials(name) {
  const words = name.split(' ').filter((word) => word !== '');
  return words.slice(0, 2).map((word) => [...word][0]).join('').toUpperCase();
}

/**
 * A new ticket, by which the server knows this page again.
 *
 * @param {Uint8Array} random 24 bytes
 */
export function ticketOf(random) {
  return btoa(String.fromCharCode(...random)).replaceAll('+', '-').replaceAll('/', '_');
}
