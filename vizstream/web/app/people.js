// @ts-check
/** Who is here, who steers, and the links to bring others along: a button and its panel. */

import { initials } from '../core/company.js';
import { element, make, makeButton } from './dom.js';
import { setUpPanel } from './panels.js';
import { toast } from './toast.js';

/** @typedef {import('../core/company.js').Company} Company */
/** @typedef {import('../core/company.js').Person} Person */

const faces = element('faces');
const helmChip = element('helm');
const panel = element('people');
/** @type {HTMLInputElement} */
const nameField = make('input', { id: 'name', maxlength: '24', autocomplete: 'nickname', spellcheck: 'false' });
const list = make('ul');
const links = make('div', { class: 'links' });
const rules = make('div', { class: 'links' });

/**
 * @param {object} options
 * @param {Company} options.company
 * @param {string} options.name the one that was chosen before
 * @param {(name: string) => void} options.onName
 * @param {(message: import('../core/outbox.js').InputMessage) => void} options.send
 */
export function setUpPeople({ company, name, onName, send }) {
  nameField.value = name;
  const form = make('form', { class: 'field' }, make('label', { for: 'name' }, 'Your name'), nameField);
  const choose = () => {
    if (nameField.value !== name) {
      name = nameField.value;
      onName(name);
    }
  };
  nameField.addEventListener('change', choose);
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    choose();
  });
  panel.append(form, list, links, rules);
  setUpPanel(element('button-people'), panel);
  show = () => showPeople(company, send);
}

let show = () => {};
/** Whom the next press on "Drop" really drops. */
let marked = 0;
/** Whether links hold tokens, which can be replaced. */
let guarded = false;

/** Show how things stand now. */
export function refreshPeople() {
  show();
}

/**
 * Show the links that this viewer may pass on.
 *
 * @param {{control: string, view: string}} tokens
 * @param {boolean} open whether no token is needed
 */
export function showLinks({ control, view }, open) {
  const row = (/** @type {string} */ text, /** @type {string} */ token) => {
    const url = new URL(location.href);
    url.hash = token === '' ? '' : `token=${encodeURIComponent(token)}`;
    return makeButton(text, () => copy(url.href));
  };
  guarded = !open;
  show();
  const rows = [];
  if (control !== '' || open) rows.push(row(open ? 'Copy the link' : 'Copy the link to steer', control));
  if (view !== '') rows.push(row('Copy the link to watch', view));
  links.replaceChildren(...rows);
}

/** @param {string} text */
async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    toast('Link copied');
  } catch {
    // Pages without TLS have no clipboard: a field to copy from does it everywhere.
    const field = make('input', { readonly: '', 'aria-label': 'Link' });
    field.value = text;
    links.append(field);
    field.select();
    if (document.execCommand('copy')) toast('Link copied');
    else return;
    field.remove();
  }
}

/** @param {Person} person */
function face({ name, colour }) {
  const made = make('span', { class: 'face', 'aria-hidden': 'true' }, initials(name));
  made.style.background = colour;
  return made;
}

/**
 * @param {Company} company
 * @param {(message: import('../core/outbox.js').InputMessage) => void} send
 */
function showPeople(company, send) {
  const { people, me, helm, others, owns, pilot } = company;
  nameField.placeholder = people.find(({ viewer }) => viewer === me)?.name ?? '';
  faces.replaceChildren(...(others.length > 0 ? people.slice(0, 4).map(face) : []));
  const count = people.length;
  element('button-people').setAttribute('aria-label', count > 1 ? `People and links: ${count} are here` : 'People and links');
  list.replaceChildren(...people.map((person) => {
    const { viewer, name, role, owner } = person;
    const notes = [
      viewer === me && 'you', owner && 'owner', role === 'view' && 'watches', viewer === helm.viewer && 'steers',
    ].filter((note) => note !== false);
    const who = make('span', { class: 'who' }, name);
    const row = make('li', {}, face(person), make('div', {}, who, make('span', { class: 'note' }, notes.join(', '))));
    if (role === 'control' && viewer !== helm.viewer && others.length > 0 && (owns || (helm.viewer === me && !helm.locked))) {
      row.append(makeButton(viewer === me ? 'Take the helm' : 'Hand over', () => send({ type: 'helm', viewer })));
    }
    if (owns && viewer !== me) {
      // Nobody who was dropped comes back: not by a slip of the hand.
      row.append(makeButton(viewer === marked ? 'Really drop' : 'Drop', () => {
        if (viewer === marked) send({ type: 'drop', viewer });
        marked = viewer === marked ? 0 : viewer;
        show();
      }, { class: 'bad' }));
    }
    return row;
  }));
  rules.replaceChildren();
  if (owns && (others.length > 0 || helm.locked)) {
    const lock = makeButton(helm.locked ? 'Let everybody steer who acts' : 'Lock the helm', () => send({ type: 'lock', locked: !helm.locked }));
    lock.setAttribute('aria-pressed', String(helm.locked));
    rules.append(lock);
  }
  if (owns && guarded) {
    rules.append(makeButton('Replace the links', () => send({ type: 'rotate' }), { title: 'The old ones stop working; who is here stays' }));
  }
  showPilot(pilot, pilot?.viewer === me, helm.locked, others.length > 0);
}

/**
 * @param {Person | undefined} pilot
 * @param {boolean} mine
 * @param {boolean} locked
 * @param {boolean} company whether others are here
 */
function showPilot(pilot, mine, locked, company) {
  helmChip.hidden = !company || (pilot === undefined && !locked);
  if (helmChip.hidden) return;
  const name = pilot === undefined || mine ? '' : pilot.name;
  const steers = `${mine ? 'You steer' : 'steers'}${locked ? ' · locked' : ''}`;
  const words = pilot === undefined ? 'The helm is locked' : steers;
  if (helmChip.textContent === (name ? `${name} ${words}` : words)) return;
  const dot = make('span', { class: 'dot' });
  dot.style.background = pilot?.colour ?? '';
  // On a narrow screen a long name is cut short, and not what is said of it.
  helmChip.replaceChildren(dot, ...(name ? [make('span', { class: 'name' }, name), ' '] : []), make('span', {}, words));
}
