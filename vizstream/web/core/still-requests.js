// @ts-check
/** Asking for stills: for the next one before there is one, so that no request has to travel when there is. */

/** @typedef {import('./stills.js').Announcement} Announcement */

export class StillRequests {
  /** @type {{response: Promise<Response | null>, abort: AbortController, pending: boolean} | null} */
  #expected = null;

  /**
   * Ask for the next still; the server answers when it has it, or after a while that there is none.
   *
   * @param {string} url
   * @param {string} token
   */
  expect(url, token) {
    if (this.#expected?.pending) return;
    this.#expected?.abort.abort();
    const abort = new AbortController();
    const asked = { abort, pending: true, response: ask(url, token, abort.signal).catch(() => null) };
    asked.response.then(() => {
      asked.pending = false;
    });
    this.#expected = asked;
  }

  /**
   * Return the answer to a request for a still, which may have been asked for already.
   *
   * @param {Announcement} still
   * @param {string} token
   * @param {AbortSignal} signal
   * @returns {Promise<Response>}
   */
  async answer({ url, exact }, token, signal) {
    const expected = this.#expected;
    if (exact && expected !== null) {
      this.#expected = null;
      signal.addEventListener('abort', () => expected.abort.abort(), { once: true });
      const response = await expected.response;
      if (response?.headers.get('Content-Location') === url) return response;
      expected.abort.abort();
    }
    return ask(url, token, signal);
  }
}

/**
 * @param {string} url
 * @param {string} token
 * @param {AbortSignal} signal
 */
async function ask(url, token, signal) {
  /** @type {Record<string, string>} */
  const headers = token ? { Authorization: `Bearer ${token}` } : {};
  return fetch(url, { headers, signal, cache: 'no-store' });
}
