import { Queue } from 'bullmq';
import type { Ground } from './ground.ts';
import { inBulk, onGround } from './ground.ts';
import type { Bench, BenchOptions, Row } from './measure.ts';
import { interleave, median, percentile, rowOf } from './measure.ts';
import { grantId, laneKey, sampleGrant } from './payload.ts';

/** This many open grants each customer has, whatever the total: one page of a list. */
const PAGE = 50;
const DAY_MS = 24 * 3_600_000;
const READS = 300;

type Keeper = 'ours' | 'bullmq';

/** What an open grant costs in Redis, and what reading a page of them takes. */
export const memory: Bench = {
  name: 'memory',
  about: 'bytes per open grant and time to list a page of 50, at 10,000 and 100,000 open',
  run: (options) =>
    onGround(async (ground) => {
      const rows: Row[] = [];
      for (const total of [10_000, 100_000]) {
        rows.push(...(await measure(ground, Math.round(total * options.scale), options)));
      }
      return rows;
    }),
};

async function measure(ground: Ground, total: number, { rounds, say }: BenchOptions): Promise<Row[]> {
  const measureName = `${total.toLocaleString('en')} open grants`;
  const rows: Row[] = [];
  // What is stored takes the same room each time: one round is enough.
  const bytes = await interleave<Keeper, number>(['bullmq', 'ours'], {
    rounds: 1,
    run: async (keeper) => {
      const perGrant = await bytesPerGrant(ground, keeper, total);
      say(`${measureName}, ${keeper}: ${perGrant.toFixed(0)} bytes each`);
      return perGrant;
    },
  });
  rows.push(
    rowOf(
      {
        measure: measureName,
        figure: 'memory, bytes each',
        ours: median(bytes.ours),
        yardstick: 'bullmq job',
        theirs: median(bytes.bullmq),
      },
      { ratio: 0.4, ours: 550 },
    ),
  );
  rows.push(...(await measureLists(ground, measureName, rounds)));
  return rows;
}

async function measureLists(ground: Ground, measureName: string, rounds: number): Promise<Row[]> {
  const { person } = sampleGrant(7, { endAt: DAY_MS });
  const reads = {
    get: () => ground.store.findGrant(grantId(7)),
    who: () => ground.store.openGrantsOfCustomer('customer-7'),
    mine: () => ground.store.openGrantsOfPerson(person),
  };
  // One read of each in turn: what else the machine does meets all three alike.
  const times = await interleave(['get', 'who', 'mine'] as const, {
    rounds: rounds * READS,
    run: async (name) => {
      const startedAt = performance.now();
      await reads[name]();
      return performance.now() - startedAt;
    },
  });
  const lists = [
    { list: times.who, words: `list of a customer's ${(await reads.who()).length}` },
    { list: times.mine, words: `list of a person's ${(await reads.mine()).length}` },
  ];
  return lists.flatMap(({ list, words }) =>
    [0.5, 0.99].map((share) => {
      const [ours, theirs] = [percentile(list, share), percentile(times.get, share)];
      const measure = `${words}, ${measureName}`;
      const row = { measure, figure: `p${share * 100}, ms`, ours, yardstick: 'one GET', theirs };
      return share === 0.99 ? rowOf(row, { ratio: 10 }) : rowOf(row);
    }),
  );
}

async function bytesPerGrant(ground: Ground, keeper: Keeper, total: number): Promise<number> {
  await ground.flush();
  const before = await usedMemory(ground);
  await FILLERS[keeper](ground, total);
  return ((await usedMemory(ground)) - before) / total;
}

async function usedMemory({ client }: Ground): Promise<number> {
  const found = /^used_memory:(\d+)/m.exec(await client.info('memory'))?.[1];
  if (found === undefined) throw new Error('the server does not tell its memory');
  return Number(found);
}

const FILLERS: Record<Keeper, (ground: Ground, total: number) => Promise<void>> = {
  ours: async (ground, total) => {
    const customers = Math.max(1, Math.round(total / PAGE));
    await inBulk(total, (index) => {
      const grant = sampleGrant(index, { endAt: Date.now() + DAY_MS, customers });
      const lane = { class: 'take' as const, key: laneKey(index) };
      const job = { jobId: `grant:${grant.id}`, at: grant.endAt, lane };
      return ground.store.commit({ grant, jobs: [job], entries: [] });
    });
    await forgetNonces(ground);
  },
  bullmq: async ({ address }, total) => {
    const queue = new Queue('ends', { connection: address });
    try {
      for (let from = 0; from < total; from += 1_000) {
        const numbers = Array.from({ length: Math.min(1_000, total - from) }, (_, index) => from + index);
        await queue.addBulk(
          numbers.map((index) => ({
            name: 'end',
            data: sampleGrant(index, { endAt: Date.now() + DAY_MS }),
            opts: { jobId: grantId(index), delay: DAY_MS, removeOnComplete: true },
          })),
        );
      }
    } finally {
      await queue.close();
    }
  },
};

/** Every commit is remembered for a minute; that is no part of what a grant costs while it is open. */
async function forgetNonces({ client, keys }: Ground): Promise<void> {
  let cursor = '0';
  do {
    const [next, found] = await client.scan(cursor, 'MATCH', `${keys.base(0)}:committed:*`, 'COUNT', 5_000);
    if (found.length > 0) await client.del(...found);
    cursor = next;
  } while (cursor !== '0');
}
