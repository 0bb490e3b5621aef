/** One line of the table: our figure, the yardstick's in the same run, and what is wanted. */
export interface Row {
  /** Under what load, in words. */
  measure: string;
  /** What is compared, with its unit: `p99, ms`. */
  figure: string;
  ours: number;
  yardstick: string;
  theirs: number;
  /** Ours divided by the yardstick's. */
  ratio: number;
  /** What `ratio` (or `ours`) must not exceed, in words. */
  target: string;
  verdict: 'reached' | 'missed' | 'told';
}

/** What a measurement is given. */
export interface Bench {
  name: string;
  about: string;
  run(options: BenchOptions): Promise<Row[]>;
}

/** How much is measured, and where progress is told. */
export interface BenchOptions {
  /** Rounds, each in the opposite order of the one before. */
  rounds: number;
  /** By how much a load is shrunk: 1 for the figures that are published. */
  scale: number;
  say(line: string): void;
}

/**
 * The value that `share` (0 to 1) of the numbers do not exceed.
 * @throws {RangeError} without numbers: a figure nobody measured
 */
export function percentile(numbers: readonly number[], share: number): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  const found = sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)];
  if (found === undefined) throw new RangeError('nothing was measured');
  return found;
}

/** The middle one; of an even number, the lower. */
export function median(numbers: readonly number[]): number {
  return percentile(numbers, 0.5);
}

/** Runs every contender once per round, forwards and backwards in turn, and answers what each measured. */
export async function interleave<Name extends string, Result>(
  names: readonly Name[],
  { rounds, run }: { rounds: number; run(name: Name, round: number): Promise<Result> },
): Promise<Record<Name, Result[]>> {
  const results = Object.fromEntries(names.map((name) => [name, [] as Result[]])) as Record<Name, Result[]>;
  for (let round = 0; round < rounds; round++) {
    for (const name of round % 2 === 0 ? names : names.toReversed()) {
      results[name].push(await run(name, round));
    }
  }
  return results;
}

/** A row whose ratio is held against a limit. */
export function rowOf(
  row: Omit<Row, 'ratio' | 'verdict' | 'target'>,
  limit?: { ratio: number; ours?: number },
): Row {
  const ratio = row.ours / row.theirs;
  if (!limit) return { ...row, ratio, target: '', verdict: 'told' };
  const fits = ratio <= limit.ratio && (limit.ours === undefined || row.ours <= limit.ours);
  const target = `≤ ${limit.ratio}×${limit.ours === undefined ? '' : ` and ≤ ${limit.ours}`}`;
  return { ...row, ratio, target, verdict: fits ? 'reached' : 'missed' };
}
