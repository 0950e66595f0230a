// @ts-check
/**
 * The page: puts the parts of `core/` together and shows what they say.
 *
 *     link ─► session ─► picture ─► latency ─► overlay
 *               ▲                      ▲
 *     pointer, keys ─► outbox ─────────┘
 */

import { contain, toScene, wantedSize } from '../core/geometry.js';
import { Keys } from '../core/keys.js';
import { Latency } from '../core/latency.js';
import { Link } from '../core/link.js';
import { Meter, readReport } from '../core/meter.js';
import { isVisible, Outbox } from '../core/outbox.js';
import { Picture } from '../core/picture.js';
import { Pointer } from '../core/pointer.js';
import { Poll } from '../core/poll.js';
import { StillLoader } from '../core/still-loader.js';
import { Stills } from '../core/stills.js';
import { Watch } from '../core/watch.js';
import { Failure } from '../core/whep.js';
import { hashParameters, readToken } from './address.js';
import { element } from './dom.js';
import { takeSession } from './early.js';
import { watchSize } from './size.js';
import { showRemark, showStatus } from './status.js';
import { putStill, showStill } from './still-view.js';
import { showTheme } from './theme.js';
import { setUpTogether } from './together.js';
import { setUpWindows, showWindows, windowTitle } from './windows.js';

/** @typedef {import('./overlay.js').Stats} Stats */

const view = element('view');
const badge = element('badge');

/** @type {import('../core/retry.js').Facts} */
const facts = {
  connected: false, wasConnected: false, presented: false, phase: '', message: '', failure: '', failures: 0,
};
const remarks = { busy: false, drawing: false, waits: '' };
/** The scene's logical size, which events are told in; 0x0 before the server has told it. */
let sceneSize = { width: 0, height: 0 };
let role = '';
/** This page's session, as the server calls it; empty before it has told it. */
let sessionId = '';
/** @type {Stats['tunnel']} */
let tunnel = null;
/** The window that the viewer has chosen; 0 for the one that the script shows. */
let chosen = Number(hashParameters().get('window') ?? 0);
/** @type {import('../core/session.js').Session | null} the one that is open */
let session = null;
/** What stands around the picture, once it has come. @type {import('./furniture.js').Furniture | null} */
let furniture = null;
let furnishing = false;
/** Failures that are the server's answer. */
const ANSWERS = ['unauthorized', 'busy', 'dropped'];

const latency = new Latency();
const meter = new Meter();
const poll = new Poll(async () => {
  const asked = session;
  const kind = asked?.kind;
  const counters = await asked?.readCounters(readReport);
  // By now it may be another connection's turn.
  if (counters !== undefined && asked === session && kind === asked?.kind) meter.update(counters, performance.now());
  furniture?.showStats(readStats());
});

const watch = new Watch({
  // A hidden page is shown no frames: nothing can be said about the connection.
  isAlive: async () => document.hidden || facts.phase !== 'live' || (session?.isAlive() ?? false),
  onDead: () => session?.close(new Failure('lost', 'the server has forgotten the session')),
});

const picture = new Picture(element('video'), element('canvas'), (rtpTimestamp, time) => {
  if (rtpTimestamp !== undefined) {
    stills.presented(rtpTimestamp);
    latency.presented(rtpTimestamp, time);
  }
  poll.nudge();
  watch.sign();
  if (!facts.presented) {
    watch.start();
    update({ presented: true });
  }
});

const outbox = new Outbox({
  nextFrame: (callback) => requestAnimationFrame(callback),
  onSent: (message, time) => {
    if (!isVisible(message)) return;
    latency.sent(message.id, time);
    watch.expect();
    stills.steer();
  },
});

const loader = new StillLoader();
// When the first pictures have had the line for themselves.
setTimeout(() => loader.prepare(), 3000);
const stills = new Stills({
  load: (still, signal) => loader.load(still, readToken(), signal),
  put: putStill,
  setVisible: (visible) => {
    showStill(visible);
    furniture?.showStats(readStats());
  },
  expect: () => {
    if (sessionId) loader.expect(`/stills/${sessionId}/next`, readToken());
  },
});

/** @param {Partial<typeof facts>} change */
function update(change) {
  Object.assign(facts, change);
  showStatus(facts);
  // With no picture to wait for, nothing is in its way.
  if (facts.presented || !['', 'live'].includes(facts.phase) || ANSWERS.includes(facts.failure)) furnishLater();
}

/** @param {Partial<typeof remarks>} change */
function say(change) {
  Object.assign(remarks, change);
  showRemark(remarks);
}

/** @returns {Stats} */
function readStats() {
  const { fps, bitrate_bps, counters } = meter;
  return {
    transport: session?.kind ?? '', fallback_reason: session?.reason ?? '', ...counters, fps, bitrate_bps,
    seq: latency.seq, input_to_photon_ms: latency.summary(), still: stills.stats, tunnel,
  };
}

/** @param {any} message one of the table STATE in protocol.py */
function onMessage(message) {
  together.onMessage(message);
  switch (message.type) {
    case 'hello':
      role = message.role;
      sessionId = message.session;
      badge.hidden = role !== 'view';
      takeHelm();
      break;
    case 'scene':
      document.title = message.title ? `${message.title} · vizstream` : 'vizstream';
      sceneSize = { width: message.width, height: message.height };
      update({ phase: message.phase, message: message.message });
      break;
    case 'frames':
      latency.rows(message.rows);
      stills.rows(message.rows);
      meter.serverRttMs = message.rtt_ms;
      break;
    case 'still':
      stills.told(message);
      break;
    case 'moved':
      stills.moved(message.seq);
      break;
    case 'windows':
      stills.watch(message.window);
      showWindows(message.rows, message.window);
      say({ waits: windowTitle(message.rows, message.waits) });
      break;
    case 'busy':
      say({ busy: message.busy, drawing: message.drawing });
      break;
    case 'dropped':
      link.stop();
      letGo();
      update({ connected: false, failure: 'dropped', message: message.message });
      break;
    case 'tunnel':
      tunnel = { carried_mb: message.carried_mb, budget_mb: message.budget_mb };
      break;
    case 'cursor':
      view.style.cursor = message.shape;
      break;
    default: // a newer server says more than this page knows
  }
}

/** Steer through the open session, once it is known what we may. */
function takeHelm() {
  if (session === null || role === '') return;
  outbox.attach(session.input);
  together.introduce();
  if (chosen !== 0) tellWindow();
  size.tell();
}

function tellWindow() {
  outbox.add({ type: 'window', window: chosen }, performance.now());
}

/** @param {number} number of the window to see from now on */
function chooseWindow(number) {
  chosen = number;
  pointer.forget();
  keys.forget();
  tellWindow();
  // A link to this window, and what a reload of the page shows.
  const parameters = hashParameters();
  parameters.set('window', String(number));
  history.replaceState(null, '', `#${parameters}`);
  view.focus({ preventScroll: true });
}

/** Let go of the session: what was held there is released by the server. */
function letGo() {
  session = null;
  role = '';
  say({ busy: false, drawing: false, waits: '' });
  watch.stop();
  outbox.attach(null);
  together.reset();
  stills.reset();
  pointer.forget();
  keys.forget();
}

/** @type {Link<import('../core/session.js').Session>} */
const link = new Link({
  connect: () => {
    letGo();
    latency.reset();
    meter.restart();
    update({ presented: false });
    const next = takeSession(readToken());
    next.listen({
      onMessage,
      onStream: (stream) => picture.show(stream),
      onEnd: () => picture.freeze(),
      onPicture: (image, stamp) => picture.draw(image, stamp),
      onSign: () => watch.sign(),
      onMoved: () => {
        if (session !== null) outbox.attach(session.input);
        meter.restart();
        poll.nudge();
      },
    });
    return next;
  },
  onOpen: (opened) => {
    session = opened;
    takeHelm();
    update({ connected: true, wasConnected: true, failure: '' });
    poll.nudge();
  },
  onLost: ({ kind }, failures) => {
    letGo();
    update({ connected: false, failure: kind, failures });
  },
  isSlow: () => facts.phase === 'ended' || facts.phase === 'error',
});

/**
 * @param {import('../core/outbox.js').InputMessage} message
 * @param {number} happened the DOM event's time stamp
 */
function emit(message, happened) {
  if (role === '' || together.company.keepsBack(message)) return;
  const now = performance.now();
  // Synthetic events of some drivers carry another clock's time.
  outbox.add(message, happened <= now && now - happened < 5000 ? happened : now);
}

/** Ask for what stands around the picture, if that has not been done. */
async function furnishLater() {
  if (furnishing) return;
  furnishing = true;
  try {
    const { furnish } = await import('./furniture.js');
    furniture = furnish({
      view,
      send,
      company: together.company,
      introduce: together.introduce,
      frame: () => ({ shown: pictureBox(), scene: sceneSize }),
      reset: () => {
        view.focus({ preventScroll: true });
        // VTK's own key for it.
        for (const type of ['key_down', 'key_up']) emit({ type, key: 'r', modifiers: [] }, performance.now());
      },
      shot: () => ({ still: element('still'), exact: stills.stats.exact, token: readToken(), window: chosen }),
      stats: () => {
        poll.nudge();
        return readStats();
      },
    });
    together.furnish(furniture);
  } catch {
    furnishing = false; // the server has just gone: asked for again with the next news
  }
}

/** Where the picture is on the page. */
function pictureBox() {
  return contain(view.getBoundingClientRect(), picture.size.width > 0 ? picture.size : sceneSize);
}

/** @param {MouseEvent} event */
function locate({ clientX, clientY }) {
  return toScene({ x: clientX, y: clientY }, pictureBox(), sceneSize);
}

/** @param {import('../core/outbox.js').InputMessage} message */
function send(message) {
  outbox.add(message, performance.now());
}

const together = setUpTogether(send);

const keys = new Keys(view, emit);
const pointer = new Pointer(view, { locate, isHeld: (key) => keys.isHeld(key), emit });
const size = watchSize(view, (box, pixelRatio) => {
  const wanted = wantedSize(box, pixelRatio);
  if (wanted !== null) emit({ type: 'resize', ...wanted }, performance.now());
});
setUpWindows(chooseWindow);
// Whatever keeps the picture back. Of a server that does not answer nothing is asked: browsers remember that a module failed.
setTimeout(() => facts.connected && furnishLater(), 10_000);

window.addEventListener('online', () => {
  link.hurry();
  session?.hurry();
});
document.addEventListener('visibilitychange', () => {
  if (!document.hidden) link.hurry();
});
window.addEventListener('hashchange', () => {
  chosen = Number(hashParameters().get('window') ?? 0);
  update({ phase: '', failure: '', connected: false, wasConnected: false });
  link.start();
});
window.addEventListener('pagehide', () => link.stop());
window.addEventListener('pageshow', (event) => {
  if (event.persisted) link.start();
});

/** For tests and users' own pages: plain numbers, no promise; asking keeps them fresh. */
Object.assign(window, {
  vizstream: {
    stats() {
      poll.nudge();
      return readStats();
    },
  },
});

showTheme();
view.focus({ preventScroll: true });
update({});
link.start();
