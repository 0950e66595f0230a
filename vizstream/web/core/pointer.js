// @ts-check
/** Mouse, pen, wheel and fingers on the picture: DOM events in, messages out. */

import { modifiersOf } from './keys.js';
import { Touch } from './touch.js';

/** @typedef {import('./geometry.js').Point} Point */
/** @typedef {import('./keys.js').Emit} Emit */

/** Wheel pixels of one line: Firefox tells a notch as three lines, others as about 100 pixels. */
const LINE_PX = 100 / 3;
/** A page is a screenful; no mouse sends it, some settings do. */
const PAGE_PX = 800;
/** Browsers tell a pinch on a trackpad as Control and wheel, 100 px for a factor of e; see touch.js. */
const TRACKPAD_PINCH = 1 / Math.log(1.1 ** 2);

/**
 * The buttons of a DOM bit mask, in our numbers: 1 left, 2 right, 3 middle, 4 back, 5 forward.
 *
 * The mask's bits have that order; only `MouseEvent.button` has middle before right.
 *
 * @param {number} mask
 * @returns {number[]}
 */
export function buttonsOf(mask) {
  return [1, 2, 3, 4, 5].filter((button) => mask & (1 << (button - 1)));
}

/**
 * A wheel event's movement in pixels.
 *
 * @param {{deltaX: number, deltaY: number, deltaMode: number}} event
 * @returns {{dx: number, dy: number}}
 */
export function wheelPixels({ deltaX, deltaY, deltaMode }) {
  const scale = [1, LINE_PX, PAGE_PX][deltaMode] ?? 1;
  return { dx: deltaX * scale, dy: deltaY * scale };
}

export class Pointer {
  #mask = 0;
  /** @type {Point} */
  #last = { x: 0, y: 0 };
  #element;
  #locate;
  #emit;
  #touch;
  #isHeld;
  /**
   * Whether the browser tells each movement when it happens (`pointerrawupdate`: Chromium, in secure contexts).
   * `pointermove` waits for the next animation frame: 13 ms more from hand to photon, p50.
   */
  #raw;

  /**
   * @param {HTMLElement} element the picture
   * @param {object} options
   * @param {(event: MouseEvent) => Point} options.locate where in the scene an event happened
   * @param {(key: string) => boolean} options.isHeld whether a key is really down
   * @param {Emit} options.emit
   */
  constructor(element, { locate, isHeld, emit }) {
    this.#element = element;
    this.#locate = locate;
    this.#isHeld = isHeld;
    this.#emit = emit;
    this.#touch = new Touch(emit);
    element.addEventListener('pointerdown', (event) => this.#onDown(event));
    for (const type of /** @type {const} */ (['pointermove', 'pointerup', 'pointercancel', 'lostpointercapture'])) {
      element.addEventListener(type, (event) => this.#onPointer(event));
    }
    this.#raw = 'onpointerrawupdate' in element;
    // TypeScript's DOM types do not have it yet.
    element.addEventListener('pointerrawupdate', (event) => this.#onPointer(/** @type {PointerEvent} */ (event)));
    element.addEventListener('pointerenter', (event) => this.#onCross('pointer_enter', event));
    element.addEventListener('pointerleave', (event) => this.#onCross('pointer_leave', event));
    element.addEventListener('wheel', (event) => this.#onWheel(event), { passive: false });
    // No menu, no autoscroll, no "back" by the fourth button, no selection, no dragged image.
    for (const type of ['contextmenu', 'mousedown', 'mouseup', 'auxclick', 'dragstart', 'selectstart']) {
      element.addEventListener(type, (event) => event.preventDefault());
    }
  }

  /** Forget what is held: the server it was told to is gone.  The next event presses it anew. */
  forget() {
    this.#mask = 0;
    this.#touch.forget();
  }

  /** @param {PointerEvent} event */
  #onDown(event) {
    this.#element.focus({ preventScroll: true });
    try {
      this.#element.setPointerCapture(event.pointerId);
    } catch {
      // The pointer is gone already; its events are, too.
    }
    this.#onPointer(event);
  }

  /** @param {PointerEvent} event */
  #onPointer(event) {
    if (event.pointerType === 'touch') {
      this.#onTouch(event);
      return;
    }
    const gone = event.type === 'pointercancel' || event.type === 'lostpointercapture';
    // A lost pointer has no place of its own (browsers say 0, 0): it is released where it was last.
    if (!gone) this.#last = this.#locate(event);
    const mask = gone ? 0 : event.buttons & 31;
    // A second button that goes down or up is told as a move: what changed says the mask alone.
    const changed = buttonsOf(mask ^ this.#mask);
    for (const button of changed) {
      this.#mask ^= 1 << (button - 1);
      this.#tell(mask & (1 << (button - 1)) ? 'pointer_down' : 'pointer_up', event, { button });
    }
    if (changed.length === 0 && this.#isMove(event)) this.#tell('pointer_move', event);
  }

  /** @param {PointerEvent} event */
  #onTouch(event) {
    const { pointerId, timeStamp } = event;
    if (event.type === 'pointerdown') this.#touch.down(pointerId, this.#locate(event), timeStamp);
    else if (this.#isMove(event)) this.#touch.move(pointerId, this.#locate(event), timeStamp);
    else if (event.type !== 'pointermove') this.#touch.up(pointerId, timeStamp);
  }

  /**
   * @param {PointerEvent} event
   * @returns {boolean} true once for each movement: where raw events come, the aligned ones repeat them
   */
  #isMove({ type }) {
    return type === (this.#raw ? 'pointerrawupdate' : 'pointermove');
  }

  /**
   * @param {string} type
   * @param {PointerEvent} event
   */
  #onCross(type, event) {
    if (event.pointerType === 'touch') return;
    this.#last = this.#locate(event);
    this.#tell(type, event);
  }

  /** @param {WheelEvent} event */
  #onWheel(event) {
    event.preventDefault();
    this.#last = this.#locate(event);
    let { dx, dy } = wheelPixels(event);
    let modifiers = modifiersOf(event);
    if (event.ctrlKey && !this.#isHeld('Control')) {
      modifiers = modifiers.filter((name) => name !== 'Control');
      dy *= TRACKPAD_PINCH;
    }
    if (dx !== 0 || dy !== 0) this.#tell('wheel', event, { dx, dy, modifiers });
  }

  /**
   * @param {string} type
   * @param {MouseEvent} event
   * @param {object} [more]
   */
  #tell(type, event, more = {}) {
    const buttons = buttonsOf(this.#mask);
    this.#emit({ type, ...this.#last, buttons, modifiers: modifiersOf(event), ...more }, event.timeStamp);
  }
}
