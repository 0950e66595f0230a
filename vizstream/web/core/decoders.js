// @ts-check
/**
 * Frames that come as bytes, made pictures: by WebCodecs, or one JPEG after the other.
 *
 * Neither lets frames pile up: a frame is acknowledged when the decoder is done with it or nearly so, and the
 * server sends no more than what is acknowledged.
 */

/**
 * @typedef {object} Frame
 * @property {boolean} key whether decoding can start here
 * @property {string} codec one of the decoder's own names
 * @property {number} number of the message
 * @property {number} stamp RTP timestamp
 * @property {Uint8Array<ArrayBuffer>} data
 *
 * @typedef {VideoFrame | ImageBitmap} Image
 *
 * @typedef {object} DecoderEvents
 * @property {(image: Image, stamp: number) => void} onPicture whoever gets it closes it
 * @property {(number: number) => void} onTaken this frame and all before it may be acknowledged
 * @property {() => void} onStuck nothing can be decoded until a keyframe comes
 *
 * @typedef {object} Decoder
 * @property {readonly string[]} codecs what it decodes, by the server's names
 * @property {number} decoded frames so far
 * @property {(frame: Frame) => void} take
 * @property {() => void} close
 */

/** The server's names, and what WebCodecs calls the same; the levels are those of 4K. */
export const WEB_CODECS = {
  'h264-high': 'avc1.640034',
  'h264-main': 'avc1.4d0034',
  'h264-baseline': 'avc1.42e034',
  av1: 'av01.0.12M.08',
  vp9: 'vp09.00.51.08',
  'vp9-444': 'vp09.01.51.08.03',
  vp8: 'vp8',
};

/** Frames that a decoder may have in hand before the next is acknowledged only when one is done. */
const IN_HAND = 2;

/** What the browser decodes by itself; asked once. @type {Promise<string[]> | undefined} */
let supported;

/** @returns {Promise<string[]>} names of the codecs that WebCodecs decodes here; none in insecure contexts */
export function supportedCodecs() {
  supported ??= (async () => {
    if (typeof VideoDecoder === 'undefined') return [];
    const answers = await Promise.all(Object.entries(WEB_CODECS).map(async ([name, codec]) => {
      try {
        return (await VideoDecoder.isConfigSupported({ codec, optimizeForLatency: true })).supported ? [name] : [];
      } catch {
        return [];
      }
    }));
    return answers.flat();
  })();
  return supported;
}

/** @implements {Decoder} */
export class WebCodecsDecoder {
  decoded = 0;
  /** @type {VideoDecoder | null} */
  #decoder = null;
  #codec = '';
  #ready = false;
  /** @type {number | null} a frame that is acknowledged when the decoder has caught up */
  #late = null;
  #events;

  /**
   * @param {readonly string[]} codecs
   * @param {DecoderEvents} events
   */
  constructor(codecs, events) {
    this.codecs = codecs;
    this.#events = events;
  }

  /** @param {Frame} frame */
  take({ key, codec, number, stamp, data }) {
    if (key) this.#prepare(codec);
    if (this.#ready && this.#decoder !== null) {
      // Time stamps come out as they went in, whatever their unit.
      this.#decoder.decode(new EncodedVideoChunk({ type: key ? 'key' : 'delta', timestamp: stamp, data }));
    }
    if (this.#decoder !== null && this.#decoder.decodeQueueSize > IN_HAND) this.#late = number;
    else this.#events.onTaken(number);
  }

  close() {
    if (this.#decoder !== null && this.#decoder.state !== 'closed') this.#decoder.close();
    this.#decoder = null;
    this.#ready = false;
  }

  /** @param {string} codec */
  #prepare(codec) {
    if (this.#ready && this.#codec === codec) return;
    this.#decoder ??= this.#make();
    this.#codec = codec;
    this.#decoder.configure({ codec: WEB_CODECS[/** @type {keyof typeof WEB_CODECS} */ (codec)], optimizeForLatency: true });
    this.#ready = true;
  }

  #make() {
    const decoder = new VideoDecoder({
      output: (image) => {
        this.decoded += 1;
        this.#events.onPicture(image, image.timestamp);
      },
      error: () => {
        // The decoder has closed itself; what it is given next must be a keyframe.
        if (this.#decoder !== decoder) return;
        this.#decoder = null;
        this.#ready = false;
        this.#caughtUp();
        this.#events.onStuck();
      },
    });
    decoder.ondequeue = () => {
      if (decoder.decodeQueueSize <= IN_HAND) this.#caughtUp();
    };
    return decoder;
  }

  #caughtUp() {
    if (this.#late === null) return;
    const number = this.#late;
    this.#late = null;
    this.#events.onTaken(number);
  }
}

/** @implements {Decoder} */
export class JpegDecoder {
  codecs = ['jpeg'];
  decoded = 0;
  /** @type {Frame | null} the newest one that waits */
  #next = null;
  #busy = false;
  #closed = false;
  #events;

  /** @param {DecoderEvents} events */
  constructor(events) {
    this.#events = events;
  }

  /** @param {Frame} frame */
  take(frame) {
    this.#next = frame;
    if (!this.#busy) this.#work();
  }

  close() {
    this.#closed = true;
    this.#next = null;
  }

  async #work() {
    this.#busy = true;
    while (this.#next !== null) {
      const { number, stamp, data } = this.#next;
      this.#next = null;
      try {
        const image = await createImageBitmap(new Blob([data], { type: 'image/jpeg' }));
        if (this.#closed) image.close();
        else {
          this.decoded += 1;
          this.#events.onPicture(image, stamp);
        }
      } catch {
        // A picture that cannot be decoded is skipped; the next one stands for itself.
      }
      if (!this.#closed) this.#events.onTaken(number);
    }
    this.#busy = false;
  }
}
