import { Misconfigured, Unavailable } from '../../src/access/errors.ts';
import { entitlementKey } from '../../src/access/entitlement.ts';
import type { Grant } from '../../src/access/grant.ts';
import {
  CONTOSO,
  contosoPlace,
  CONTRIBUTOR,
  createHouse,
  danasChat,
  HOUR,
  MINUTE,
  olga,
  operatorsPlace,
} from '../support/house.ts';
import type { House } from '../support/house.ts';

let house: House;
beforeEach(() => {
  house = createHouse();
});

const grantOf = (id: string): Grant => {
  const grant = house.store.grants.get(id);
  if (!grant) throw new Error(`no grant ${id}`);
  return grant;
};
const events = (name: string) => house.store.ledger.filter(({ event }) => event === name);
const notices = (kind: string) => [...house.store.mail.values()].filter(({ notice }) => notice === kind);
const nothing = { failed: 0, adopted: [], removedOutside: [], takenBack: [], unexplained: [] };

async function running(): Promise<Grant> {
  const { id } = await house.ask();
  await house.access.decide({
    requestId: id,
    version: 1,
    person: olga,
    verdict: 'approve',
    at: contosoPlace,
  });
  await house.settle();
  await house.pass(3 * MINUTE);
  return grantOf(id);
}

function forget(): void {
  const { grants, requests, stays, jobs, mail, ledger } = house.store;
  for (const each of [grants, requests, stays, jobs, mail]) each.clear();
  ledger.length = 0;
}

const scope = '/subscriptions/00000000-0000-4000-8000-000000000051';
const place = entitlementKey({ kind: 'azureRole', tenantId: CONTOSO, roleDefinitionId: CONTRIBUTOR, scope });

describe('createSweep', () => {
  it('changes nothing while records and Azure agree', async () => {
    const grant = await running();
    const lines = house.store.ledger.length;
    expect(await house.sweep()).toEqual({ customerSlug: 'contoso', compared: 1, ...nothing });
    expect(grantOf(grant.id)).toEqual(grant);
    expect(house.store.ledger).toHaveLength(lines);
    expect(house.errors).toEqual([]);
  });

  describe('when the customer has deleted the assignment', () => {
    it('ends the grant in the usual way, its guest too, and tells the requester and the cards', async () => {
      const grant = await running();
      house.azure.assignments.clear();
      expect(await house.sweep()).toMatchObject({ ...nothing, removedOutside: [grant.id] });
      await house.settle();
      expect(grantOf(grant.id)).toMatchObject({ state: 'ended', endCause: 'removedOutside' });
      expect(house.azure.accounts.size).toBe(0);
      expect(notices('ended')).toMatchObject([{ place: danasChat }]);
      expect([...house.store.mail.values()]).toContainEqual(
        expect.objectContaining({ kind: 'card', place: contosoPlace, at: house.clock.at }),
      );
    });

    it('believes no list that is merely behind', async () => {
      const grant = await running();
      house.azure.entitlements.list = async () => [];
      expect(await house.sweep()).toMatchObject(nothing);
      expect(grantOf(grant.id).state).toBe('active');
    });

    it('does not miss what was made a moment ago', async () => {
      const grant = await running();
      const { assignment } = grant;
      if (!assignment) throw new Error('nothing was made');
      house.store.grants.set(grant.id, {
        ...grant,
        assignment: { ...assignment, changedAt: house.clock.at - MINUTE },
      });
      house.azure.assignments.clear();
      expect(await house.sweep()).toMatchObject(nothing);
    });
  });

  describe('when a running grant has lost its record', () => {
    it('gives it one again, alarms, and takes the access away at its end', async () => {
      const { id, endAt } = await running();
      forget();
      expect(await house.sweep()).toMatchObject({ ...nothing, adopted: [id] });
      expect(house.errors).toEqual(['sweep.unknown']);
      expect(events('sweep.unknown')).toMatchObject([{ facts: { why: 'noRecord', grantId: id } }]);
      expect(notices('adopted')).toMatchObject([{ place: operatorsPlace, subjectId: id }]);
      expect(await house.sweep()).toMatchObject(nothing);
      await house.pass(endAt - house.clock.at - MINUTE);
      expect(house.azure.assignments.size).toBe(1);
      await house.pass(MINUTE);
      expect(house.azure.assignments.size).toBe(0);
      expect(grantOf(id)).toMatchObject({ state: 'ended', endCause: 'expiry' });
    });

    it('takes away at once what is overdue', async () => {
      const { id } = await running();
      forget();
      house.clock.at += 5 * HOUR;
      await house.sweep();
      await house.settle();
      expect(house.azure.assignments.size).toBe(0);
      expect(grantOf(id).state).toBe('ended');
    });

    it('leaves the account, which nothing proves to be ours', async () => {
      await running();
      forget();
      await house.sweep();
      await house.pass(3 * HOUR);
      expect(house.azure.assignments.size).toBe(0);
      expect(house.azure.accounts.size).toBe(1);
      expect(house.azure.calls).not.toContain('remove');
    });

    it('is never lengthened by a marker that somebody changed', async () => {
      const { id } = await running();
      forget();
      for (const held of house.azure.assignments.values()) held.endAt = house.clock.at + 1000 * HOUR;
      await house.sweep();
      expect(grantOf(id).endAt).toBe(house.clock.at + house.policy.now.limits.continuousMs);
    });

    it('can be taken away by an owner before its end', async () => {
      const { id } = await running();
      forget();
      await house.sweep();
      await house.access.revoke({ grantId: id, person: olga });
      await house.settle();
      expect(house.azure.assignments.size).toBe(0);
    });

    it('is shouted about when it cannot be removed', async () => {
      const { id } = await running();
      forget();
      await house.sweep();
      house.azure.fail({ call: 'unassign', error: new Misconfigured('locked', 'unlock it') });
      await house.pass(2 * HOUR);
      expect(house.errors).toContain('grant.stuck');
      expect(notices('stuck')).toMatchObject([{ place: operatorsPlace, subjectId: id }]);
    });
  });

  it('takes away what is there of a grant that has ended', async () => {
    const { id, assignment } = await running();
    const left = [...house.azure.assignments];
    await house.pass(3 * HOUR);
    expect(grantOf(id).state).toBe('ended');
    for (const [name, held] of left) house.azure.assignments.set(name, held);
    expect(await house.sweep()).toMatchObject({ ...nothing, takenBack: [assignment?.assignmentId] });
    expect(house.azure.assignments.size).toBe(0);
    expect(events('sweep.unknown')).toMatchObject([{ facts: { why: 'grantEnded' } }]);
  });

  it('takes away a second assignment in the name of a running grant when its marker’s end has passed', async () => {
    const { id } = await running();
    const second = `${id}|other`;
    const endAt = house.clock.at + MINUTE;
    house.azure.assignments.set(second, { key: `${place}|x`, principalId: 'x', endAt });
    expect(await house.sweep()).toMatchObject({ ...nothing, unexplained: [second] });
    house.clock.at = endAt;
    expect(await house.sweep()).toMatchObject({ ...nothing, takenBack: [second] });
    expect([...house.azure.assignments.keys()]).toEqual([grantOf(id).assignment?.assignmentId]);
  });

  it('alarms at every sweep about what we made without a marker, and leaves it', async () => {
    house.azure.assignments.set('canary', { key: `${place}|x`, principalId: 'x', byUs: true });
    for (let sweeps = 0; sweeps < 3; sweeps += 1) {
      expect(await house.sweep()).toMatchObject({ ...nothing, unexplained: ['canary'] });
    }
    expect(house.errors).toEqual(['sweep.unknown', 'sweep.unknown', 'sweep.unknown']);
    expect(events('sweep.unknown')).toMatchObject([{ subjectId: 'canary', facts: { why: 'noMarker' } }]);
    expect(house.azure.assignments.has('canary')).toBe(true);
  });

  it('leaves alone what bears a marker and was made by somebody else', async () => {
    const lookAlike = `AR-00000000|${place}|x`;
    const held = { key: `${place}|x`, principalId: 'x', endAt: house.clock.at - HOUR, byUs: false };
    house.azure.assignments.set(lookAlike, held);
    expect(await house.sweep()).toMatchObject(nothing);
    await house.pass(HOUR);
    expect(house.azure.assignments.has(lookAlike)).toBe(true);
    expect(house.store.grants.size).toBe(0);
  });

  it('tells of a subscription that cannot be read, and ends nothing for it', async () => {
    const grant = await running();
    house.azure.fail({ call: 'list', error: new Unavailable('throttled', 1000) });
    expect(await house.sweep()).toMatchObject({ ...nothing, compared: 0, failed: 1 });
    expect(grantOf(grant.id).state).toBe('active');
    expect(await house.sweep()).toMatchObject({ ...nothing, compared: 1 });
  });
});
