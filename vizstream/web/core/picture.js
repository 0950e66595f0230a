// @ts-check
/**
 * What the scene's picture is seen on: a video element for WebRTC, a canvas above it for everything else.
 *
 * A stream that ended is black (Chromium), and so is a new one until its first frame.  The canvas therefore
 * also keeps the last frame of a video that ends, and goes when a new one has really presented a frame.
 */

/** @typedef {import('./geometry.js').Size} Size */
/** @typedef {import('./decoders.js').Image} Image */

export class Picture {
  /** Whether the newest frame was the video's. */
  #isVideo = false;
  /** @type {{image: Image, stamp: number} | null} the newest frame that waits to be drawn */
  #next = null;
  #video;
  #canvas;
  #onFrame;

  /**
   * @param {HTMLVideoElement} video
   * @param {HTMLCanvasElement} canvas
   * @param {(rtpTimestamp: number | undefined, time: number) => void} onFrame for each frame that is
   *   presented; the refresh at which it is visible, in ms of `performance.now()`
   */
  constructor(video, canvas, onFrame) {
    this.#video = video;
    this.#canvas = canvas;
    this.#onFrame = onFrame;
    video.requestVideoFrameCallback(this.#onVideoFrame);
  }

  /**
   * Show a stream as soon as it has a frame.
   *
   * @param {MediaStream} stream
   */
  show(stream) {
    this.freeze();
    this.#video.srcObject = stream;
    // Muted video may always play; a second call of srcObject interrupts the first, which is fine.
    this.#video.play().catch(() => {});
  }

  /**
   * Show a frame that was decoded here, at the next occasion, unless a newer one comes before.
   *
   * @param {Image} image is used up
   * @param {number} stamp its RTP timestamp
   */
  draw(image, stamp) {
    if (this.#next === null) requestAnimationFrame(this.#onAnimationFrame);
    else this.#next.image.close();
    this.#next = { image, stamp };
  }

  /** Keep the frame that is shown now, and let go of the stream; to be called before it ends. */
  freeze() {
    const { videoWidth, videoHeight } = this.#video;
    if (this.#isVideo && videoWidth > 0) this.#paint(this.#video, videoWidth, videoHeight);
    this.#isVideo = false;
    this.#video.srcObject = null;
  }

  /** @returns {Size} in physical pixels; 0x0 before the first frame */
  get size() {
    if (this.#canvas.hidden) return { width: this.#video.videoWidth, height: this.#video.videoHeight };
    return { width: this.#canvas.width, height: this.#canvas.height };
  }

  /**
   * @param {CanvasImageSource} image
   * @param {number} width
   * @param {number} height
   */
  #paint(image, width, height) {
    const canvas = this.#canvas;
    // A canvas is cleared when its size is set, even to the same.
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    canvas.getContext('2d', { alpha: false })?.drawImage(image, 0, 0, width, height);
    canvas.hidden = false;
  }

  #onAnimationFrame = () => {
    if (this.#next === null) return;
    const { image, stamp } = this.#next;
    this.#next = null;
    const bitmap = image instanceof ImageBitmap;
    this.#isVideo = false;
    this.#paint(image, bitmap ? image.width : image.displayWidth, bitmap ? image.height : image.displayHeight);
    image.close();
    // What is drawn in one animation frame is on the screen at the next.
    requestAnimationFrame((time) => this.#onFrame(stamp, time));
  };

  /** @type {VideoFrameRequestCallback} */
  #onVideoFrame = (_now, { rtpTimestamp }) => {
    // The refresh after the frame was handed to the compositor.  Not `expectedDisplayTime`: in Chromium that is
    // the refresh next to the hand-over or the one after the next, the same one for all frames of a page, while
    // its trace has the frame drawn and swapped 2 ms after the hand-over in both.
    const shown = performance.now();
    this.#video.requestVideoFrameCallback(this.#onVideoFrame);
    if (this.#video.srcObject === null) return;
    this.#isVideo = true;
    this.#canvas.hidden = true;
    this.#next?.image.close();
    this.#next = null;
    this.#onFrame(rtpTimestamp, shown);
  };
}
