// @ts-check
/** When a frame counts as shown, and what stays when its stream goes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Picture } from '../../vizstream/web/core/picture.js';

/** A picture on a faked video and canvas; `present` does what the browser does with a frame. */
function stage() {
  /** @type {Function[]} */
  const waiting = [];
  const painted = /** @type {any[]} */ ([]);
  const shown = /** @type {any[][]} */ ([]);
  const video = {
    srcObject: /** @type {any} */ (null),
    videoWidth: 64,
    videoHeight: 48,
    play: () => Promise.resolve(),
    /** @param {Function} callback */
    requestVideoFrameCallback: (callback) => waiting.push(callback),
  };
  const canvas = {
    hidden: true,
    width: 0,
    height: 0,
    /** @returns {any} */
    getContext: () => ({ drawImage: (/** @type {any} */ image) => painted.push(image) }),
  };
  const picture = new Picture(/** @type {any} */ (video), /** @type {any} */ (canvas), (...frame) => shown.push(frame));
  /** @param {object} frame */
  const present = (frame) => {
    for (const callback of waiting.splice(0)) callback(performance.now() - 16, frame);
  };
  return { picture, video, canvas, painted, shown, present };
}

test('a frame is shown when the page is told of it, whatever refresh the browser expects it at', () => {
  const { picture, shown, present } = stage();
  picture.show(/** @type {any} */ ({}));
  const before = performance.now();
  present({ rtpTimestamp: 90, expectedDisplayTime: before + 33 });
  present({ rtpTimestamp: 180, expectedDisplayTime: before - 8 });
  const after = performance.now();
  assert.deepEqual(shown.map(([stamp]) => stamp), [90, 180]);
  for (const [, time] of shown) assert.ok(time >= before && time <= after, `${time} is not in ${before} … ${after}`);
});

test('the last frame of a stream stays until another one has really come', () => {
  const { picture, video, canvas, painted, present } = stage();
  picture.show(/** @type {any} */ ({}));
  assert.equal(canvas.hidden, true, 'before the first frame there is nothing to keep');
  present({ rtpTimestamp: 90 });
  picture.freeze();
  assert.deepEqual([painted, canvas.hidden, canvas.width, video.srcObject], [[video], false, 64, null]);
  picture.show(/** @type {any} */ ({}));
  assert.equal(canvas.hidden, false);
  present({ rtpTimestamp: 180 });
  assert.equal(canvas.hidden, true);
});
