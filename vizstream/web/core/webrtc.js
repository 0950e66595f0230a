// @ts-check
/** The way over WebRTC: from the offer to the moment it is lost. */

import { Failure, patchCandidate, postOffer } from './whep.js';

/** `?ice=relay` in the page's address shows whether the TURN server carries. @returns {RTCIceTransportPolicy} */
function icePolicy() {
  return new URLSearchParams(location.search).get('ice') === 'relay' ? 'relay' : 'all';
}

/**
 * One way to the server. It never reconnects; link.js does.
 *
 * @typedef {object} Transport
 * @property {string} kind
 * @property {() => Promise<void>} open resolves when frames and messages pass; throws a `Failure`
 * @property {Promise<Failure>} closed resolves with the reason when it is over, however it ends; never rejects
 * @property {string} resource the URL of its session; empty before that is known
 * @property {import('./outbox.js').Channel} input that input goes through
 * @property {(readReport: import('./meter.js').ReadReport) => Promise<import('./meter.js').Counters>} readCounters
 * @property {(reason?: Failure) => void} close idempotent
 */

const NO_WAY = 'WebRTC does not get through; the network may block UDP';

const NO_UDP = 'WebRTC is not possible: this browser may not use UDP';

/** A handshake takes 0.1 s nearby and 2 s on a bad line; what takes longer than this never comes. */
const DEADLINE_MS = 10_000;

/**
 * @typedef {object} WebRtcEvents
 * @property {(stream: MediaStream) => void} onStream the video, before its first frame
 * @property {() => void} onEnd the video is about to end
 * @property {(message: any) => void} onMessage what the server says on the state channel
 */

/** @implements {Transport} */
export class WebRtc {
  kind = 'webrtc';
  #pc = new RTCPeerConnection({ bundlePolicy: 'max-bundle', iceTransportPolicy: icePolicy() });
  #abort = new AbortController();
  /** The session's URL, once the server has answered. */
  resource = '';
  #token;
  #url;
  #stands = false;
  #input;
  #state;
  #video;
  /** @type {(failure: Failure) => void} */
  #end = () => {};
  #endStats = () => {};
  #onEnd;
  #answered = () => {};
  /** Resolves when the server has answered the offer; never if it does not. @type {Promise<void>} */
  answered;
  /** @type {Promise<Failure>} */
  closed;

  /**
   * @param {string} token
   * @param {string} resource of the session that there is already; empty for a new one
   * @param {WebRtcEvents} events
   */
  constructor(token, resource, { onStream, onEnd, onMessage }) {
    this.#token = token;
    this.#url = resource || '/whep';
    this.#onEnd = onEnd;
    this.answered = new Promise((resolve) => {
      this.#answered = resolve;
    });
    this.closed = new Promise((resolve) => {
      this.#end = resolve;
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
    this.#state.onmessage = ({ data }) => onMessage(JSON.parse(data));
    pc.ontrack = ({ track }) => onStream(new MediaStream([track]));
    for (const channel of [this.#input, this.#state]) {
      channel.onclose = () => this.close(new Failure('lost', `the ${channel.label} channel closed`));
    }
    pc.onconnectionstatechange = () => {
      if (['disconnected', 'failed', 'closed'].includes(pc.connectionState)) {
        this.close(new Failure('lost', this.#stands ? `the connection is ${pc.connectionState}` : NO_WAY));
      }
    };
  }

  /**
   * Connect; resolves when both channels are open.
   *
   * @throws {Failure} after it has closed itself
   */
  async open() {
    const late = setTimeout(() => this.close(new Failure('media', NO_WAY)), DEADLINE_MS);
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
    const reply = await postOffer(this.#url, { token: this.#token, sdp: offer.sdp ?? '', signal });
    this.resource = reply.resource;
    this.#answered();
    if (signal.aborted) return;
    const trickles = reply.iceServers.length > 0;
    if (trickles) pc.setConfiguration({ ...pc.getConfiguration(), iceServers: reply.iceServers });
    let hasUdp = false;
    pc.onicecandidate = ({ candidate }) => {
      // Where nothing may be sent from, Chromium does not say so, and goes on waiting.
      if (candidate === null && !hasUdp) this.close(new Failure('media', NO_UDP));
      if (!candidate?.candidate) return;
      hasUdp ||= candidate.protocol !== 'tcp';
      if (trickles) patchCandidate(this.resource, { token: this.#token, etag: reply.etag, candidate });
    };
    await pc.setLocalDescription(offer);
    await pc.setRemoteDescription({ type: 'answer', sdp: reply.answer });
    await Promise.all([this.#input, this.#state].map((channel) => new Promise((resolve) => {
      channel.onopen = resolve;
      if (channel.readyState === 'open') resolve(undefined);
    })));
    this.#stands = true;
  }

  /** The channel that input goes through. */
  get input() {
    return this.#input;
  }

  /** @param {import('./meter.js').ReadReport} readReport */
  async readCounters(readReport) {
    const report = await /** @type {Promise<Map<string, any>>} */ (new Promise((resolve) => {
      // Firefox 153 never settles the promise of a connection that is closed before it answers.
      this.#endStats = () => resolve(new Map());
      this.#pc.getStats().then((entries) => resolve(new Map(entries)), this.#endStats);
    }));
    return readReport(report.values());
  }

  /**
   * End the connection; idempotent.
   *
   * @param {Failure} [reason]
   */
  close(reason = new Failure('lost', 'closed')) {
    if (this.#pc.signalingState !== 'closed') {
      this.#onEnd();
      this.#pc.onconnectionstatechange = null;
      this.#pc.close();
      this.#endStats();
      this.#abort.abort();
    }
    this.#end(reason);
  }
}
