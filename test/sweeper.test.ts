import { setTimeout as delay } from 'node:timers/promises';
import type { SweepReport } from '../src/access/sweep-customer.ts';
import { startSweeper, SWEEP_EVERY_MS } from '../src/sweeper.ts';

const START = Date.UTC(2026, 10, 20, 9);

/** Sweepers over one shared memory of who came first, with a clock that only moves when told. */
function createGround() {
  const clock = { at: START };
  const seen = new Set<string>();
  const swept: string[] = [];
  const warnings: string[] = [];
  const stops: Array<(deadlineMs: number) => Promise<void>> = [];
  const ground = {
    clock,
    swept,
    warnings,
    most: 0,
    now: 0,
    act: async (_slug: string): Promise<void> => undefined,
    start: (slugs: readonly string[]) => {
      const sweeper = startSweeper({
        sweep: async (customerSlug) => {
          swept.push(customerSlug);
          ground.now += 1;
          ground.most = Math.max(ground.most, ground.now);
          try {
            await ground.act(customerSlug);
            await delay(1);
          } finally {
            ground.now -= 1;
          }
          return emptyReport(customerSlug);
        },
        policySource: { current: () => ({ customers: new Map(slugs.map((slug) => [slug, {}])) }) },
        firstTime: async (key) => seen.size < seen.add(key).size,
        clock: { now: () => clock.at },
        log: { info() {}, warn: (event) => void warnings.push(event), error() {} },
      });
      stops.push(sweeper.stop);
      return sweeper;
    },
    stop: () => Promise.all(stops.map((stop) => stop(1000))),
  };
  return ground;
}

function emptyReport(customerSlug: string): SweepReport {
  return {
    customerSlug,
    compared: 1,
    failed: 0,
    adopted: [],
    removedOutside: [],
    takenBack: [],
    unexplained: [],
  };
}

async function until(what: string, holds: () => boolean): Promise<void> {
  const deadline = Date.now() + 5000;
  while (!holds()) {
    if (Date.now() > deadline) throw new Error(`never came: ${what}`);
    await delay(10);
  }
}

let ground: ReturnType<typeof createGround>;
beforeEach(() => {
  ground = createGround();
});
afterEach(() => ground.stop());

describe('startSweeper', () => {
  it('compares every customer at once, two at a time, and again in the next window', async () => {
    const slugs = ['contoso', 'fabrikam', 'tailspin', 'wingtip'];
    ground.start(slugs);
    await until('the first round', () => ground.swept.length === 4);
    expect(ground.most).toBe(2);
    ground.clock.at += SWEEP_EVERY_MS;
    await until('the second round', () => ground.swept.length === 8);
    expect(ground.swept.slice(4).toSorted()).toEqual(slugs);
  });

  it('leaves a customer to one replica', async () => {
    ground.start(['contoso', 'fabrikam']);
    ground.start(['contoso', 'fabrikam']);
    await until('both customers', () => ground.swept.length >= 2);
    ground.clock.at += SWEEP_EVERY_MS;
    await until('both customers again', () => ground.swept.length >= 4);
    await ground.stop();
    expect(ground.swept).toHaveLength(4);
  });

  it('warns of what fails and tries again in the next window', async () => {
    ground.act = async () => {
      throw new Error('Azure is away');
    };
    ground.start(['contoso']);
    await until('a warning', () => ground.warnings.length === 1);
    expect(ground.warnings).toEqual(['sweep.failed']);
    ground.act = async () => undefined;
    ground.clock.at += SWEEP_EVERY_MS;
    await until('the next try', () => ground.swept.length === 2);
    expect(ground.warnings).toHaveLength(1);
  });

  it('waits at its stop for what is under way, no longer than it may, and begins nothing new', async () => {
    let finish = (): void => undefined;
    ground.act = () => new Promise((resolve) => void (finish = resolve));
    const sweeper = ground.start(['contoso']);
    await until('a sweep under way', () => ground.swept.length === 1);
    await sweeper.stop(20);
    expect(ground.now).toBe(1);
    finish();
    await sweeper.stop(1000);
    expect(ground.now).toBe(0);
    ground.clock.at += SWEEP_EVERY_MS;
    await delay(0);
    expect(ground.swept).toHaveLength(1);
  });
});
