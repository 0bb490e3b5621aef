import { Misconfigured, StateConflict, Unavailable } from '../../src/access/errors.ts';
import { personKey } from '../../src/access/person.ts';
import {
  AGENTS,
  contosoPlace,
  createHouse,
  customerStage,
  dana,
  danasChat,
  HOUR,
  housePolicy,
  kim,
  leadsPlace,
  lee,
  MINUTE,
  olga,
  operatorsPlace,
  partnerStage,
} from '../support/house.ts';
import type { House } from '../support/house.ts';

const DAY = 24 * HOUR;

const approve = (house: House, requestId: string, changes: object = {}) =>
  house.access.decide({
    requestId,
    version: 1,
    person: olga,
    verdict: 'approve',
    at: contosoPlace,
    ...changes,
  });

async function approved(house: House, changes: object = {}): Promise<string> {
  const request = await house.ask();
  await approve(house, request.id, changes);
  return request.id;
}

async function running(house: House): Promise<string> {
  const id = await approved(house);
  await house.settle();
  return id;
}

const grantOf = (house: House, id: string) => house.store.grants.get(id);

/** When the operators were told, in order. */
function shouts(house: House): number[] {
  const times: number[] = [];
  const { commit } = house.store;
  house.store.commit = async (each) => {
    await commit(each);
    const [told] = each.mail?.filter(({ notice }) => notice === 'stuck') ?? [];
    if (told) {
      expect(told.place).toEqual(operatorsPlace);
      times.push(told.at);
    }
  };
  return times;
}

describe('runJob, when access cannot be taken away', () => {
  it('tells the operators within a minute, however long Azure asks us to wait', async () => {
    const house = createHouse();
    const times = shouts(house);
    const id = await running(house);
    const { endAt } = grantOf(house, id)!;
    house.azure.fail({ call: 'unassign', error: new Unavailable('Throttled.', 15 * MINUTE), times: 2 });
    await house.pass(2 * HOUR + MINUTE);
    expect(grantOf(house, id)?.state).toBe('stuck');
    expect(times).toEqual([endAt]);
  });

  it('says nothing about what a few tries mend', async () => {
    const house = createHouse();
    const times = shouts(house);
    const id = await running(house);
    house.azure.fail({ call: 'unassign', error: new Unavailable('Busy.', 100), times: 5 });
    await house.pass(2 * HOUR + MINUTE);
    expect(grantOf(house, id)?.state).toBe('ended');
    expect(times).toEqual([]);
  });

  it('tells the operators again each day, and stops when it is gone', async () => {
    const house = createHouse();
    const times = shouts(house);
    const id = await running(house);
    const { endAt } = grantOf(house, id)!;
    house.azure.fail({ call: 'unassign', error: new Misconfigured('A lock.', 'Remove it.'), times: 3_000 });
    await house.pass(5 * DAY);
    expect(times.map((at) => Math.round((at - endAt) / DAY))).toEqual([0, 1, 2]);
    expect(grantOf(house, id)).toMatchObject({ state: 'ended', stuckAt: endAt });
  });
});

describe('runJob, when a guest may have been invited', () => {
  it('waits for a guest that shows up late before it says that nothing is left', async () => {
    const house = createHouse();
    const { guests, accounts } = house.azure;
    house.azure.fail({ call: 'invite', error: new Unavailable('reset', 100), after: 'effect', times: 1 });
    house.azure.fail({ call: 'invite', error: new Unavailable('reset', 100), times: 99 });
    const readable = guests.find;
    const startAt = house.clock.at;
    guests.find = async (ask) => (house.clock.at < startAt + 20_000 ? undefined : readable(ask));
    const id = await running(house);
    expect(accounts.size).toBe(1);
    await house.access.finish({ grantId: id, person: dana });
    await house.pass(10_000);
    expect(grantOf(house, id)?.state).toBe('revoking');
    await house.pass(2 * MINUTE);
    expect(grantOf(house, id)?.state).toBe('ended');
    expect(accounts.size).toBe(0);
  });

  it('finds its guest also when the person has left the partner meanwhile', async () => {
    const house = createHouse();
    house.azure.fail({ call: 'invite', error: new Unavailable('reset', 100), after: 'effect' });
    const id = await running(house);
    house.azure.profiles.delete(personKey(dana));
    await house.access.revoke({ grantId: id, person: olga });
    await house.pass(5 * MINUTE);
    expect(grantOf(house, id)?.state).toBe('ended');
    expect(house.azure.accounts.size).toBe(0);
  });

  it('ends at once when the invitation was refused', async () => {
    const house = createHouse();
    house.azure.fail({ call: 'invite', error: new Misconfigured('Invitations are off.', 'Allow them.') });
    const id = await running(house);
    expect(grantOf(house, id)).toMatchObject({ state: 'ended', endCause: 'failed' });
  });

  it('leaves an invitation under way to the grant that still needs it', async () => {
    const house = createHouse();
    const [first, second] = [await house.ask(), await house.ask({ roleName: 'reader' })];
    for (const { id } of [first, second]) await approve(house, id);
    const invite = house.azure.guests.invite;
    let isFirst = true;
    house.azure.guests.invite = async (ask) => {
      if (!isFirst) return invite(ask);
      isFirst = false;
      const claim = house.store.claimDue(house.clock.at);
      if (!claim) throw new Error('the second grant is not due');
      await house.access.runJob(claim).catch(() => undefined);
      await house.access.finish({ grantId: second.id, person: dana });
      await house.settle();
      return invite(ask);
    };
    await house.settle();
    expect(grantOf(house, second.id)?.state).toBe('ended');
    await house.pass(MINUTE);
    expect(grantOf(house, first.id)?.state).toBe('active');
    await house.pass(3 * HOUR);
    expect(house.azure.accounts.size).toBe(0);
  });
});

describe('runJob, when a call comes through late', () => {
  it.each(['assign', 'move'] as const)('takes away what %s makes after the grant has ended', async (call) => {
    const house = createHouse();
    const { entitlements } = house.azure;
    const id = call === 'assign' ? await approved(house) : await running(house);
    const inner = entitlements[call] as (ask: unknown) => Promise<never>;
    entitlements[call] = async (ask: unknown) => {
      entitlements[call] = inner;
      await house.access.finish({ grantId: id, person: dana });
      await house.settle();
      expect(grantOf(house, id)?.state).toBe('ended');
      return inner(ask);
    };
    if (call === 'move') {
      const more = await house.access.extend({
        grantId: id,
        person: dana,
        durationMs: HOUR,
        replyTo: danasChat,
      });
      await approve(house, more.id);
    }
    await house.settle();
    expect(grantOf(house, id)?.state).toBe('ended');
    expect(house.azure.assignments.size + house.azure.accounts.size).toBe(0);
  });

  it.each([
    ['heard', undefined],
    ['lost', new Unavailable('reset', 100)],
  ])('takes away a guest invited after the grant has ended, the answer %s', async (_, error) => {
    const house = createHouse();
    const { guests, accounts } = house.azure;
    const id = await approved(house);
    const { invite } = guests;
    guests.invite = async (ask) => {
      guests.invite = invite;
      await house.access.finish({ grantId: id, person: dana });
      await house.pass(2 * MINUTE);
      const answer = await invite(ask);
      expect([...accounts.values()]).toEqual([answer.objectId]);
      if (error) throw error;
      return answer;
    };
    await house.settle();
    expect(grantOf(house, id)?.state).toBe('ended');
    expect(house.azure.calls).toContain('invite');
    await house.pass(2 * MINUTE);
    expect([...accounts.values()]).toEqual([]);
    expect(house.store.jobs.size).toBe(0);
  });

  it('forgets no assignment of an account that was made anew', async () => {
    const house = createHouse();
    house.azure.fail({ call: 'assign', error: new Unavailable('reset', 100), after: 'effect' });
    const id = await running(house);
    house.azure.accounts.clear();
    await house.pass(MINUTE);
    expect(grantOf(house, id)?.state).toBe('active');
    expect([...house.azure.assignments.values()].map(({ principalId }) => principalId)).toEqual(['guest-2']);
  });
});

describe('runJob, before it gives', () => {
  it('waits while the clocks disagree, and gives once they agree', async () => {
    const house = createHouse();
    const id = await approved(house);
    house.clock.doubt = true;
    await house.pass(MINUTE);
    expect(house.azure.calls).not.toContain('invite');
    house.clock.doubt = false;
    await house.pass(MINUTE);
    expect(grantOf(house, id)?.state).toBe('active');
  });

  it('invites nobody who joined the agent groups after asking', async () => {
    const house = createHouse();
    const id = await approved(house);
    house.azure.groups.set(AGENTS, new Set([personKey(dana)]));
    await house.settle();
    expect(grantOf(house, id)).toMatchObject({ state: 'ended', endCause: 'failed' });
    expect(house.azure.calls).not.toContain('invite');
  });
});

describe('decide, at the edges', () => {
  it('redraws the cards of a later stage that had to wait for an earlier one again', async () => {
    const house = createHouse([partnerStage, { ...customerStage, at: ['contoso'] }]);
    const request = await house.ask();
    await approve(house, request.id, { person: lee, at: leadsPlace });
    const groups = new Map(housePolicy().groups).set('leads', { name: 'leads', people: [kim] });
    house.policy.now = { ...house.policy.now, groups };
    await approve(house, request.id);
    house.store.mail.clear();
    await approve(house, request.id, { person: kim, at: leadsPlace, verdict: 'deny', reason: 'no' });
    const places = [...house.store.mail.values()].map(({ place }) => place);
    expect(places).toEqual(expect.arrayContaining([leadsPlace, contosoPlace]));
  });

  it('counts no answer that is too late by the time the person was looked up', async () => {
    const house = createHouse();
    const request = await house.ask();
    const { directory } = house.azure;
    const findProfile = directory.findProfile;
    house.clock.at = request.stageEndsAt - 1;
    directory.findProfile = async (person) => {
      house.clock.at += 1;
      return findProfile(person);
    };
    await expect(approve(house, request.id)).rejects.toBeInstanceOf(StateConflict);
    expect(house.store.requests.get(request.id)?.state).toBe('pending');
  });

  it('never brings the end closer by an approval of more time', async () => {
    const house = createHouse();
    const id = await running(house);
    const more = await house.access.extend({
      grantId: id,
      person: dana,
      durationMs: HOUR,
      replyTo: danasChat,
    });
    const { endAt } = grantOf(house, id)!;
    house.policy.now = { ...housePolicy(), limits: { ...housePolicy().limits, continuousMs: HOUR } };
    await expect(approve(house, more.id)).rejects.toMatchObject({ code: 'policyChanged' });
    expect(grantOf(house, id)).toMatchObject({ state: 'active', endAt });
  });

  it('stops waiting for more time when the access itself ends', async () => {
    const house = createHouse([partnerStage, customerStage]);
    const request = await house.ask({ durationMs: HOUR });
    await approve(house, request.id, { person: lee, at: leadsPlace });
    await approve(house, request.id);
    await house.settle();
    const { endAt } = grantOf(house, request.id)!;
    const more = await house.access.extend({
      grantId: request.id,
      person: dana,
      durationMs: HOUR,
      replyTo: danasChat,
    });
    await approve(house, more.id, { person: lee, at: leadsPlace });
    expect(house.store.requests.get(more.id)).toMatchObject({ stage: 1, stageEndsAt: endAt });
  });
});
