/** Chance, the same for the same seed as long as the same things are asked of it. */
export interface Dice {
  /** From 0 (included) to 1 (excluded). */
  roll(): number;
  /** One of the list; `undefined` when it is empty. */
  pick<T>(list: readonly T[]): T | undefined;
}

/** Mulberry32. */
export function createDice(seed: number): Dice {
  let state = seed >>> 0;
  const roll = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  return { roll, pick: (list) => list[Math.floor(roll() * list.length)] };
}

/** How often which thing happened. */
export interface Tally {
  counts: Record<string, number>;
  add(what: string): void;
}

export function createTally(): Tally {
  const counts: Record<string, number> = {};
  return { counts, add: (what) => void (counts[what] = (counts[what] ?? 0) + 1) };
}
