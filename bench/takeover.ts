import type { Bench } from './measure.ts';
import { median, rowOf } from './measure.ts';
import { onGround, startChild } from './ground.ts';
import { LEASE_MS } from '../src/redis/worker.ts';
import type { WorkerOrder, WorkerSaid } from './lateness/worker.ts';
import { grantId, laneKey, sampleGrant } from './payload.ts';

const WITHIN_MS = 20_000;

/** A worker is killed in the middle of its job. */
export const takeover: Bench = {
  name: 'takeover',
  about: 'a worker is killed with SIGKILL in the middle of a job: when another one begins it',
  run: ({ rounds, say }) =>
    onGround(async (ground) => {
      const tookMs: number[] = [];
      const order: WorkerOrder = { design: 'ours', address: ground.address, concurrency: 32, hangs: true };
      const start = () => startChild<WorkerSaid>(new URL('./lateness/worker.ts', import.meta.url), order);
      for (let round = 0; round < rounds; round++) {
        await ground.flush();
        const [first, second] = [start(), start()];
        try {
          const begun = (child: typeof first) => child.until((said) => 'begunAt' in said, WITHIN_MS);
          const firstBegun = begun(first).then(() => first);
          const secondBegun = begun(second).then(() => second);
          // The one that is killed never tells of a second beginning.
          for (const each of [firstBegun, secondBegun]) each.catch(() => undefined);
          await Promise.all(
            [first, second].map((child) => child.until((said) => 'ready' in said, WITHIN_MS)),
          );
          const grant = sampleGrant(round, { endAt: Date.now() });
          const job = {
            jobId: `grant:${grantId(round)}`,
            at: grant.endAt,
            lane: { class: 'take' as const, key: laneKey(round) },
          };
          await ground.store.commit({ grant, jobs: [job], entries: [] });
          const victim = await Promise.race([firstBegun, secondBegun]);
          const killedAt = performance.now();
          await Promise.all([victim.stop('SIGKILL'), victim === first ? secondBegun : firstBegun]);
          tookMs.push(performance.now() - killedAt);
          say(`takeover, round ${round + 1}: ${tookMs.at(-1)?.toFixed(0)} ms`);
        } finally {
          await Promise.all([first.stop('SIGKILL'), second.stop('SIGKILL')]);
        }
      }
      return [
        rowOf(
          {
            measure: 'worker killed, its job begins elsewhere',
            figure: 'ms',
            ours: median(tookMs),
            yardstick: 'the lease',
            theirs: LEASE_MS,
          },
          { ratio: 1.1 },
        ),
      ];
    }),
};
