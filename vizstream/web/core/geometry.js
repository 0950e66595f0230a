// @ts-check
/**
 * Where the picture lies on the page, and where a point of the page lies in the scene.
 *
 * The picture keeps its aspect inside of the view (CSS `object-fit: contain`), so there may be bars
 * beside or above it.  Events carry the *scene's logical pixels*, origin at the picture's top left.
 */

/**
 * @typedef {{x: number, y: number}} Point
 * @typedef {{width: number, height: number}} Size
 * @typedef {Point & Size} Box
 */

/**
 * Place a picture in the middle of a box, as large as its aspect allows.
 *
 * @param {Box} box
 * @param {Size} picture
 * @returns {Box} the whole box if either has no area yet
 */
export function contain(box, picture) {
  if (!(picture.width > 0 && picture.height > 0 && box.width > 0 && box.height > 0)) {
    return { x: box.x, y: box.y, width: box.width, height: box.height };
  }
  const scale = Math.min(box.width / picture.width, box.height / picture.height);
  const width = picture.width * scale;
  const height = picture.height * scale;
  return { x: box.x + (box.width - width) / 2, y: box.y + (box.height - height) / 2, width, height };
}

/**
 * Place a still over the video: in the same box, but on whole pixels of the screen where it has as many as that.
 *
 * @param {Size} view in CSS pixels
 * @param {Size} picture in physical pixels
 * @param {number} pixelRatio of the screen
 * @returns {Box & {sharp: boolean}} in CSS pixels; sharp: each of its pixels is one of the screen's
 */
export function place(view, picture, pixelRatio) {
  const box = contain({ x: 0, y: 0, ...view }, picture);
  const width = picture.width / pixelRatio;
  const height = picture.height / pixelRatio;
  // Pictures have even sides, views any.
  const spare = 1.5 / pixelRatio;
  const sharp = Math.abs(view.width - width) <= spare && Math.abs(view.height - height) <= spare;
  if (!sharp) return { ...box, sharp };
  const snap = (/** @type {number} */ length) => Math.floor((length * pixelRatio) / 2) / pixelRatio;
  return { x: snap(view.width - width), y: snap(view.height - height), width, height, sharp };
}

/**
 * Map a point of the page into the scene's logical pixels.
 *
 * The result is not clamped: a drag may leave the picture and must keep its speed there.
 *
 * @param {Point} point in the coordinates of `shown`
 * @param {Box} shown where the picture is shown
 * @param {Size} scene the scene's logical size
 * @returns {Point} rounded to 1/100 pixel, which keeps messages short
 */
export function toScene(point, shown, scene) {
  const x = ((point.x - shown.x) / (shown.width || 1)) * scene.width;
  const y = ((point.y - shown.y) / (shown.height || 1)) * scene.height;
  return { x: Math.round(x * 100) / 100, y: Math.round(y * 100) / 100 };
}

/**
 * Map a point of the scene to the page: the inverse of `toScene`.
 *
 * @param {Point} point in the scene's logical pixels
 * @param {Box} shown where the picture is shown
 * @param {Size} scene the scene's logical size
 * @returns {Point} in the coordinates of `shown`
 */
export function toPage(point, shown, scene) {
  return {
    x: shown.x + (point.x / (scene.width || 1)) * shown.width,
    y: shown.y + (point.y / (scene.height || 1)) * shown.height,
  };
}

/**
 * The size to ask the scene for.
 *
 * @param {Size} box of the view, in CSS pixels
 * @param {number} pixelRatio of the screen
 * @returns {Size & {pixel_ratio: number} | null} null while the view has no area
 */
export function wantedSize(box, pixelRatio) {
  const width = Math.round(box.width);
  const height = Math.round(box.height);
  if (width < 1 || height < 1) return null;
  // Phones report up to 4.  Above 2 the eye gains nothing at arm's length, while pixels to draw,
  // encode and send grow with the square.
  const ratio = Math.min(2, Math.max(0.5, pixelRatio || 1));
  return { width, height, pixel_ratio: Math.round(ratio * 1000) / 1000 };
}
