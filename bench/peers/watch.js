// Runs in each page before its own scripts: tells which pictures it has shown, and when.
//
// The marker is read from what the page shows, by whatever means it shows it: at each presented frame of a
// <video>, at each animation frame from a <canvas> or an <img>. The time of a picture is when that reading
// began. Of a video only the marker's own pixels are copied; an <img> must be decoded once more for that, so
// while nobody clicks its pictures are only counted, by their addresses.
(layout) => {
  const { selector, still, width, height, marginPx, cellPx, cells, clickBits } = layout;
  const seen = [];
  const clicks = [];
  const waiting = [];
  let reading = true;
  let presented = 0;
  let unreadable = 0;
  let code = -1;
  let address = '';

  addEventListener('pointerdown', ({ timeStamp }) => clicks.push(timeStamp), true);

  /** @param {(cell: number) => number} luma of a cell's centre */
  const read = (luma) => {
    let found = 0;
    let ones = 0;
    for (let cell = 0; cell < cells; cell += 1) {
      const one = luma(cell) > 127 ? 1 : 0;
      found = found * 2 + one;
      ones += one;
    }
    return ones % 2 || found >> (cells - 2) !== 2 ? null : found;
  };

  /**
   * @param {number} at
   * @param {(cell: number) => number} luma of a cell's centre
   */
  const note = (at, luma) => {
    const found = read(luma);
    if (found === null) unreadable += 1;
    if (found === null || found === code) return;
    code = found;
    seen.push([at, code]);
    const shown = (code >> 1) & ((1 << clickBits) - 1);
    for (const wait of waiting.splice(0)) {
      if (wait.shown === shown) waiting.push(wait);
      else wait.resolve(at);
    }
  };

  /** @param {HTMLVideoElement} video */
  const watchVideo = (video) => {
    const onFrame = async (_now, metadata) => {
      const at = performance.now();
      video.requestVideoFrameCallback(onFrame);
      presented = metadata.presentedFrames;
      if (!video.videoWidth) return; // its source was taken away
      const scale = video.videoWidth / width;
      const even = (px) => 2 * Math.round((px * scale) / 2);
      const rect = {
        x: even(marginPx), y: even(marginPx + cellPx / 2), width: even(cells * cellPx), height: 2,
      };
      const frame = new VideoFrame(video);
      try {
        const bytes = new Uint8Array(frame.allocationSize({ rect }));
        const [plane] = await frame.copyTo(bytes, { rect });
        const planar = /^(I4|NV12)/.test(frame.format); // its first plane is luma; else green will do
        const [step, first] = planar ? [1, 0] : [4, 1];
        note(at, (cell) => bytes[plane.offset + first + step * Math.floor((cell + 0.5) * cellPx * scale)]);
      } finally {
        frame.close();
      }
    };
    video.requestVideoFrameCallback(onFrame);
  };

  const strip = document.createElement('canvas');
  strip.width = cells * cellPx;
  strip.height = 2;
  const context = strip.getContext('2d', { willReadFrequently: true });

  /** @param {HTMLImageElement | HTMLCanvasElement} source */
  const readStill = (source) => {
    const at = performance.now();
    if (source instanceof HTMLImageElement) {
      if (!source.complete || source.currentSrc === address) return;
      address = source.currentSrc;
      presented += 1;
      if (!reading) return;
    }
    const scale = (source.naturalWidth ?? source.width) / width;
    const from = [marginPx, marginPx + cellPx / 2 - 1, strip.width, strip.height].map((px) => px * scale);
    context.drawImage(source, ...from, 0, 0, strip.width, strip.height);
    const { data } = context.getImageData(0, 0, strip.width, 1);
    note(at, (cell) => data[4 * Math.floor((cell + 0.5) * cellPx) + 1]);
  };

  let watched = null;
  const tick = () => {
    requestAnimationFrame(tick);
    if (!watched?.isConnected) {
      watched = document.querySelector(selector);
      if (watched instanceof HTMLVideoElement) watchVideo(watched);
    }
    if (watched && !(watched instanceof HTMLVideoElement)) readStill(watched);
  };
  requestAnimationFrame(tick);

  window.peers = {
    /** @param {boolean} read whether an <img> is read as well */
    begin(read) {
      reading = read;
      seen.length = clicks.length = unreadable = 0;
      window.peers.base = presented;
    },
    take: () => ({ seen, clicks, unreadable, presented: presented - window.peers.base, now: performance.now() }),
    pictures: () => seen.length,
    base: 0,
    /** Resolve with the marker and the whole of the picture that is shown now, as a data: URL. */
    picture: () => new Promise((resolve) => {
      requestAnimationFrame(() => {
        const canvas = document.createElement('canvas');
        canvas.width = width;
        canvas.height = height;
        const whole = canvas.getContext('2d', { willReadFrequently: true });
        whole.drawImage((still && document.querySelector(still)) || watched, 0, 0, width, height);
        const { data } = whole.getImageData(marginPx, marginPx + cellPx / 2, cells * cellPx, 1);
        const found = read((cell) => data[4 * Math.floor((cell + 0.5) * cellPx) + 1]);
        resolve([found, canvas.toDataURL()]);
      });
    }),
    /**
     * Resolve when the next click shows, or after a while.
     * @param {number} limitMs
     */
    nextClick: (limitMs) => new Promise((resolve) => {
      waiting.push({ shown: (code >> 1) & ((1 << clickBits) - 1), resolve });
      setTimeout(() => resolve(null), limitMs);
    }),
  };
}
