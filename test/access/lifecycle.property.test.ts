import fc from 'fast-check';
import type { Grant } from '../../src/access/grant.ts';
import type { AccessRequest } from '../../src/access/access-request.ts';
import type { Stage } from '../../src/access/policy.ts';
import { createHouse, CONTOSO, customerStage, HOUR, partnerStage } from '../support/house.ts';
import type { House } from '../support/house.ts';
import type { Command, Run } from '../support/program.ts';
import { createRun, describeEnd } from '../support/program.ts';
import { programs } from '../support/programs.ts';

/** How long after its end an object may be left before somebody has been told. */
const TOLD_WITHIN_MS = 60_000;
const KIMS_GUEST = 'foreign-guest';
const FOREIGN = 'foreign-assignment';
const WAYS = [
  [customerStage],
  [partnerStage, customerStage],
  [{ ...customerStage, count: 2 }],
] satisfies Stage[][];

interface Seen {
  closed: Map<string, string>;
  ended: Set<string>;
  ends: Map<string, number>;
}

/** What was there before us: a guest, and a role that somebody else gave it. */
function addForeign({ azure }: House): void {
  azure.accounts.set(`${CONTOSO}|kim.lead@northwind.example`, KIMS_GUEST);
  azure.assignments.set(FOREIGN, { key: 'something else', principalId: KIMS_GUEST });
}

const ours = ({ azure }: House): string[] => [...azure.assignments.keys()].filter((id) => id !== FOREIGN);

/** Final is final, one set of objects per request, no longer than allowed, nothing late that nobody was told of. */
function check({ house, deleted }: Run, seen: Seen): void {
  const { store, azure, clock, policy } = house;
  for (const request of store.requests.values()) checkFinal(request, seen);
  for (const grant of store.grants.values()) {
    const mine = ours(house).filter((id) => id.startsWith(`${grant.id}|`));
    expect(mine.length).toBeLessThanOrEqual(1);
    if (seen.ended.has(grant.id) || grant.state === 'ended') {
      seen.ended.add(grant.id);
      expect({ id: grant.id, state: grant.state, left: mine }).toEqual({
        id: grant.id,
        state: 'ended',
        left: [],
      });
    }
    checkEnd(grant, { seen, policy: policy.now, store });
    const isLate = mine.length > 0 && clock.at > grant.endAt + TOLD_WITHIN_MS;
    if (isLate) expect(grant.state).toBe('stuck');
    const principal = grant.state === 'active' ? grant.assignment?.principalId : undefined;
    if (principal !== undefined && !deleted.has(principal)) {
      expect([...azure.accounts.values()]).toContain(principal);
    }
    if (grant.state === 'stuck') {
      expect([...store.mail.values()].some((item) => item.id.startsWith(`stuck|${grant.id}`))).toBe(true);
    }
  }
  expect(azure.assignments.has(FOREIGN)).toBe(true);
}

function checkFinal({ id, state }: AccessRequest, { closed }: Seen): void {
  const before = closed.get(id);
  if (before !== undefined) expect([id, state]).toEqual([id, before]);
  if (state !== 'pending') closed.set(id, state);
}

/** When an end is set or moved, it is within the caps of the policy at that moment. */
function checkEnd(
  grant: Grant,
  { seen, policy, store }: { seen: Seen; policy: House['policy']['now']; store: House['store'] },
): void {
  const before = seen.ends.get(grant.id);
  if (before === grant.endAt) return;
  seen.ends.set(grant.id, grant.endAt);
  const asked = store.requests.get(grant.id)?.durationMs ?? 0;
  if (before === undefined) {
    const cap = Math.min(policy.limits.maxMs, 4 * HOUR, asked);
    expect(grant.endAt - grant.startAt).toBeLessThanOrEqual(cap);
    return;
  }
  expect(grant.endAt).toBeGreaterThan(before);
  expect(grant.endAt - grant.startAt).toBeLessThanOrEqual(policy.limits.continuousMs);
}

/** Time passes; nothing of ours is left, and what was not ours still is there. */
async function checkNothingLeft(run: Run): Promise<void> {
  const { house } = run;
  await run.pass(72 * HOUR);
  expect(ours(house)).toEqual([]);
  expect([...house.azure.accounts.values()]).toEqual(run.deleted.has(KIMS_GUEST) ? [] : [KIMS_GUEST]);
  expect([...house.store.grants.values()].filter(({ state }) => state !== 'ended')).toEqual([]);
  expect([...house.store.requests.values()].filter(({ state }) => state === 'pending')).toEqual([]);
  expect([...house.store.jobs.keys()]).toEqual([]);
  expect([...house.store.stays.values()].filter(({ status }) => status !== 'gone')).toEqual([]);
}

async function live(stages: readonly Stage[], program: readonly Command[]): Promise<void> {
  const house = createHouse(stages);
  addForeign(house);
  const run = createRun(house);
  const seen: Seen = { closed: new Map(), ended: new Set(), ends: new Map() };
  try {
    for (const command of program) {
      await run.perform(command);
      check(run, seen);
    }
    await checkNothingLeft(run);
    check(run, seen);
  } catch (error) {
    const words = error instanceof Error ? error.message : String(error);
    throw new Error(`${run.story.join('\n')}\n${describeEnd(house)}\n${words}`, { cause: error });
  }
}

describe('the life of access', () => {
  it('ends on time, stays ended and leaves nothing behind, whatever happens in whatever order', async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...WAYS), programs(), (stages, program) => live(stages, program)),
      { numRuns: 3_000, interruptAfterTimeLimit: 12_000 },
    );
  }, 30_000);
});
