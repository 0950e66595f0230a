// @ts-check
/**
 * Notices a dead connection sooner than the browser does.
 *
 * A browser takes 6 to 7 s to call a connection broken whose other end was killed (measured in Chromium
 * 156 and Firefox 153).  A live scene sends a frame every 2 s at least, though, and an input is answered
 * within a second.  Where that stays out we ask over HTTP whether the server still knows our
 * session, and believe only what it says: a slow scene is not a dead one.
 */

const SILENT_MS = 3000;
const UNANSWERED_MS = 1000;

export class Watch {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  #due = Infinity;
  #running = false;
  #signAt = 0;
  #inputAt = Infinity;
  #isAlive;
  #onDead;

  /**
   * @param {object} options
   * @param {() => Promise<boolean>} options.isAlive asks the server
   * @param {() => void} options.onDead
   */
  constructor({ isAlive, onDead }) {
    this.#isAlive = isAlive;
    this.#onDead = onDead;
  }

  /** Begin: a frame of the connection has come, so more will. */
  start() {
    this.#running = true;
    this.sign();
    this.#plan(this.#signAt + SILENT_MS);
  }

  stop() {
    this.#running = false;
    this.#due = Infinity;
    clearTimeout(this.#timer);
  }

  /** A sign of life came. */
  sign() {
    this.#signAt = performance.now();
    this.#inputAt = Infinity;
  }

  /** An input was sent that a frame should show. */
  expect() {
    if (!this.#running || this.#inputAt < Infinity) return;
    this.#inputAt = performance.now();
    this.#plan(this.#inputAt + UNANSWERED_MS);
  }

  /** @param {number} due in ms of `performance.now()` */
  #plan(due) {
    if (due >= this.#due) return;
    clearTimeout(this.#timer);
    this.#due = due;
    this.#timer = setTimeout(() => this.#check(), due - performance.now());
  }

  async #check() {
    this.#due = Infinity;
    const due = Math.min(this.#signAt + SILENT_MS, this.#inputAt + UNANSWERED_MS);
    if (due > performance.now()) {
      this.#plan(due);
      return;
    }
    const alive = await this.#isAlive();
    if (!this.#running) return;
    if (alive) this.start();
    else this.#onDead();
  }
}
