// @ts-check
/** The page's end of still-worker.js. */

/**
 * @typedef {import('./stills.js').Announcement} Announcement
 * @typedef {import('./stills.js').Loaded} Loaded
 */

export class StillLoader {
  /** @type {Worker | null} */
  #worker = null;
  #lastId = 0;
  /** @type {{id: number, resolve: (loaded: Loaded) => void, reject: (error: Error) => void} | null} */
  #waiting = null;

  /** Get ready: the worker's two kilobytes would otherwise be asked for when the first still waits for them. */
  prepare() {
    this.#worker ??= this.#start();
  }

  /**
   * Ask for the next still, before it is told of.
   *
   * @param {string} url
   * @param {string} token
   */
  expect(url, token) {
    this.prepare();
    this.#worker?.postMessage({ expect: url, token });
  }

  /**
   * Fetch, decode and check a still; one at a time, the newest wins.
   *
   * @param {Announcement} still
   * @param {string} token
   * @param {AbortSignal} signal
   * @returns {Promise<Loaded>} rejects where it cannot be had, and never settles once it is aborted
   */
  load(still, token, signal) {
    return new Promise((resolve, reject) => {
      this.prepare();
      const id = ++this.#lastId;
      this.#waiting = { id, resolve, reject };
      this.#worker?.postMessage({ id, still, token });
      signal.addEventListener('abort', () => {
        if (this.#waiting?.id !== id) return;
        this.#waiting = null;
        this.#worker?.postMessage({ id, still: null });
      }, { once: true });
    });
  }

  #start() {
    const worker = new Worker(new URL('./still-worker.js', import.meta.url), { type: 'module' });
    worker.onmessage = ({ data: { id, bitmap, bytes, verified, error } }) => {
      const waiting = this.#waiting;
      if (waiting === null || waiting.id !== id) {
        bitmap?.close();
        return;
      }
      this.#waiting = null;
      if (error) waiting.reject(new Error(error));
      else waiting.resolve({ bitmap, bytes, verified });
    };
    worker.onerror = () => this.#waiting?.reject(new Error('the worker does not start'));
    return worker;
  }
}
