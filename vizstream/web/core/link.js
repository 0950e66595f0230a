// @ts-check
/** The way to the server, kept up: connects, notices the loss, waits a little, connects again. */

import { retryDelay } from './retry.js';
import { Failure } from './whep.js';

/** A connection that held this long was a good one: the next failure starts from the shortest wait. */
const STABLE_MS = 5000;

/**
 * @typedef {object} Connection what link.js needs of a `Session`
 * @property {() => Promise<void>} open
 * @property {Promise<Failure>} closed
 * @property {() => void} close
 */

/**
 * @template {Connection} S
 */
export class Link {
  /** @type {S | null} the session that is open, or on its way */
  #session = null;
  #generation = 0;
  /** @type {() => void} */
  #wake = () => {};
  #options;

  /**
   * @param {object} options
   * @param {() => S} options.connect makes a new session
   * @param {(session: S) => void} options.onOpen
   * @param {(failure: Failure, failures: number) => void} options.onLost failures in a row, from 1
   * @param {() => boolean} options.isSlow whether nobody waits, because the scene is over
   */
  constructor(options) {
    this.#options = options;
  }

  /** Start, or start over. */
  start() {
    this.stop();
    this.#run(++this.#generation);
  }

  /** Let go of the server. */
  stop() {
    this.#generation += 1;
    this.#session?.close();
    this.#session = null;
    this.#wake();
  }

  /** Do not wait any longer for the next attempt: the network is back, or the page is looked at. */
  hurry() {
    this.#wake();
  }

  /** @param {number} generation ends when another one has begun */
  async #run(generation) {
    const { connect, onOpen, onLost, isSlow } = this.#options;
    let failures = 0;
    while (generation === this.#generation) {
      const session = connect();
      this.#session = session;
      /** @type {Failure} */
      let failure;
      let openedAt = Infinity;
      try {
        await session.open();
        openedAt = performance.now();
        if (generation !== this.#generation) return;
        onOpen(session);
        failure = await session.closed;
      } catch (error) {
        failure = error instanceof Failure ? error : new Failure('media', String(error));
      }
      if (generation !== this.#generation) return;
      failures = performance.now() - openedAt > STABLE_MS ? 1 : failures + 1;
      onLost(failure, failures);
      if (failure.kind === 'unauthorized') return;
      const { retryAfterMs } = failure;
      await this.#sleep(retryDelay(failures - 1, { random: Math.random(), slow: isSlow(), retryAfterMs }));
    }
  }

  /** @param {number} ms */
  #sleep(ms) {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve(undefined);
      };
    });
  }
}
