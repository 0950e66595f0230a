// @ts-check
/** The keyboard: DOM events in, `key_down` and `key_up` out; no key stays down behind our back. */

/** @typedef {import('./outbox.js').InputMessage} InputMessage */
/** @typedef {(message: InputMessage, time: number) => void} Emit */

const MODIFIER_KEYS = new Set(['Shift', 'Control', 'Alt', 'Meta']);
/** What names no key: dead keys, and input methods at work. */
const NAMELESS = new Set(['Unidentified', 'Process', 'Dead', 'AltGraph']);
/** Find, caret browsing, the address bar, reload, full screen, developer tools. */
const BROWSER_KEYS = new Set(['Tab', 'F3', 'F5', 'F6', 'F7', 'F11', 'F12']);
/** With Control or Meta: tabs and windows, reload, address bar, find, print, copy and paste, zoom. */
const BROWSER_CHORDS = new Set('rtwnlkfgpjhducvxaeiq0123456789+-=,'.split('').concat('Tab', 'F4', 'PageUp', 'PageDown'));
const BROWSER_ALT = new Set(['ArrowLeft', 'ArrowRight', 'Home', 'F4', 'd']);

/**
 * The modifiers an event was made with.
 *
 * @param {{shiftKey: boolean, ctrlKey: boolean, altKey: boolean, metaKey: boolean}} event
 * @returns {string[]}
 */
export function modifiersOf(event) {
  const names = [];
  if (event.shiftKey) names.push('Shift');
  if (event.ctrlKey) names.push('Control');
  if (event.altKey) names.push('Alt');
  if (event.metaKey) names.push('Meta');
  return names;
}

/**
 * Whether a key belongs to the browser (reload, tabs, zoom, moving the focus), not to the scene.
 *
 * @param {{key: string, ctrlKey: boolean, altKey: boolean, metaKey: boolean}} event
 */
export function isBrowserKey({ key, ctrlKey, altKey, metaKey }) {
  if (BROWSER_KEYS.has(key)) return true;
  const name = key.length === 1 ? key.toLowerCase() : key;
  // Control and Alt together are AltGr on Windows: a character, not a shortcut.
  if ((ctrlKey || metaKey) && !(ctrlKey && altKey)) return BROWSER_CHORDS.has(name);
  return altKey && !ctrlKey && BROWSER_ALT.has(name);
}

export class Keys {
  /** @type {Map<string, string>} physical key → the name it was pressed with */
  #held = new Map();
  #emit;

  /**
   * @param {HTMLElement} element the focused picture
   * @param {Emit} emit
   */
  constructor(element, emit) {
    this.#emit = emit;
    element.addEventListener('keydown', (event) => this.#down(event));
    element.addEventListener('keyup', (event) => this.#up(event));
    element.addEventListener('blur', (event) => this.release(event.timeStamp));
    element.ownerDocument.addEventListener('visibilitychange', (event) => this.release(event.timeStamp));
  }

  /**
   * Whether the key with this DOM name is down.
   *
   * @param {string} key
   */
  isHeld(key) {
    return [...this.#held.values()].includes(key);
  }

  /**
   * Release all keys: who presses and leaves releases elsewhere, where we do not hear it.
   *
   * @param {number} time
   */
  release(time) {
    for (const key of this.#held.values()) this.#emit({ type: 'key_up', key, modifiers: [] }, time);
    this.#held.clear();
  }

  /** Forget the keys without a word: the server they were told to is gone. */
  forget() {
    this.#held.clear();
  }

  /** @param {KeyboardEvent} event */
  #down(event) {
    if (event.defaultPrevented || event.isComposing || NAMELESS.has(event.key) || isBrowserKey(event)) return;
    event.preventDefault();
    const code = event.code || event.key;
    this.#held.set(code, event.key);
    this.#emit({ type: 'key_down', key: event.key, modifiers: modifiersOf(event) }, event.timeStamp);
  }

  /** @param {KeyboardEvent} event */
  #up(event) {
    const code = event.code || event.key;
    // The name it went down with: Shift may have changed between, and "A" down, "a" up leaves "A" held.
    const key = this.#held.get(code);
    if (key === undefined) return;
    event.preventDefault();
    this.#held.delete(code);
    this.#emit({ type: 'key_up', key, modifiers: modifiersOf(event) }, event.timeStamp);
    // macOS tells no release of a key that goes up while Command is down.
    if (key === 'Meta') {
      for (const [other, name] of this.#held) {
        if (MODIFIER_KEYS.has(name)) continue;
        this.#held.delete(other);
        this.#emit({ type: 'key_up', key: name, modifiers: modifiersOf(event) }, event.timeStamp);
      }
    }
  }
}
