// @ts-check
/**
 * When to read the browser's statistics: each second while something moves or somebody looks,
 * seldom while the picture stands still, so that an idle page costs next to nothing.
 */

const BUSY_MS = 1000;
const IDLE_MS = 10_000;

export class Poll {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  #due = Infinity;
  #lastRead = -Infinity;
  #lastNudge = -Infinity;
  #reading = false;
  #read;

  /** @param {() => Promise<void>} read */
  constructor(read) {
    this.#read = read;
  }

  /** Something moved, or somebody asks: be up to date within a second. */
  nudge() {
    const now = performance.now();
    this.#lastNudge = now;
    const due = Math.max(now, this.#lastRead + BUSY_MS);
    if (due < this.#due && !this.#reading) this.#plan(due);
  }

  /** @param {number} due in ms of `performance.now()` */
  #plan(due) {
    clearTimeout(this.#timer);
    this.#due = due;
    this.#timer = setTimeout(() => this.#now(), due - performance.now());
  }

  async #now() {
    this.#due = Infinity;
    this.#lastRead = performance.now();
    this.#reading = true;
    try {
      await this.#read();
    } finally {
      this.#reading = false;
    }
    const busy = this.#lastRead - this.#lastNudge <= BUSY_MS;
    this.#plan(this.#lastRead + (busy ? BUSY_MS : IDLE_MS));
  }
}
