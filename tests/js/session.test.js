// @ts-check
/** Which way a session takes: a race between a WebRTC and a WebSocket that are made of nothing. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, mock, test } from 'node:test';

import { Session } from '../../vizstream/web/core/session.js';

// It is asked for when it is needed; in a test that should take no time.
await import('../../vizstream/web/core/websocket.js');

/** @type {any} */
const scope = globalThis;

/** A data channel or socket that the test opens. */
class FakeChannel {
  /** @type {string | number} */
  readyState = 'connecting';
  onopen = () => {};
  onclose = () => {};
  /** @type {(event: {data: any}) => void} */
  onmessage = () => {};
  /** @type {any[]} */
  sent = [];

  /** @param {string} [label] */
  constructor(label = '') {
    this.label = label;
  }

  /** @param {any} data */
  send(data) {
    this.sent.push(data);
  }

  open() {
    this.readyState = 'open';
    this.onopen();
  }
}

class FakePeer {
  /** @type {FakePeer[]} */
  static made = [];
  signalingState = 'stable';
  /** @type {(event: {candidate: {candidate: string, protocol: string} | null}) => void} */
  onicecandidate = () => {};
  /** @type {FakeChannel[]} */
  channels = [];

  constructor() {
    FakePeer.made.push(this);
  }

  addTransceiver() {
    return { receiver: {} };
  }

  /** @param {string} label */
  createDataChannel(label) {
    const channel = new FakeChannel(label);
    this.channels.push(channel);
    return channel;
  }

  async createOffer() {
    return { sdp: 'v=0' };
  }

  async setLocalDescription() {}

  async setRemoteDescription() {}

  close() {
    this.signalingState = 'closed';
  }

  connect() {
    for (const channel of this.channels) channel.open();
  }
}

class FakeSocket extends FakeChannel {
  /** @type {FakeSocket[]} */
  static made = [];
  closed = 0;

  /**
   * @param {URL} url
   * @param {string[]} protocols
   */
  constructor(url, protocols) {
    super();
    this.url = url;
    this.protocols = protocols;
    FakeSocket.made.push(this);
  }

  /** @param {string} session */
  greet(session) {
    this.onmessage({ data: JSON.stringify({ type: 'hello', session }) });
  }

  close() {
    this.closed += 1;
  }

  /** @param {number} code */
  end(code) {
    /** @type {any} */ (this.onclose)({ code, reason: '' });
  }
}

/** @type {string[]} */
let requests = [];
/** @type {number} */
let status = 201;
/** @type {string[]} */
let log = [];

/** Lets go of what waits for promises. */
const settle = async () => {
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
};

/** @param {() => boolean} condition waits for it; offers are compressed in another thread */
const until = async (condition) => {
  for (let turn = 0; !condition(); turn += 1) {
    assert.ok(turn < 100_000, String(condition));
    await new Promise((resolve) => setImmediate(resolve));
  }
};

/** @param {import('../../vizstream/web/core/session.js').Wanted} [wanted] */
function connect(wanted = '') {
  const session = new Session('secret', wanted);
  session.listen({
    onMessage: ({ type }) => log.push(type),
    onStream: () => log.push('stream'),
    onEnd: () => {},
    onPicture: () => log.push('picture'),
    onSign: () => {},
    onMoved: () => log.push('moved'),
  });
  const opened = session.open().then(() => 'open', (failure) => failure.kind);
  return { session, opened };
}

/** Lets the time pass that WebRTC has for itself after the answer. */
async function headStart() {
  await until(() => requests.length > 0);
  await settle();
  mock.timers.tick(900);
  await settle();
}

beforeEach(() => {
  mock.timers.enable({ apis: ['setTimeout'] });
  FakePeer.made = [];
  FakeSocket.made = [];
  requests = [];
  log = [];
  status = 201;
  scope.location = new URL('https://scene.example/#token=secret');
  scope.RTCPeerConnection = FakePeer;
  scope.WebSocket = FakeSocket;
  scope.fetch = async (/** @type {string} */ url, /** @type {{method: string}} */ { method }) => {
    requests.push(`${method} ${new URL(url, scope.location).pathname}`);
    return new Response('v=0', { status, headers: { Location: '/whep/one' } });
  };
});

afterEach(() => {
  mock.timers.reset();
  for (const name of ['location', 'RTCPeerConnection', 'WebSocket', 'fetch']) delete scope[name];
});

test('a WebRTC connection that stands soon is used, and no WebSocket is made', async () => {
  const { session, opened } = connect();
  await until(() => requests.length > 0);
  await settle();
  FakePeer.made[0]?.connect();
  assert.equal(await opened, 'open');
  mock.timers.tick(5000);
  await settle();
  assert.deepEqual([session.kind, session.reason, FakeSocket.made.length], ['webrtc', '', 0]);
});

test('where it does not, a WebSocket joins its session, and WebRTC takes over when it stands', async () => {
  const { session, opened } = connect();
  await headStart();
  const socket = /** @type {FakeSocket} */ (FakeSocket.made[0]);
  assert.equal(String(socket.url), 'wss://scene.example/ws');
  socket.open();
  assert.deepEqual(JSON.parse(socket.sent[0]), { type: 'open', session: 'one', codecs: ['jpeg'] });
  assert.deepEqual(socket.protocols, ['vizstream', 'bearer.secret']);
  socket.greet('one');
  assert.equal(await opened, 'open');
  assert.equal(session.kind, 'jpeg');
  assert.match(session.reason, /WebRTC/);
  assert.equal(session.input, socket);
  FakePeer.made[0]?.connect();
  await settle();
  assert.deepEqual([session.kind, session.reason, log], ['webrtc', '', ['hello', 'moved']]);
  mock.timers.tick(1000);
  assert.equal(socket.closed, 1);
  assert.deepEqual(requests, ['POST /whep'], 'nothing is ended');
});

test('no WebSocket is made before the page can show what it brings, but after 3 s', async () => {
  const session = new Session('secret', '');
  session.open().catch(() => {});
  await until(() => requests.length > 0);
  await settle();
  mock.timers.tick(2900);
  await settle();
  assert.equal(FakeSocket.made.length, 0);
  mock.timers.tick(100);
  await settle();
  assert.equal(FakeSocket.made.length, 1);
  session.close();
});

test('a browser that may send nothing by UDP is not waited for', async () => {
  for (const [protocol, sockets] of /** @type {[string, number][]} */ ([['udp', 0], ['tcp', 1]])) {
    FakePeer.made = [];
    requests = [];
    const { session } = connect();
    await until(() => requests.length > 0);
    await settle();
    const peer = /** @type {FakePeer} */ (FakePeer.made[0]);
    peer.onicecandidate({ candidate: { candidate: 'candidate:1', protocol } });
    peer.onicecandidate({ candidate: null });
    await settle();
    assert.equal(FakeSocket.made.length, sockets, protocol);
    assert.equal(/UDP/.test(session.reason), sockets === 1);
    session.close();
  }
});

test('an attempt that fails is made again later, for the same viewer, and sooner when the network changes', async () => {
  const { session, opened } = connect();
  await headStart();
  FakeSocket.made[0]?.greet('one');
  assert.equal(await opened, 'open');
  mock.timers.tick(10_000);
  await settle();
  assert.match(session.reason, /UDP/);
  mock.timers.tick(29_000);
  await settle();
  assert.equal(FakePeer.made.length, 1);
  mock.timers.tick(1000);
  await settle();
  await until(() => requests.at(-1) === 'POST /whep/one');
  assert.equal(FakePeer.made.length, 2);
  session.hurry();
  await settle();
  assert.deepEqual([FakePeer.made.length, FakePeer.made[1]?.signalingState], [3, 'closed']);
  await until(() => requests.length === 3);
  FakePeer.made[2]?.connect();
  await until(() => session.kind === 'webrtc');
});

test('what no other way would mend ends both', async () => {
  status = 401;
  const { opened } = connect();
  assert.equal(await opened, 'unauthorized');
  mock.timers.tick(5000);
  await settle();
  assert.equal(FakeSocket.made.length, 0);
});

test('without an RTC answer the WebSocket is tried at once', async () => {
  status = 500;
  const { session, opened } = connect();
  await until(() => requests.length > 0);
  await settle();
  await until(() => FakeSocket.made.length > 0);
  FakeSocket.made[0]?.greet('two');
  assert.equal(await opened, 'open');
  assert.equal(session.kind, 'jpeg');
});

test('a browser without WebRTC goes on without', async () => {
  delete scope.RTCPeerConnection;
  const { session, opened } = connect();
  await until(() => FakeSocket.made.length > 0);
  FakeSocket.made[0]?.greet('two');
  assert.equal(await opened, 'open');
  assert.match(session.reason, /no WebRTC/);
});

test('one way can be asked for', async () => {
  const { session, opened } = connect('websocket');
  await settle();
  FakeSocket.made[0]?.greet('two');
  assert.equal(await opened, 'open');
  assert.deepEqual([FakePeer.made.length, requests, session.reason], [0, [], 'chosen in the address']);
  connect('webrtc');
  await until(() => requests.length > 0);
  mock.timers.tick(5000);
  await settle();
  assert.deepEqual([FakePeer.made.length, FakeSocket.made.length], [1, 1]);
});

test('a socket that is refused says why, and one that ends ends the session', async () => {
  const refused = connect('websocket');
  await settle();
  status = 401;
  FakeSocket.made[0]?.end(1006);
  assert.equal(await refused.opened, 'unauthorized');
  const { session, opened } = connect('websocket');
  await settle();
  FakeSocket.made[1]?.greet('two');
  await opened;
  FakeSocket.made[1]?.end(1006);
  assert.equal((await session.closed).kind, 'lost');
});

test('where no WebSocket gets through, either, there are pictures to watch', async () => {
  const { session, opened } = connect();
  await headStart();
  status = 404;
  FakeSocket.made[0]?.end(1006);
  scope.createImageBitmap = async () => ({ width: 4, height: 3, close() {} });
  const answer = scope.fetch;
  scope.fetch = async (/** @type {string} */ url, /** @type {any} */ options) => {
    if (!url.startsWith('/stream.mjpeg')) return answer(url, options);
    requests.push('stream');
    return new Response(new ReadableStream({
      start: (stream) => stream.enqueue(new TextEncoder().encode('--v\r\nContent-Length: 1\r\n\r\nx')),
    }));
  };
  assert.equal(await opened, 'open');
  assert.deepEqual([session.kind, log.slice(0, 2)], ['mjpeg', ['hello', 'scene']]);
  assert.match(session.reason, /watch only/);
  assert.equal(await session.isAlive(), true);
  FakePeer.made[0]?.connect();
  await until(() => session.kind === 'webrtc');
  assert.ok(log.includes('moved'));
  delete scope.createImageBitmap;
});

test('a WebSocket that WebRTC has overtaken is no reason for yet another way', async () => {
  const { session, opened } = connect();
  await headStart();
  assert.equal(FakeSocket.made.length, 1);
  FakePeer.made[0]?.connect();
  assert.equal(await opened, 'open');
  FakeSocket.made[0]?.end(1006);
  for (let turn = 0; turn < 5; turn += 1) await settle();
  assert.deepEqual([session.kind, requests.filter((request) => request.includes('stream'))], ['webrtc', []]);
});

test('a stream that WebRTC has overtaken is not begun, or not gone on with', async () => {
  const { session, opened } = connect();
  await headStart();
  status = 404;
  const answer = scope.fetch;
  /** @type {AbortSignal | undefined} */
  let signal;
  scope.fetch = async (/** @type {string} */ url, /** @type {any} */ options) => {
    if (!url.startsWith('/stream.mjpeg')) return answer(url, options);
    signal = options.signal;
    return new Response(new ReadableStream({ start() {} }));
  };
  FakeSocket.made[0]?.end(1006);
  await until(() => signal !== undefined);
  FakePeer.made[0]?.connect();
  assert.equal(await opened, 'open');
  await settle();
  assert.deepEqual([session.kind, signal?.aborted], ['webrtc', true]);
});

test('an end tells the server', async () => {
  const { session, opened } = connect();
  await until(() => requests.length > 0);
  await settle();
  FakePeer.made[0]?.connect();
  await opened;
  session.close();
  await settle();
  assert.deepEqual(requests, ['POST /whep', 'DELETE /whep/one']);
});
