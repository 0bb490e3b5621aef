import type { House } from './house.ts';
import { contosoPlace, dana, danasChat, frida, kim, leadsPlace, lee, MINUTE, olga, omar } from './house.ts';
import { Misconfigured, StateConflict, Unavailable } from '../../src/access/errors.ts';
import type { AccessRequest } from '../../src/access/access-request.ts';
import type { Grant } from '../../src/access/grant.ts';
import type { Person } from '../../src/access/person.ts';
import { personKey } from '../../src/access/person.ts';
import type { Claim } from '../../src/access/ports.ts';
import type { PlannedFailure } from './fake-azure.ts';

/** Calls of the simulated Azure that can be made to fail. */
export type Call = PlannedFailure['call'];

/** What people and the world can do in one step. Numbers pick from what there is, modulo its length. */
export type Step =
  | { do: 'ask'; who: number; role: number; minutes: number }
  | { do: 'approve' | 'deny'; who: number; which: number; minutes: number | undefined; at: number }
  | { do: 'cancel' | 'finish' | 'revoke'; who: number; which: number }
  | { do: 'extend'; who: number; which: number; minutes: number }
  | { do: 'membership'; who: number; change: 'leave' | 'join' | 'disable' | 'enable' }
  | {
      do: 'policy';
      change: 'original' | 'shorter' | 'noOwners' | 'mixedSides' | 'noRules' | 'shortContinuous';
    }
  | { do: 'clock'; doubt: 'on' | 'off' }
  | { do: 'removeGuests' };

/** A step, time passing, a failure planned, or a step in the middle of a call to Azure. */
export type Command =
  | Step
  | { do: 'pass'; minutes: number }
  | { do: 'work' }
  | {
      do: 'break';
      call: Call;
      times: number;
      after: 'effect' | undefined;
      kind: 'passing' | 'slow' | 'hopeless';
    }
  | { do: 'breakStore'; after: 'effect' | undefined; skip: number }
  | {
      do: 'during';
      call: Call | 'memberOf';
      when: 'before' | 'after';
      lease: 'kept' | 'lost';
      step: Step | { do: 'work' };
    };

/** Everybody there is; dana and kim may ask. */
export const PEOPLE: readonly Person[] = [dana, kim, lee, olga, omar, frida];
const NAMES = ['dana', 'kim', 'lee', 'olga', 'omar', 'frida'];
const PLACES = [contosoPlace, leadsPlace, danasChat];
/** Kinds that people may meet; anything else is a bug. */
const EXPECTED = new Set([
  'Refused',
  'StateConflict',
  'Unavailable',
  'NotFound',
  'InvalidCommand',
  'Misconfigured',
]);

/** A house in which a program runs, step by step; it keeps the story. */
export interface Run {
  house: House;
  story: string[];
  /** Accounts the customer has deleted. */
  deleted: Set<string>;
  perform(command: Command): Promise<void>;
  /** Lets time pass and does every job on the way; a job that throws is tried again a second later. */
  pass(ms: number): Promise<void>;
}

const pick = <T>(list: readonly T[], index: number): T | undefined => list[index % Math.max(1, list.length)];

/** Wraps a house so that programs of commands can be run on it. */
export function createRun(house: House): Run {
  const story: string[] = [];
  const deleted = new Set<string>();
  const policies = { original: house.policy.now };
  let current: Claim | undefined;
  const interrupts: Array<Extract<Command, { do: 'during' }>> = [];
  const brokenCommits: Array<{ after: 'effect' | undefined; skip: number }> = [];

  const commit = house.store.commit;
  house.store.commit = async (each) => {
    const [broken] = brokenCommits;
    if (broken && broken.skip-- <= 0) {
      brokenCommits.shift();
      if (broken.after) await commit(each);
      throw new Unavailable('the store did not answer', 500);
    }
    return commit(each);
  };

  async function work(): Promise<void> {
    const outer = current;
    for (let claim = claimNext(); claim; claim = claimNext()) {
      current = claim;
      try {
        await house.access.runJob(claim);
      } catch (error) {
        const isConflict = error instanceof StateConflict;
        if (!isConflict && !(error instanceof Unavailable)) throw error;
        const job = house.store.jobs.get(claim.jobId);
        if (job?.token === claim.token && !isConflict) job.at = house.clock.at + 1_000;
      }
      const job = house.store.jobs.get(claim.jobId);
      if (job?.token === claim.token) house.store.lapse(claim);
    }
    current = outer;
  }
  const claimNext = (): Claim | undefined => house.store.claimDue(house.clock.at);

  async function pass(ms: number): Promise<void> {
    const until = house.clock.at + ms;
    await work();
    for (;;) {
      const next = Math.min(...[...house.store.jobs.values()].map((job) => job.at));
      if (next > until) break;
      house.clock.at = Math.max(house.clock.at, next);
      await work();
    }
    house.clock.at = until;
  }

  async function interrupt(call: Call | 'memberOf', when: 'before' | 'after'): Promise<void> {
    const index = interrupts.findIndex((each) => each.call === call && each.when === when);
    const [found] = index < 0 ? [] : interrupts.splice(index, 1);
    if (!found) return;
    story.push(
      `  in the middle of ${call}, ${when} its effect${found.lease === 'lost' ? ', the lease is lost' : ''}:`,
    );
    if (found.lease === 'lost' && current) house.store.lapse(current);
    if (found.step.do !== 'work') await perform(found.step);
    await work();
  }

  for (const [room, calls] of [
    [house.azure.directory, ['findProfile', 'memberOf']],
    [house.azure.guests, ['find', 'invite', 'remove']],
    [house.azure.entitlements, ['assign', 'move', 'unassign', 'preflight']],
  ] as const) {
    for (const call of calls) {
      const methods = room as unknown as Record<string, (...asked: unknown[]) => Promise<unknown>>;
      const inner = methods[call];
      if (!inner) throw new Error(`no ${call}`);
      methods[call] = async (...asked) => {
        await interrupt(call, 'before');
        const result = await inner(...asked);
        await interrupt(call, 'after');
        return result;
      };
    }
  }

  async function perform(command: Command): Promise<void> {
    try {
      story.push(tell(house, command));
      await act(command);
    } catch (error) {
      if (!(error instanceof Error) || !EXPECTED.has(error.name)) throw error;
      story.push(`  → ${error.name}${'code' in error ? ` ${String(error.code)}` : ''}: ${error.message}`);
    }
  }

  async function act(command: Command): Promise<void> {
    switch (command.do) {
      case 'pass':
        return pass(command.minutes * MINUTE);
      case 'work':
        return work();
      case 'break': {
        const error = {
          passing: new Unavailable('not now', 100),
          slow: new Unavailable('much later', 300_000),
          hopeless: new Misconfigured('not allowed', 'allow it'),
        }[command.kind];
        const { call, times, after } = command;
        return house.azure.fail({ call, times, error, ...(after && { after }) });
      }
      case 'breakStore':
        brokenCommits.push({ after: command.after, skip: command.skip });
        return;
      case 'during':
        interrupts.push(command);
        return;
      case 'removeGuests':
        for (const id of house.azure.accounts.values()) deleted.add(id);
        house.azure.accounts.clear();
        return;
      default:
        return actAsPerson(house, policies.original, command);
    }
  }

  return { house, story, deleted, perform, pass };
}

async function actAsPerson(
  house: House,
  original: House['policy']['now'],
  step: Exclude<Step, { do: 'removeGuests' }>,
): Promise<void> {
  const { access } = house;
  const requests = [...house.store.requests.values()];
  const grants = [...house.store.grants.values()];
  const person = 'who' in step ? (pick(PEOPLE, step.who) ?? dana) : dana;
  switch (step.do) {
    case 'ask': {
      const roleName = pick(['contributor', 'reader'], step.role) ?? 'reader';
      await house.ask({ requester: person, roleName, durationMs: step.minutes * MINUTE });
      return;
    }
    case 'approve':
    case 'deny': {
      const request = pickLast(requests, step.which);
      if (!request) return;
      const at = pick(PLACES, step.at) ?? contosoPlace;
      const durationMs = step.minutes === undefined ? {} : { durationMs: step.minutes * MINUTE };
      await access.decide({ requestId: request.id, version: 1, person, verdict: step.do, at, ...durationMs });
      return;
    }
    case 'cancel': {
      const request = pickLast(requests, step.which);
      if (request) await access.cancel({ requestId: request.id, person });
      return;
    }
    case 'finish':
    case 'revoke': {
      const grant = pickLast(grants, step.which);
      if (grant) await access[step.do]({ grantId: grant.id, person });
      return;
    }
    case 'extend': {
      const grant = pickLast(grants, step.which);
      if (!grant) return;
      await access.extend({
        grantId: grant.id,
        person,
        durationMs: step.minutes * MINUTE,
        replyTo: danasChat,
      });
      return;
    }
    case 'clock':
      house.clock.doubt = step.doubt === 'on';
      return;
    case 'membership':
      return changePerson(house, person, step.change);
    case 'policy':
      house.policy.now = changedPolicy(original, step.change);
      return;
  }
}

/** The newest first: programs mostly go on with what they began last. */
function pickLast<T>(list: readonly T[], index: number): T | undefined {
  return pick(list.toReversed(), index);
}

function changePerson(
  { azure, policy }: House,
  person: Person,
  change: Extract<Step, { do: 'membership' }>['change'],
): void {
  const key = personKey(person);
  const profile = azure.profiles.get(key);
  if (profile && (change === 'disable' || change === 'enable')) {
    azure.profiles.set(key, { ...profile, accountEnabled: change === 'enable' });
    return;
  }
  for (const members of azure.groups.values()) if (change === 'leave') members.delete(key);
  const leads = policy.now.groups.get('leads');
  if (!leads) return;
  const others = leads.people.filter((each) => personKey(each) !== key);
  const people = change === 'join' && person.tenantId === dana.tenantId ? [...others, person] : others;
  policy.now = { ...policy.now, groups: new Map(policy.now.groups).set('leads', { ...leads, people }) };
}

function changedPolicy(
  original: House['policy']['now'],
  change: Extract<Step, { do: 'policy' }>['change'],
): House['policy']['now'] {
  const { limits } = original;
  const contoso = original.customers.get('contoso');
  if (!contoso) throw new Error('no contoso');
  switch (change) {
    case 'original':
      return original;
    case 'shorter':
      return { ...original, limits: { ...limits, maxMs: 30 * MINUTE } };
    case 'shortContinuous':
      return { ...original, limits: { ...limits, continuousMs: 45 * MINUTE } };
    case 'noRules':
      return { ...original, rules: [] };
    case 'mixedSides': {
      const owners = { ...contoso.owners, people: [...contoso.owners.people, lee, kim] };
      const leads = { name: 'leads', people: [...(original.groups.get('leads')?.people ?? []), olga] };
      return {
        ...original,
        groups: new Map(original.groups).set('leads', leads),
        customers: new Map(original.customers).set('contoso', { ...contoso, owners }),
      };
    }
    case 'noOwners': {
      const bare = { ...contoso, owners: { name: 'owners', people: [omar] } };
      return { ...original, customers: new Map(original.customers).set('contoso', bare) };
    }
  }
}

/** One line of the story. */
function tell(house: House, command: Command): string {
  const minute = Math.round((house.clock.at - Date.UTC(2026, 10, 20, 9)) / MINUTE);
  const { do: verb, ...rest } = command;
  const who = 'who' in command ? `${NAMES[command.who % NAMES.length]} ` : '';
  return `+${minute}m ${who}${verb} ${JSON.stringify(rest)}`;
}

/** What the records and Azure look like, for a story that went wrong. */
export function describeEnd({ store, azure }: House): string {
  const requestOf = ({ id, state, stage, decisions }: AccessRequest): string =>
    `${id} ${state} stage ${stage}, decided by ${decisions.map((each) => each.name).join(', ')}`;
  const grantOf = ({ id, state, assignment, endAt, endCause }: Grant): string =>
    `${id} ${state} ${endCause ?? ''} ${assignment?.status ?? 'nothing'} until ${new Date(endAt).toISOString()}`;
  return [
    ...[...store.requests.values()].map(requestOf),
    ...[...store.grants.values()].map(grantOf),
    ...[...store.stays.values()].map((stay) => `stay ${stay.status} held by ${stay.heldBy.join(', ')}`),
    `accounts ${[...azure.accounts.values()].join(', ')}`,
    `assignments ${[...azure.assignments.keys()].join(', ')}`,
  ].join('\n');
}
