import { encodePng } from './png.mjs';

const NIGHT = [20, 50, 79];
const DAWN = [36, 92, 140];
const BRASS = [255, 214, 128];
const WHITE = [255, 255, 255];
/** Points looked at along each side of a pixel. */
const FINENESS = 6;

/** Teams' colour icon: 192 × 192, a brass key on a full square. */
export function colorIcon() {
  return draw(192, (x, y, covered) => mix(blend(NIGHT, DAWN, (2 - x - y) / 2), BRASS, covered));
}

/** Teams' outline icon: 32 × 32, white on nothing. */
export function outlineIcon() {
  return draw(32, (_x, _y, covered) => [...WHITE, Math.round(255 * covered)]);
}

/**
 * @param {number} size
 * @param {(x: number, y: number, covered: number) => number[]} paint RGBA for a point of the unit square
 */
function draw(size, paint) {
  const pixels = Buffer.alloc(size * size * 4);
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++) {
      let hits = 0;
      for (let i = 0; i < FINENESS * FINENESS; i++) {
        const x = (column + ((i % FINENESS) + 0.5) / FINENESS) / size;
        const y = (row + (Math.floor(i / FINENESS) + 0.5) / FINENESS) / size;
        if (isKey(x, y)) hits++;
      }
      const colour = paint((column + 0.5) / size, (row + 0.5) / size, hits / (FINENESS * FINENESS));
      pixels.set(colour, (row * size + column) * 4);
    }
  }
  return encodePng(size, pixels);
}

/**
 * A key in the unit square, its bow at the upper right, its bit at the lower left.
 * @param {number} x
 * @param {number} y
 */
function isKey(x, y) {
  // Along the shaft and across it, from the middle of the bow.
  const along = (-(x - 0.66) + (y - 0.34)) * Math.SQRT1_2;
  const across = (x - 0.66 + (y - 0.34)) * Math.SQRT1_2;
  const fromBow = Math.hypot(along, across);
  const bow = fromBow <= 0.205 && fromBow >= 0.105;
  const shaft = along > 0.16 && along < 0.63 && Math.abs(across) <= 0.046;
  const teeth = across > 0 && across < 0.165 && [0.405, 0.545].some((at) => along > at && along < at + 0.085);
  return bow || shaft || teeth;
}

/** @param {number[]} from @param {number[]} to @param {number} share of `to`, 0 to 1 */
function blend(from, to, share) {
  return from.map((value, at) => Math.round(value + ((to[at] ?? value) - value) * share));
}

/** @param {number[]} ground @param {number[]} ink @param {number} covered */
function mix(ground, ink, covered) {
  return [...blend(ground, ink, covered), 255];
}
