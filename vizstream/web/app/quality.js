// @ts-check
/** What this viewer prefers of its picture: a row of choices, remembered in this browser. */

import { make } from './dom.js';
import { readQuality, remember } from './store.js';

/** @type {Record<(typeof import('./store.js').QUALITIES)[number], [name: string, title: string]>} */
const CHOICES = {
  auto: ['Auto', 'As much as the line carries'],
  smooth: ['Smooth', 'Frames rather than pixels'],
  sharp: ['Sharp', 'Pixels rather than frames'],
  save: ['Save data', 'At most 200 kbit/s'],
};

/**
 * @param {HTMLElement} panel
 * @param {(quality: string) => void} onChoose
 */
export function setUpQuality(panel, onChoose) {
  const chosen = readQuality();
  const field = make('fieldset', { class: 'choice' }, make('legend', {}, 'Quality'));
  for (const [value, [name, title]] of Object.entries(CHOICES)) {
    const input = make('input', { type: 'radio', name: 'quality', value });
    input.checked = value === chosen;
    input.addEventListener('change', () => {
      remember('quality', value);
      onChoose(value);
    });
    field.append(make('label', { title }, input, make('span', {}, name)));
  }
  panel.prepend(field);
}
