import fc from 'fast-check';
import type { AccessRequest } from '../../src/access/access-request.ts';
import type { Decision } from '../../src/access/decision.ts';
import type { Grant } from '../../src/access/grant.ts';
import type { Person } from '../../src/access/person.ts';
import { personKey } from '../../src/access/person.ts';
import type { Policy, Stage } from '../../src/access/policy.ts';
import { createHouse, customerStage, PARTNER, partnerStage } from '../support/house.ts';
import type { House } from '../support/house.ts';
import type { Command } from '../support/program.ts';
import { createRun, describeEnd } from '../support/program.ts';
import { decisions } from '../support/programs.ts';

const two = (stage: Stage): Stage => ({ ...stage, count: 2 });
/** Every way of asking one side or both, one or two people each, also one side twice. */
const WAYS: ReadonlyArray<readonly Stage[]> = [
  [customerStage],
  [two(customerStage)],
  [two(partnerStage)],
  [partnerStage, customerStage],
  [customerStage, two(partnerStage)],
  [partnerStage, two(customerStage), partnerStage],
];

const keysOf = (people: readonly Person[]): string[] => people.map(personKey);

/** Whether somebody may decide for a side, worked out from policy and directory alone. */
function hasRight({ policy, azure }: House, person: Person, stage: AccessRequest['stages'][number]): boolean {
  const { customers, groups }: Policy = policy.now;
  const isActive = azure.profiles.get(personKey(person))?.accountEnabled === true;
  const people =
    stage.side === 'customer' ? customers.get('contoso')?.owners.people : groups.get('leads')?.people;
  const isOfSide = (person.tenantId === PARTNER) === (stage.side === 'partner');
  return isActive && isOfSide && keysOf(people ?? []).includes(personKey(person));
}

/** Enough different people of the right side, each of them able to say so now, and never the requester. */
function checkQuorum(house: House, request: AccessRequest): void {
  const approvals = request.decisions.filter(({ verdict }) => verdict === 'approve');
  const deciders = keysOf(approvals.map(({ person }) => person));
  expect(deciders).not.toContain(personKey(request.requester));
  expect(new Set(deciders).size).toBe(deciders.length);
  request.stages.forEach((stage, index) => {
    const given = approvals.filter((decision: Decision) => decision.stage === index);
    expect(given.length).toBeGreaterThanOrEqual(stage.count);
    for (const decision of given) {
      expect(decision).toMatchObject({ side: stage.side, digest: request.digest, version: request.version });
      expect([decision.name, hasRight(house, decision.person, stage)]).toEqual([decision.name, true]);
    }
  });
}

const allowedMs = ({ decisions: given, durationMs }: AccessRequest): number =>
  Math.min(durationMs, ...given.map((decision) => decision.durationMs));

/** Watches what is written, and checks approvals in the very moment they are stored. */
function watch(house: House): void {
  const { store, azure } = house;
  const { commit } = store;
  store.commit = async (each) => {
    const { request, grant } = each;
    const before = grant && store.grants.get(grant.id);
    if (request?.state === 'approved') {
      expect(grant).toBeDefined();
      checkQuorum(house, request);
    }
    if (grant && grant.endAt !== before?.endAt) checkEnd(grant, { before, request });
    await commit(each);
  };
  const { assign } = azure.entitlements;
  azure.entitlements.assign = async (ask) => {
    const request = store.requests.get(ask.grantId);
    expect(request?.state).toBe('approved');
    expect(store.grants.get(ask.grantId)?.digest).toBe(request?.digest);
    return assign(ask);
  };
}

/** No end is ever set without an approval that allows it. */
function checkEnd(
  grant: Grant,
  { before, request }: { before: Grant | undefined; request: AccessRequest | undefined },
): void {
  if (!request) throw new Error(`${grant.id} got another end without an approval`);
  expect(request.state).toBe('approved');
  expect(request.extendsGrantId ?? request.id).toBe(grant.id);
  expect(personKey(request.requester)).toBe(personKey(grant.person));
  expect(grant.endAt - (before?.endAt ?? grant.startAt)).toBeLessThanOrEqual(allowedMs(request));
}

let granted = 0;

async function live(stages: readonly Stage[], program: readonly Command[]): Promise<void> {
  const house = createHouse(stages);
  watch(house);
  const run = createRun(house);
  try {
    for (const command of program) await run.perform(command);
    granted += house.store.grants.size;
  } catch (error) {
    const words = error instanceof Error ? error.message : String(error);
    throw new Error(`${run.story.join('\n')}\n${describeEnd(house)}\n${words}`, { cause: error });
  }
}

describe('four eyes', () => {
  it('gives nothing and no more time without enough different people who may say so, never the requester', async () => {
    granted = 0;
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...WAYS), decisions(), (stages, program) => live(stages, program)),
      { numRuns: 3_000, interruptAfterTimeLimit: 12_000 },
    );
    expect(granted).toBeGreaterThan(100);
  }, 30_000);
});
