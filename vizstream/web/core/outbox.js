// @ts-check
/**
 * What the viewer did, on its way to the server: numbered, merged, in order.
 *
 * The first move goes out at once, without waiting for an animation frame; those that follow within
 * the same frame are merged into one.  A press, release or key is never merged and never overtakes
 * a move.  While the channel is choked, moves go on merging here, where the newest wins.
 */

/**
 * @typedef {{type: string, id?: number, x?: number, y?: number, button?: number, buttons?: number[],
 *   modifiers?: string[], dx?: number, dy?: number, key?: string, width?: number, height?: number,
 *   pixel_ratio?: number, window?: number, ticket?: string, name?: string, inside?: boolean, viewer?: number,
 *   locked?: boolean, quality?: string}} InputMessage
 *
 * @typedef {object} Channel
 * @property {number} bufferedAmount
 * @property {(text: string) => void} send
 */

/** Bytes that may wait in the channel: some 400 moves; more would only be old when they arrive. */
export const CHOKED_BYTES = 65536;

const MERGED = new Set(['pointer_move', 'wheel']);

/**
 * Whether a frame that shows this input looks different because of it.  Others (a hover, a release)
 * often change nothing, and the next frame, drawn for another reason, would count as their answer.
 *
 * @param {InputMessage} message
 */
export function isVisible({ type, buttons }) {
  if (type === 'pointer_move') return (buttons?.length ?? 0) > 0;
  return type === 'pointer_down' || type === 'wheel' || type === 'key_down';
}

/**
 * @param {InputMessage} a
 * @param {InputMessage} b
 */
function sameHold(a, b) {
  return String(a.buttons) === String(b.buttons) && String(a.modifiers) === String(b.modifiers);
}

export class Outbox {
  /** @type {Channel | null} */
  #channel = null;
  /** @type {Map<string, {message: InputMessage, time: number}>} at most one of each merged type */
  #pending = new Map();
  #frameAsked = false;
  #lastId = 0;
  #nextFrame;
  #onSent;

  /**
   * @param {object} options
   * @param {(callback: () => void) => void} options.nextFrame calls back once, at the next animation frame
   * @param {(message: InputMessage & {id: number}, time: number) => void} [options.onSent]
   */
  constructor({ nextFrame, onSent = () => {} }) {
    this.#nextFrame = nextFrame;
    this.#onSent = onSent;
  }

  /**
   * Send through this channel from now on; null drops what waits and all that comes.
   *
   * @param {Channel | null} channel
   */
  attach(channel) {
    this.#channel = channel;
    this.#pending.clear();
  }

  /**
   * @param {InputMessage} message without its id
   * @param {number} time when it happened, in ms of `performance.now()`
   */
  add(message, time) {
    if (this.#channel === null) return;
    if (!MERGED.has(message.type)) {
      this.#flush();
      this.#send(message, time);
      return;
    }
    for (const { message: waiting } of this.#pending.values()) {
      if (!sameHold(waiting, message)) {
        this.#flush();
        break;
      }
    }
    const old = this.#pending.get(message.type)?.message;
    if (old && message.type === 'wheel') {
      message = { ...message, dx: (old.dx ?? 0) + (message.dx ?? 0), dy: (old.dy ?? 0) + (message.dy ?? 0) };
    }
    this.#pending.set(message.type, { message, time });
    if (!this.#frameAsked) this.#pump();
  }

  /** Send what waits, if the channel takes it; whatever comes before the next frame then merges. */
  #pump() {
    if (this.#channel === null || this.#pending.size === 0) return;
    if (this.#channel.bufferedAmount <= CHOKED_BYTES) this.#flush();
    this.#frameAsked = true;
    this.#nextFrame(() => {
      this.#frameAsked = false;
      this.#pump();
    });
  }

  #flush() {
    const waiting = [...this.#pending.values()];
    this.#pending.clear();
    for (const { message, time } of waiting) this.#send(message, time);
  }

  /**
   * @param {InputMessage} message
   * @param {number} time
   */
  #send(message, time) {
    const numbered = { ...message, id: ++this.#lastId };
    try {
      this.#channel?.send(JSON.stringify(numbered));
    } catch {
      return; // the channel closed just now; its session says so to the page
    }
    this.#onSent(numbered, time);
  }
}
