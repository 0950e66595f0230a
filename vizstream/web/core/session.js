// @ts-check
/**
 * One WebRTC session: from the offer to the moment it is lost. It never reconnects; link.js does.
 *
 * It may open before there is anybody who listens: what comes until then is kept.
 */

import { deleteSession, Failure, isSessionAlive, patchCandidate, postOffer } from './whep.js';

/** A handshake takes 0.1 s nearby and 2 s on a bad line; what takes longer than this never comes. */
const DEADLINE_MS = 10_000;

/** `?ice=relay` in the page's address shows whether the TURN server carries. */
const iceTransportPolicy = new URLSearchParams(location.search).get('ice') === 'relay' ? 'relay' : 'all';

/**
 * @typedef {object} SessionEvents
 * @property {(stream: MediaStream) => void} onStream the video, before its first frame
 * @property {() => void} onEnd the video is about to end
 * @property {(message: any) => void} onMessage what the server says on the state channel
 */

export class Session {
  #pc = new RTCPeerConnection({ bundlePolicy: 'max-bundle', iceTransportPolicy });
  #abort = new AbortController();
  #resource = '';
  #token;
  #input;
  #state;
  #video;
  /** @type {(failure: Failure) => void} */
  #end = () => {};
  #endStats = () => {};
  /** @type {SessionEvents | null} */
  #events = null;
  /** @type {any[]} what came before somebody listened */
  #messages = [];
  /** @type {MediaStream | null} */
  #stream = null;
  /** @type {Promise<void> | null} */
  #opened = null;
  #answered = () => {};
  /** Resolves when the server has answered the offer; never if it does not. @type {Promise<void>} */
  answered;
  /** Resolves with the reason when the session is over, however it ends; never rejects. @type {Promise<Failure>} */
  closed;

  /** @param {string} token */
  constructor(token) {
    this.#token = token;
    this.closed = new Promise((resolve) => {
      this.#end = resolve;
    });
    this.answered = new Promise((resolve) => {
      this.#answered = resolve;
    });
    const pc = this.#pc;
    this.#video = pc.addTransceiver('video', { direction: 'recvonly' });
    // Show each frame when it is there.  The server asks for the same in each packet (playout-delay
    // 0/0: 44 ms become 19); this hint alone serves foreign senders.
    const receiver = /** @type {RTCRtpReceiver & {playoutDelayHint?: number}} */ (this.#video.receiver);
    if ('jitterBufferTarget' in receiver) receiver.jitterBufferTarget = 0;
    if ('playoutDelayHint' in receiver) receiver.playoutDelayHint = 0;
    this.#input = pc.createDataChannel('input');
    this.#input.bufferedAmountLowThreshold = 0;
    this.#state = pc.createDataChannel('state');
    this.#state.onmessage = ({ data }) => {
      const message = JSON.parse(data);
      if (this.#events === null) this.#messages.push(message);
      else this.#events.onMessage(message);
    };
    pc.ontrack = ({ track }) => {
      this.#stream = new MediaStream([track]);
      this.#events?.onStream(this.#stream);
    };
    for (const channel of [this.#input, this.#state]) {
      channel.onclose = () => this.close(new Failure('lost', `the ${channel.label} channel closed`));
    }
    pc.onconnectionstatechange = () => {
      if (['disconnected', 'failed', 'closed'].includes(pc.connectionState)) {
        this.close(new Failure('lost', `the connection is ${pc.connectionState}`));
      }
    };
  }

  /**
   * Listen from now on; what has come before is told at once.
   *
   * @param {SessionEvents} events
   */
  listen(events) {
    this.#events = events;
    if (this.#stream !== null) events.onStream(this.#stream);
    for (const message of this.#messages.splice(0)) events.onMessage(message);
  }

  /**
   * Connect, if that has not begun; resolves when both channels are open.
   *
   * @throws {Failure} after the session has closed itself
   */
  open() {
    this.#opened ??= this.#open();
    return this.#opened;
  }

  async #open() {
    const late = setTimeout(() => this.close(new Failure('media', 'no connection in time')), DEADLINE_MS);
    const over = this.closed.then((failure) => Promise.reject(failure));
    try {
      await Promise.race([over, this.#connect()]);
    } catch (error) {
      this.close(error instanceof Failure ? error : new Failure('media', String(error)));
      throw await this.closed;
    } finally {
      clearTimeout(late);
      over.catch(() => {});
    }
  }

  async #connect() {
    const pc = this.#pc;
    const offer = await pc.createOffer();
    const { signal } = this.#abort;
    const reply = await postOffer('/whep', { token: this.#token, sdp: offer.sdp ?? '', signal });
    this.#answered();
    this.#resource = reply.resource;
    if (signal.aborted) {
      deleteSession(this.#resource, this.#token);
      return;
    }
    if (reply.iceServers.length > 0) {
      pc.setConfiguration({ ...pc.getConfiguration(), iceServers: reply.iceServers });
      pc.onicecandidate = ({ candidate }) => {
        if (candidate?.candidate) patchCandidate(this.#resource, { token: this.#token, etag: reply.etag, candidate });
      };
    }
    await pc.setLocalDescription(offer);
    await pc.setRemoteDescription({ type: 'answer', sdp: reply.answer });
    await Promise.all([this.#input, this.#state].map((channel) => new Promise((resolve) => {
      channel.onopen = resolve;
      if (channel.readyState === 'open') resolve(undefined);
    })));
  }

  /** The channel that input goes through. */
  get input() {
    return this.#input;
  }

  /**
   * @returns {Promise<Map<string, any>>} the report's entries by their id; empty where the session ends meanwhile
   */
  getStats() {
    return new Promise((resolve) => {
      // Firefox 153 never settles the promise of a connection that is closed before it answers.
      this.#endStats = () => resolve(new Map());
      this.#pc.getStats().then((report) => resolve(new Map(report)), this.#endStats);
    });
  }

  /** Ask the server whether it still knows this session. */
  isAlive() {
    return isSessionAlive(this.#resource, this.#token);
  }

  /**
   * End the session; idempotent.
   *
   * @param {Failure} [reason]
   */
  close(reason = new Failure('lost', 'closed')) {
    if (this.#pc.signalingState !== 'closed') {
      this.#events?.onEnd();
      this.#pc.onconnectionstatechange = null;
      this.#pc.close();
      this.#endStats();
      this.#abort.abort();
      if (this.#resource) deleteSession(this.#resource, this.#token);
    }
    this.#end(reason);
  }
}
