// @ts-check
/** Panels that a button opens: one at a time, closed by Escape, by a press elsewhere, or by the button. */

/** @type {{button: HTMLElement, panel: HTMLElement} | null} */
let open = null;
/** @type {HTMLElement | undefined} */
let view;

/** @param {boolean} focus whether the picture gets the keyboard back */
export function closePanel(focus = true) {
  if (open === null) return;
  open.panel.hidden = true;
  open.button.setAttribute('aria-expanded', 'false');
  open = null;
  if (focus) view?.focus({ preventScroll: true });
}

/**
 * Let a button open a panel.
 *
 * @param {HTMLElement} button
 * @param {HTMLElement} panel
 */
export function setUpPanel(button, panel) {
  panel.hidden = true;
  button.setAttribute('aria-expanded', 'false');
  button.setAttribute('aria-controls', panel.id);
  button.addEventListener('click', () => {
    const reopen = open?.panel !== panel;
    closePanel(!reopen);
    if (!reopen) return;
    panel.hidden = false;
    button.setAttribute('aria-expanded', 'true');
    open = { button, panel };
    /** @type {HTMLElement | null} */
    const first = panel.querySelector('input, button');
    // On a touch screen a focused field raises the keyboard over the panel.
    if (!matchMedia('(pointer: coarse)').matches) first?.focus();
  });
}

/** @param {HTMLElement} picture what gets the focus back */
export function setUpPanels(picture) {
  view = picture;
  document.addEventListener('pointerdown', ({ target }) => {
    if (open === null || !(target instanceof Node)) return;
    if (!open.panel.contains(target) && !open.button.contains(target)) closePanel(false);
  }, { capture: true, passive: true });
  document.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape' || open === null) return;
    event.preventDefault();
    event.stopPropagation();
    closePanel();
  }, { capture: true });
}
