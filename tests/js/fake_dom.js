// @ts-check
/** As much of the DOM as the input classes touch. */

/**
 * An event with any properties.
 *
 * @param {string} type
 * @param {object} [properties]
 * @returns {any}
 */
export function fakeEvent(type, properties = {}) {
  const event = new Event(type, { cancelable: true });
  const defaults = { shiftKey: false, ctrlKey: false, altKey: false, metaKey: false };
  for (const [name, value] of Object.entries({ ...defaults, ...properties })) {
    Object.defineProperty(event, name, { value });
  }
  return event;
}

/** @returns {any} an element that remembers its captures */
export function fakeElement() {
  return Object.assign(new EventTarget(), {
    ownerDocument: new EventTarget(),
    captured: /** @type {number[]} */ ([]),
    focused: 0,
    /** @param {number} id */
    setPointerCapture(id) {
      this.captured.push(id);
    },
    focus() {
      this.focused += 1;
    },
  });
}

/** Collects messages, and says them briefly. */
export class Recorder {
  /** @type {import('../../vizstream/web/core/outbox.js').InputMessage[]} */
  messages = [];

  /** @param {import('../../vizstream/web/core/outbox.js').InputMessage} message */
  emit = (message) => {
    this.messages.push(message);
  };

  /** @returns {string[]} e.g. `pointer_down 1 [1] 10,20` */
  take() {
    return this.messages.splice(0).map(({ type, button, key, buttons, x, y, dy }) => [
      type,
      button ?? key,
      buttons && `[${buttons}]`,
      x === undefined ? undefined : `${x},${y}`,
      dy === undefined ? undefined : `dy=${Math.round(dy)}`,
    ].filter((part) => part !== undefined).join(' '));
  }
}
