// @ts-check
/**
 * Fingers become a mouse: one drags with the left button; two pan with the middle one and pinch
 * with the wheel.
 *
 *     idle ──finger──► waiting ──moved, or 100 ms──► drag ──lifted──► idle
 *                         └──second finger──► pair ◄──second finger──┘
 *     pair ──one lifted──► spent ──all lifted──► idle
 *
 * The short wait lets two fingers land one after the other without a click in between.  A finger
 * left over from a pair does nothing, for it would make the scene jump.
 */

/** @typedef {import('./geometry.js').Point} Point */
/** @typedef {import('./keys.js').Emit} Emit */

const LEFT = 1;
const MIDDLE = 3;
const WAIT_MS = 100;
/** Scene pixels that a resting finger trembles. */
const SLACK_PX = 4;
/** Wheel pixels of one notch, and how much nearer VTK's trackball camera comes with it. */
const NOTCH_PX = 100;
const NOTCH_ZOOM = 1.1 ** 2;

/**
 * The wheel movement that zooms as much as two fingers spread; negative, towards the scene, for > 1.
 *
 * @param {number} ratio new distance to old
 */
export function pinchWheel(ratio) {
  return (-NOTCH_PX * Math.log(ratio)) / Math.log(NOTCH_ZOOM);
}

export class Touch {
  /** @type {'idle' | 'waiting' | 'drag' | 'pair' | 'spent'} */
  #state = 'idle';
  /** @type {Map<number, Point>} */
  #fingers = new Map();
  /** @type {Point} */
  #start = { x: 0, y: 0 };
  #distance = 1;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  #emit;

  /** @param {Emit} emit */
  constructor(emit) {
    this.#emit = emit;
  }

  /**
   * @param {number} finger
   * @param {Point} point in scene pixels
   * @param {number} time
   */
  down(finger, point, time) {
    this.#fingers.set(finger, point);
    if (this.#state === 'idle') {
      this.#state = 'waiting';
      this.#start = point;
      this.#timer = setTimeout(() => this.#press(time + WAIT_MS), WAIT_MS);
    } else if (this.#fingers.size === 2 && (this.#state === 'waiting' || this.#state === 'drag')) {
      clearTimeout(this.#timer);
      if (this.#state === 'drag') this.#pointer('pointer_up', this.#start, LEFT, [], time);
      this.#state = 'pair';
      const { centre, distance } = this.#pair();
      this.#distance = distance;
      this.#start = centre;
      this.#pointer('pointer_down', centre, MIDDLE, [MIDDLE], time);
    }
  }

  /**
   * @param {number} finger
   * @param {Point} point in scene pixels
   * @param {number} time
   */
  move(finger, point, time) {
    if (!this.#fingers.has(finger)) return;
    this.#fingers.set(finger, point);
    if (this.#state === 'waiting') {
      if (Math.hypot(point.x - this.#start.x, point.y - this.#start.y) < SLACK_PX) return;
      this.#press(time);
    }
    if (this.#state === 'drag') {
      this.#start = point;
      this.#emit({ type: 'pointer_move', ...point, buttons: [LEFT], modifiers: [] }, time);
    } else if (this.#state === 'pair') {
      const { centre, distance } = this.#pair();
      const dy = pinchWheel(distance / this.#distance);
      this.#distance = distance;
      this.#start = centre;
      this.#emit({ type: 'pointer_move', ...centre, buttons: [MIDDLE], modifiers: [] }, time);
      if (dy !== 0) {
        this.#emit({ type: 'wheel', ...centre, buttons: [MIDDLE], modifiers: [], dx: 0, dy }, time);
      }
    }
  }

  /**
   * Lift a finger, or lose it (`pointercancel`).
   *
   * @param {number} finger
   * @param {number} time
   */
  up(finger, time) {
    if (!this.#fingers.delete(finger)) return;
    if (this.#state === 'waiting') this.#press(time);
    if (this.#state === 'drag') this.#pointer('pointer_up', this.#start, LEFT, [], time);
    if (this.#state === 'pair') this.#pointer('pointer_up', this.#start, MIDDLE, [], time);
    this.#state = this.#fingers.size > 0 ? 'spent' : 'idle';
  }

  /** Forget all fingers without a word: the server they were told to is gone. */
  forget() {
    clearTimeout(this.#timer);
    this.#state = this.#fingers.size > 0 ? 'spent' : 'idle';
  }

  /** @param {number} time */
  #press(time) {
    clearTimeout(this.#timer);
    this.#state = 'drag';
    this.#pointer('pointer_down', this.#start, LEFT, [LEFT], time);
  }

  #pair() {
    const [a, b] = /** @type {[Point, Point]} */ ([...this.#fingers.values()]);
    return {
      centre: { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 },
      distance: Math.max(1, Math.hypot(a.x - b.x, a.y - b.y)),
    };
  }

  /**
   * @param {string} type
   * @param {Point} point
   * @param {number} button
   * @param {number[]} buttons
   * @param {number} time
   */
  #pointer(type, point, button, buttons, time) {
    this.#emit({ type, ...point, button, buttons, modifiers: [] }, time);
  }
}
