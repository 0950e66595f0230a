// @ts-check
import assert from 'node:assert/strict';
import test from 'node:test';

import { contain, place, toPage, toScene, wantedSize } from '../../vizstream/web/core/geometry.js';

const box = { x: 0, y: 0, width: 1000, height: 500 };

test('a narrow picture has bars on both sides', () => {
  assert.deepEqual(contain(box, { width: 400, height: 400 }), { x: 250, y: 0, width: 500, height: 500 });
});

test('a wide picture has bars above and below', () => {
  assert.deepEqual(contain({ ...box, x: 10, y: 20 }, { width: 400, height: 100 }), { x: 10, y: 145, width: 1000, height: 250 });
});

test('without a picture, or a box, the box is all there is', () => {
  assert.deepEqual(contain(box, { width: 0, height: 0 }), box);
  assert.deepEqual(contain({ ...box, height: 0 }, { width: 4, height: 3 }), { ...box, height: 0 });
});

test('corners and middle map into the scene, whatever the scale', () => {
  const shown = { x: 250, y: 0, width: 500, height: 500 };
  const scene = { width: 300, height: 300 };
  assert.deepEqual(toScene({ x: 250, y: 0 }, shown, scene), { x: 0, y: 0 });
  assert.deepEqual(toScene({ x: 750, y: 500 }, shown, scene), { x: 300, y: 300 });
  assert.deepEqual(toScene({ x: 500, y: 250 }, shown, scene), { x: 150, y: 150 });
});

test('a drag that leaves the picture is not clamped', () => {
  assert.deepEqual(toScene({ x: -100, y: 900 }, { ...box }, { width: 1000, height: 500 }), { x: -100, y: 900 });
});

test('coordinates are finite even while the view has no area', () => {
  assert.deepEqual(toScene({ x: 3, y: 4 }, { x: 0, y: 0, width: 0, height: 0 }, { width: 0, height: 0 }), { x: 0, y: 0 });
});

test('the wanted size is whole pixels; the ratio is bounded', () => {
  assert.deepEqual(wantedSize({ width: 801.4, height: 600 }, 1.25), { width: 801, height: 600, pixel_ratio: 1.25 });
  assert.deepEqual(wantedSize({ width: 390, height: 844 }, 3), { width: 390, height: 844, pixel_ratio: 2 });
  assert.equal(wantedSize({ width: 0, height: 600 }, 1), null);
});

test('a still lies on the pixels of the screen where it has as many, and in the video’s box where not', () => {
  const view = { width: 1281, height: 720 };
  assert.deepEqual(place(view, { width: 1280, height: 720 }, 1), { x: 0, y: 0, width: 1280, height: 720, sharp: true });
  assert.deepEqual(place({ width: 320, height: 240 }, { width: 640, height: 480 }, 2), { x: 0, y: 0, width: 320, height: 240, sharp: true });
  assert.deepEqual(place({ width: 400, height: 300 }, { width: 200, height: 100 }, 1), { x: 0, y: 50, width: 400, height: 200, sharp: false });
});

test('a point of the scene is shown where its own point is', () => {
  const shown = contain({ x: 10, y: 20, width: 300, height: 400 }, { width: 640, height: 360 });
  const scene = { width: 1280, height: 720 };
  for (const point of [{ x: 0, y: 0 }, { x: 640, y: 90 }, { x: 1280, y: 720 }]) {
    assert.deepEqual(toScene(toPage(point, shown, scene), shown, scene), point);
  }
  assert.deepEqual(toPage({ x: 0, y: 0 }, shown, scene), { x: shown.x, y: shown.y });
});
