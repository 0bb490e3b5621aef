import type { Bench, BenchOptions, Row } from '../measure.ts';
import { interleave, median, percentile, rowOf } from '../measure.ts';
import type { Ground } from '../ground.ts';
import { onGround, startChild } from '../ground.ts';
import type { Design, Load } from './load.ts';
import { schedule, WrittenTooLate } from './load.ts';
import type { WorkerOrder, WorkerSaid } from './worker.ts';

/** As many as the app runs at once, and how many it would take to see what that costs. */
const [USUAL, MANY] = [32, 256];
const WITHIN_MS = 60_000;

interface Scene extends Load {
  words: string;
  /** Jobs at once in each worker, ours and theirs alike. */
  concurrency: number;
  against: Design[];
  /** Ratio to bullmq that p99 must not exceed, and ms it must not exceed. */
  limit: { ratio: number; ours?: number };
}

const SPREAD = { concurrency: USUAL, against: ['bullmq'] as Design[], limit: { ratio: 0.05, ours: 10 } };

const STORM: Scene = {
  words: 'in the same ms',
  concurrency: USUAL,
  ends: 10_000,
  spreadMs: 0,
  workers: 1,
  against: ['bullmq', 'raw'],
  limit: { ratio: 0.1 },
};
const FLOWS: readonly Scene[] = [
  ...[1, 2].map((workers) => ({ ...SPREAD, words: 'over 1 s', ends: 10_000, spreadMs: 1_000, workers })),
  ...[1, 2].map((workers) => ({ ...SPREAD, words: 'at 1,000/s', ends: 10_000, spreadMs: 10_000, workers })),
];

/** Ends that are due in one instant. */
export const lateness: Bench = {
  name: 'lateness',
  about: '10,000 ends in the same ms, against bullmq and a bare ZPOPMIN',
  run: (options) =>
    onGround(async (ground) => [
      ...(await measure(ground, STORM, options)),
      ...(await measure(ground, { ...STORM, concurrency: MANY, against: ['bullmq'] }, options)),
    ]),
};

/** Ends that are due one after the other. */
export const flow: Bench = {
  name: 'flow',
  about: '10,000 ends over 1 s and 1,000 a second, one worker and two, against bullmq',
  run: (options) =>
    onGround(async (ground) => {
      const rows: Row[] = [];
      for (const scene of FLOWS) rows.push(...(await measure(ground, scene, options)));
      return rows;
    }),
};

async function measure(ground: Ground, scene: Scene, { rounds, scale, say }: BenchOptions): Promise<Row[]> {
  const load = {
    ...scene,
    ends: Math.round(scene.ends * scale),
    spreadMs: scene.spreadMs * (scene.spreadMs > 1_000 ? scale : 1),
  };
  const workers = `${scene.workers} worker${scene.workers > 1 ? 's' : ''}, ${scene.concurrency} at once`;
  const measureName = `lateness, ${load.ends.toLocaleString('en')} ends ${scene.words}, ${workers}`;
  const results = await interleave<Design, number[]>(['ours', ...scene.against], {
    rounds,
    run: async (design, round) => {
      const late = await runPatiently(ground, design, load);
      say(
        `${measureName}, round ${round + 1}, ${design}: p50 ${percentile(late, 0.5).toFixed(1)}, p99 ${percentile(late, 0.99).toFixed(1)} ms`,
      );
      return late;
    },
  });
  const figure = (design: Design, share: number): number =>
    median(results[design].map((late) => percentile(late, share)));
  return scene.against.flatMap((design) => [
    rowOf({
      measure: measureName,
      figure: 'p50, ms',
      ours: figure('ours', 0.5),
      yardstick: design,
      theirs: figure(design, 0.5),
    }),
    rowOf(
      {
        measure: measureName,
        figure: 'p99, ms',
        ours: figure('ours', 0.99),
        yardstick: design,
        theirs: figure(design, 0.99),
      },
      design === 'raw' ? { ratio: 10 } : scene.limit,
    ),
  ]);
}

async function runPatiently(ground: Ground, design: Design, load: Scene): Promise<number[]> {
  for (const patience of [1, 2]) {
    try {
      return await runOnce(ground, design, { ...load, patience });
    } catch (error) {
      if (!(error instanceof WrittenTooLate)) throw error;
    }
  }
  return runOnce(ground, design, { ...load, patience: 4 });
}

async function runOnce(
  ground: Ground,
  design: Design,
  load: Scene & { patience: number },
): Promise<number[]> {
  await ground.flush();
  const order: WorkerOrder = { design, address: ground.address, concurrency: load.concurrency };
  const children = Array.from({ length: load.workers }, () =>
    startChild<WorkerSaid>(new URL('./worker.ts', import.meta.url), order),
  );
  try {
    const late: number[] = [];
    const all = new Promise<void>((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`${design}: ${late.length} of ${load.ends} began`)),
        WITHIN_MS,
      );
      for (const child of children) {
        child.on((said) => {
          if ('lateMs' in said) late.push(...said.lateMs);
          if (late.length < load.ends) return;
          clearTimeout(timer);
          resolve();
        });
      }
    });
    await Promise.all(children.map((child) => child.until((said) => 'ready' in said, 20_000)));
    await Promise.all([schedule(ground, design, load), all]);
    return late;
  } finally {
    await Promise.all(children.map((child) => child.stop()));
  }
}
