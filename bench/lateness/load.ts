import { Queue } from 'bullmq';
import type { Ground } from '../ground.ts';
import { inBulk } from '../ground.ts';
import { grantId, laneKey, sampleGrant } from '../payload.ts';

/** Who does the work: we, the usual library, or nothing but the pop. */
export type Design = 'ours' | 'bullmq' | 'raw';

/** When ends are due. */
export interface Load {
  ends: number;
  /** They are spread evenly over so long; 0: all in the same ms. */
  spreadMs: number;
  workers: number;
}

export const QUEUE = 'ends';
export const RAW_KEY = 'raw:due';

const LEAD_MS = 2_500;
const LEAD_PER_END_MS = 0.25;

/** The ends were not all written before the first was due: such a run is worth nothing. */
export class WrittenTooLate extends Error {}

/**
 * Writes all ends down before the first is due.
 * @param patience 1, or more on a machine that has much else to do
 * @throws {WrittenTooLate} when the machine was too slow for that
 */
export async function schedule(
  ground: Ground,
  design: Design,
  { ends, spreadMs, patience }: Load & { patience: number },
): Promise<void> {
  const firstAt = Date.now() + patience * (LEAD_MS + ends * LEAD_PER_END_MS);
  const endAt = (index: number): number => Math.round(firstAt + (index * spreadMs) / ends);
  await WRITERS[design](ground, { count: ends, endAt });
  if (Date.now() > firstAt - 500) throw new WrittenTooLate(`${design}: written too late`);
}

type Writer = (ground: Ground, ends: { count: number; endAt(index: number): number }) => Promise<void>;

const WRITERS: Record<Design, Writer> = {
  ours: (ground, { count, endAt }) =>
    inBulk(count, (index) =>
      ground.store.commit({
        grant: sampleGrant(index, { endAt: endAt(index) }),
        jobs: [
          {
            jobId: `grant:${grantId(index)}`,
            at: endAt(index),
            lane: { class: 'take', key: laneKey(index) },
          },
        ],
        entries: [],
      }),
    ),
  bullmq: async ({ address }, { count, endAt }) => {
    const queue = new Queue(QUEUE, { connection: address });
    try {
      for (let from = 0; from < count; from += 1_000) {
        const numbers = Array.from({ length: Math.min(1_000, count - from) }, (_, index) => from + index);
        await queue.addBulk(
          numbers.map((index) => ({
            name: 'end',
            data: sampleGrant(index, { endAt: endAt(index) }),
            opts: {
              jobId: grantId(index),
              delay: endAt(index) - Date.now(),
              removeOnComplete: true,
              attempts: 10,
            },
          })),
        );
      }
    } finally {
      await queue.close();
    }
  },
  raw: ({ client }, { count, endAt }) =>
    inBulk(count, (index) => client.zadd(RAW_KEY, endAt(index), grantId(index))),
};
