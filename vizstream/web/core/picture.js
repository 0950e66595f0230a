// @ts-check
/**
 * The video element, and what is seen while it has nothing to show.
 *
 * A stream that ended is black (Chromium), and so is a new one until its first frame.  The last frame is
 * therefore kept on a canvas behind the video, which is transparent without a stream; it goes when the new
 * stream has really presented a frame.
 */

/** @typedef {import('./geometry.js').Size} Size */

export class Picture {
  /** Whether a frame of the present stream has reached the screen. */
  presented = false;
  #video;
  #ghost;
  #onFrame;

  /**
   * @param {HTMLVideoElement} video
   * @param {HTMLCanvasElement} ghost
   * @param {(rtpTimestamp: number | undefined, time: number) => void} onFrame for each frame that is
   *   presented; when it will be visible, in ms of `performance.now()`
   */
  constructor(video, ghost, onFrame) {
    this.#video = video;
    this.#ghost = ghost;
    this.#onFrame = onFrame;
    video.requestVideoFrameCallback(this.#onVideoFrame);
  }

  /**
   * Show a stream from now on.
   *
   * @param {MediaStream} stream
   */
  show(stream) {
    this.freeze();
    this.#video.srcObject = stream;
    // Muted video may always play; a second call of srcObject interrupts the first, which is fine.
    this.#video.play().catch(() => {});
  }

  /** Keep the frame that is shown now, and let go of the stream; to be called before it ends. */
  freeze() {
    const { videoWidth, videoHeight } = this.#video;
    if (this.presented && videoWidth > 0) {
      this.#ghost.width = videoWidth;
      this.#ghost.height = videoHeight;
      this.#ghost.getContext('2d')?.drawImage(this.#video, 0, 0);
      this.#ghost.hidden = false;
    }
    this.presented = false;
    this.#video.srcObject = null;
  }

  /** @returns {Size} in physical pixels; 0x0 before the first frame */
  get size() {
    return { width: this.#video.videoWidth, height: this.#video.videoHeight };
  }

  /** @type {VideoFrameRequestCallback} */
  #onVideoFrame = (_now, { rtpTimestamp, expectedDisplayTime }) => {
    this.#video.requestVideoFrameCallback(this.#onVideoFrame);
    if (this.#video.srcObject === null) return;
    this.presented = true;
    this.#ghost.hidden = true;
    this.#onFrame(rtpTimestamp, expectedDisplayTime);
  };
}
