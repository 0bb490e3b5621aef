import type { Clock, Log } from './access/ports.ts';
import type { Sweep } from './access/sweep-customer.ts';

/** What {@link startSweeper} needs. */
export interface SweeperDeps {
  sweep: Sweep;
  /** Its customers are swept, as it has them now. */
  policySource: { current(): { customers: ReadonlyMap<string, unknown> } };
  /** True for one replica per key and while. */
  firstTime(key: string, ttlMs: number): Promise<boolean>;
  clock: Pick<Clock, 'now'>;
  log: Log;
}

/** Each customer is compared once in every window of this length, so that a difference is seen within five minutes. */
export const SWEEP_EVERY_MS = 4.5 * 60_000;
const LOOK_MS = 500;
/** Reads only, and few at a time: nothing that takes access away waits for them. */
const PARALLEL = 2;

/**
 * Compares every customer's grants with Azure: at once, and then in every window, each customer at an instant of its
 * own. Of several replicas one does it. What fails is tried again in the next window.
 */
export function startSweeper(deps: SweeperDeps): { stop(deadlineMs: number): Promise<void> } {
  const done = new Map<string, number>();
  const running = new Map<string, Promise<void>>();
  const look = (): void => {
    const now = deps.clock.now();
    for (const slug of deps.policySource.current().customers.keys()) {
      if (running.size >= PARALLEL) return;
      const window = Math.floor((now + phaseOf(slug)) / SWEEP_EVERY_MS);
      if (done.get(slug) === window || running.has(slug)) continue;
      done.set(slug, window);
      running.set(
        slug,
        sweepOnce(deps, slug, window).finally(() => running.delete(slug)),
      );
    }
  };
  look();
  const timer = setInterval(look, LOOK_MS);
  return {
    stop: async (deadlineMs) => {
      clearInterval(timer);
      let late: NodeJS.Timeout | undefined;
      const deadline = new Promise<void>((resolve) => void (late = setTimeout(resolve, deadlineMs)));
      await Promise.race([Promise.all(running.values()), deadline]);
      clearTimeout(late);
    },
  };
}

async function sweepOnce(deps: SweeperDeps, slug: string, window: number): Promise<void> {
  const { firstTime, sweep, log } = deps;
  try {
    if (!(await firstTime(`sweep|${slug}|${window}`, 2 * SWEEP_EVERY_MS))) return;
    const { adopted, removedOutside, takenBack, unexplained, ...counts } = await sweep(slug);
    const found = { adopted, removedOutside, takenBack, unexplained };
    const isNews = Object.values(found).some((ids) => ids.length > 0);
    if (isNews) log.info('sweep.done', { ...counts, ...found });
  } catch (error) {
    log.warn('sweep.failed', { customerSlug: slug, error: String(error) });
  }
}

/** Spreads customers over the window, the same way in every replica. Ms. */
function phaseOf(slug: string): number {
  let value = 0;
  for (const char of slug) value = (value * 31 + (char.codePointAt(0) ?? 0)) % SWEEP_EVERY_MS;
  return value;
}
