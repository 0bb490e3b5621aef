import { Misconfigured, Refused, StateConflict, Unavailable } from '../../src/access/errors.ts';
import { personKey } from '../../src/access/person.ts';
import {
  AGENTS,
  contosoPlace,
  createHouse,
  customerStage,
  dana,
  danasChat,
  frida,
  HOUR,
  housePolicy,
  kim,
  leadsPlace,
  lee,
  MINUTE,
  olga,
  omar,
  partnerStage,
} from '../support/house.ts';
import type { House } from '../support/house.ts';

const approve = (house: House, requestId: string, changes: object = {}) =>
  house.access.decide({
    requestId,
    version: 1,
    person: olga,
    verdict: 'approve',
    at: contosoPlace,
    ...changes,
  });

async function running(house: House): Promise<string> {
  const request = await house.ask();
  await approve(house, request.id);
  await house.settle();
  return request.id;
}

const refusal = (code: string) => expect.objectContaining({ name: 'Refused', code });

describe('request', () => {
  it('stores a pending request, its time-out and one card per place in one write', async () => {
    const house = createHouse();
    const request = await house.ask();
    expect(house.store.requests.get(request.id)?.state).toBe('pending');
    expect(house.store.jobs.get(`request:${request.id}`)?.at).toBe(request.askedAt + 4 * HOUR);
    expect([...house.store.mail.values()].map((item) => item.place)).toEqual([contosoPlace, leadsPlace]);
  });

  it.each([
    ['somebody no rule speaks of', { requester: lee }, 'noRule'],
    ['more time than the cap', { durationMs: 5 * HOUR }, 'tooLong'],
  ])('refuses %s, and stores and posts nothing', async (_, changes, code) => {
    const house = createHouse();
    await expect(house.ask(changes)).rejects.toEqual(refusal(code));
    expect(house.store.requests.size + house.store.mail.size + house.store.jobs.size).toBe(0);
  });

  it('refuses an identical pending request and names it', async () => {
    const house = createHouse();
    const first = await house.ask();
    await expect(house.ask()).rejects.toMatchObject({ code: 'alreadyPending', facts: { id: first.id } });
  });

  it('refuses what runs already, with its end', async () => {
    const house = createHouse();
    const id = await running(house);
    const { endAt } = house.store.grants.get(id)!;
    await expect(house.ask()).rejects.toMatchObject({ code: 'alreadyGranted', facts: { id, endAt } });
  });

  it('refuses members of the agent groups', async () => {
    const house = createHouse();
    house.azure.groups.set(AGENTS, new Set([personKey(dana)]));
    await expect(house.ask()).rejects.toEqual(refusal('agentGroupMember'));
  });

  it('refuses when Azure could not take it back, in the words of the finding', async () => {
    const house = createHouse();
    house.azure.obstacles.push({
      code: 'locked',
      message: 'A lock forbids removal.',
      remedy: 'Remove the lock.',
    });
    await expect(house.ask()).rejects.toMatchObject({
      code: 'preflight',
      facts: { remedy: 'Remove the lock.' },
    });
  });

  it('refuses the next request of an hour that is full', async () => {
    const house = createHouse();
    house.policy.now = { ...housePolicy(), limits: { ...housePolicy().limits, requestsPerHour: 1 } };
    await house.ask();
    await expect(house.ask({ roleName: 'reader' })).rejects.toEqual(refusal('rateLimited'));
  });

  it('grants nothing while the clocks disagree', async () => {
    const house = createHouse();
    house.clock.doubt = true;
    await expect(house.ask()).rejects.toEqual(refusal('clockInDoubt'));
  });

  it('passes on that the directory is down, and stores nothing', async () => {
    const house = createHouse();
    house.azure.fail({ call: 'findProfile', error: new Unavailable('Graph is down.', 1000) });
    await expect(house.ask()).rejects.toBeInstanceOf(Unavailable);
    expect(house.store.requests.size).toBe(0);
  });
});

describe('decide', () => {
  it('makes request approved, grant provisioning and its job due in one write', async () => {
    const house = createHouse();
    const request = await house.ask();
    const { grant } = await approve(house, request.id);
    expect(house.store.requests.get(request.id)?.state).toBe('approved');
    expect(grant).toMatchObject({ id: request.id, state: 'provisioning', digest: request.digest });
    expect(house.store.jobs.get(`grant:${request.id}`)?.lane.class).toBe('give');
    expect(house.store.jobs.has(`request:${request.id}`)).toBe(false);
    expect(house.azure.calls).not.toContain('assign');
  });

  it.each([
    ['the requester', { person: dana, at: leadsPlace }, 'selfApproval'],
    ['a partner lead where the customer decides', { person: lee, at: leadsPlace }, 'notApprover'],
    ['a click in a place that has no card', { at: danasChat }, 'wrongPlace'],
    ['a card of another version', { version: 2 }, 'staleCard'],
    ['more than was asked', { durationMs: 3 * HOUR }, 'cannotBeLonger'],
    ['less than a minute', { durationMs: 10 }, 'cannotBeLonger'],
  ])('refuses %s', async (_, changes, code) => {
    const house = createHouse();
    const request = await house.ask();
    await expect(approve(house, request.id, changes)).rejects.toEqual(refusal(code));
    expect(house.store.grants.size).toBe(0);
  });

  it('refuses an approver whose account was blocked since', async () => {
    const house = createHouse();
    const request = await house.ask();
    const profile = house.azure.profiles.get(personKey(olga))!;
    house.azure.profiles.set(personKey(olga), { ...profile, accountEnabled: false });
    await expect(approve(house, request.id)).rejects.toEqual(refusal('accountDisabled'));
  });

  it('refuses when the policy no longer allows it', async () => {
    const house = createHouse();
    const request = await house.ask();
    house.policy.now = { ...housePolicy(), rules: [] };
    await expect(approve(house, request.id)).rejects.toEqual(refusal('policyChanged'));
  });

  it('lets one of two simultaneous approvers win, and tells the other', async () => {
    const house = createHouse();
    const request = await house.ask();
    const results = await Promise.allSettled([
      approve(house, request.id),
      approve(house, request.id, { person: omar }),
    ]);
    expect(results.map((result) => result.status).toSorted()).toEqual(['fulfilled', 'rejected']);
    expect(results.find((result) => result.status === 'rejected')).toMatchObject({
      reason: expect.any(StateConflict),
    });
  });

  it('shortens the grant when it is approved for less', async () => {
    const house = createHouse();
    const request = await house.ask();
    const { grant } = await approve(house, request.id, { durationMs: 30 * MINUTE });
    expect(grant!.endAt - grant!.startAt).toBe(30 * MINUTE);
  });

  it('keeps the reason of a denial and makes nothing', async () => {
    const house = createHouse();
    const request = await house.ask();
    const { request: denied } = await approve(house, request.id, { verdict: 'deny', reason: 'not today' });
    expect(denied).toMatchObject({ state: 'denied', closedReason: 'not today', closedByName: 'Olga Owner' });
    expect(house.store.grants.size).toBe(0);
    await expect(approve(house, request.id)).rejects.toBeInstanceOf(StateConflict);
  });

  it('asks the second side only when the first has approved, and needs distinct people', async () => {
    const both = { ...customerStage, count: 2 };
    const house = createHouse([partnerStage, both]);
    const request = await house.ask();
    const first = await approve(house, request.id, { person: lee, at: leadsPlace });
    expect(first.request).toMatchObject({ state: 'pending', stage: 1 });
    await approve(house, request.id);
    await expect(approve(house, request.id)).rejects.toEqual(refusal('alreadyDecidedByYou'));
    const last = await approve(house, request.id, { person: omar });
    expect(last.grant).toMatchObject({ approvedBy: ['Lee Lead', 'Olga Owner', 'Omar Owner'] });
  });

  it('does not count an approver who lost the right while others were asked', async () => {
    const house = createHouse([partnerStage, customerStage]);
    const request = await house.ask();
    await approve(house, request.id, { person: lee, at: leadsPlace });
    const groups = new Map(housePolicy().groups).set('leads', { name: 'leads', people: [kim] });
    house.policy.now = { ...housePolicy([partnerStage, customerStage]), groups };
    const { request: now, grant } = await approve(house, request.id);
    expect(grant).toBeUndefined();
    expect(now).toMatchObject({ state: 'pending', stage: 0 });
  });
});

describe('cancel', () => {
  it('is for the requester only, and final', async () => {
    const house = createHouse();
    const request = await house.ask();
    await expect(house.access.cancel({ requestId: request.id, person: kim })).rejects.toEqual(
      refusal('notYours'),
    );
    await house.access.cancel({ requestId: request.id, person: dana });
    await expect(approve(house, request.id)).rejects.toBeInstanceOf(StateConflict);
  });
});

describe('runJob', () => {
  it('closes a request nobody answered, and tells the requester', async () => {
    const house = createHouse();
    const request = await house.ask();
    await house.pass(4 * HOUR);
    expect(house.store.requests.get(request.id)?.state).toBe('timedOut');
    expect([...house.store.mail.values()].some((item) => item.notice === 'timedOut')).toBe(true);
  });

  it('invites, assigns, tells the requester, and takes both away at the end', async () => {
    const house = createHouse();
    const id = await running(house);
    expect(house.store.grants.get(id)).toMatchObject({ state: 'active', assignment: { status: 'made' } });
    expect(house.azure.accounts.size).toBe(1);
    await house.pass(2 * HOUR);
    expect(house.store.grants.get(id)).toMatchObject({ state: 'ended', endCause: 'expiry' });
    expect(house.azure.accounts.size + house.azure.assignments.size).toBe(0);
    expect(house.store.jobs.size).toBe(0);
  });

  it('leaves a guest that was there before', async () => {
    const house = createHouse();
    const contoso = house.policy.now.customers.get('contoso')!.tenantId;
    house.azure.accounts.set(`${contoso}|dana.example@northwind.example`, 'old-guest');
    await running(house);
    await house.pass(3 * HOUR);
    expect([...house.azure.accounts.values()]).toEqual(['old-guest']);
    expect(house.azure.assignments.size).toBe(0);
  });

  it('never removes an assignment that was somebody else’s', async () => {
    const house = createHouse();
    const request = await house.ask();
    const contoso = house.policy.now.customers.get('contoso')!;
    house.azure.accounts.set(`${contoso.tenantId}|dana.example@northwind.example`, 'old-guest');
    const key = `${['azureRole', contoso.tenantId, request.entitlement.roleDefinitionId, request.entitlement.scope].join('|').toLowerCase()}|old-guest`;
    house.azure.assignments.set('foreign', { key, principalId: 'old-guest' });
    await approve(house, request.id);
    await house.pass(3 * HOUR);
    expect(house.store.grants.get(request.id)).toMatchObject({
      state: 'ended',
      assignment: { status: 'existed' },
    });
    expect([...house.azure.assignments.keys()]).toEqual(['foreign']);
  });

  it('keeps the guest until the last grant that needs it has ended', async () => {
    const house = createHouse();
    const first = await running(house);
    const second = await house.ask({ roleName: 'reader', durationMs: 3 * HOUR });
    await approve(house, second.id);
    await house.settle();
    await house.pass(2 * HOUR + MINUTE);
    expect(house.store.grants.get(first)?.state).toBe('ended');
    expect(house.azure.accounts.size).toBe(1);
    await house.pass(HOUR);
    expect(house.azure.accounts.size).toBe(0);
  });

  it('knows its guest again when the answer to the invitation was lost', async () => {
    const house = createHouse();
    house.azure.fail({ call: 'invite', error: new Unavailable('reset', 100), after: 'effect' });
    const id = await running(house);
    await house.pass(MINUTE);
    expect(house.store.grants.get(id)).toMatchObject({ state: 'active', redeemUrl: expect.any(String) });
    await house.pass(3 * HOUR);
    expect(house.azure.accounts.size).toBe(0);
  });

  it('takes away what a failed provisioning has made, and says why it failed', async () => {
    const house = createHouse();
    house.azure.fail({ call: 'assign', error: new Misconfigured('Not allowed.', 'Give the app the role.') });
    const id = await running(house);
    await house.pass(MINUTE);
    expect(house.store.grants.get(id)).toMatchObject({
      state: 'ended',
      endCause: 'failed',
      endReason: 'Not allowed. Give the app the role.',
    });
    expect(house.azure.accounts.size).toBe(0);
    expect([...house.store.mail.values()].some((item) => item.notice === 'failed')).toBe(true);
  });

  it('gives up provisioning at its deadline', async () => {
    const house = createHouse();
    house.azure.fail({ call: 'assign', error: new Unavailable('PrincipalNotFound', 100), times: Infinity });
    const id = await running(house);
    await house.pass(12 * MINUTE);
    expect(house.store.grants.get(id)).toMatchObject({ state: 'ended', endCause: 'deadline' });
  });

  it('does not grant when an approver lost the right between click and grant', async () => {
    const house = createHouse();
    const request = await house.ask();
    await approve(house, request.id);
    const customers = new Map(housePolicy().customers);
    customers.set('contoso', { ...customers.get('contoso')!, owners: { name: 'owners', people: [omar] } });
    house.policy.now = { ...housePolicy(), customers };
    await house.settle();
    expect(house.store.grants.get(request.id)).toMatchObject({ state: 'ended', endCause: 'failed' });
    expect(house.azure.calls).not.toContain('invite');
  });

  it('shouts about what it cannot remove, goes on trying, and ends once it can', async () => {
    const house = createHouse();
    const id = await running(house);
    house.azure.fail({ call: 'unassign', error: new Misconfigured('A lock.', 'Remove it.'), times: 3 });
    await house.pass(2 * HOUR);
    expect(house.store.grants.get(id)).toMatchObject({ state: 'stuck', lastError: 'A lock. Remove it.' });
    expect([...house.store.mail.values()].some((item) => item.notice === 'stuck')).toBe(true);
    await house.pass(5 * MINUTE);
    expect(house.store.grants.get(id)?.state).toBe('ended');
    expect(house.azure.assignments.size).toBe(0);
  });

  it('takes away what a write in flight made after somebody finished it', async () => {
    const house = createHouse();
    const request = await house.ask();
    await approve(house, request.id);
    const assign = house.azure.entitlements.assign;
    house.azure.entitlements.assign = async (ask) => {
      await house.access.finish({ grantId: request.id, person: dana });
      return assign(ask);
    };
    await house.pass(MINUTE);
    expect(house.store.grants.get(request.id)).toMatchObject({ state: 'ended', endCause: 'finish' });
    expect(house.azure.assignments.size + house.azure.accounts.size).toBe(0);
  });
});

describe('finish and revoke', () => {
  it('lets the engineer finish, and nobody else', async () => {
    const house = createHouse();
    const grantId = await running(house);
    await expect(house.access.finish({ grantId, person: kim })).rejects.toEqual(refusal('notYours'));
    await house.access.finish({ grantId, person: dana });
    await house.settle();
    expect(house.store.grants.get(grantId)).toMatchObject({ state: 'ended', endCause: 'finish' });
  });

  it('lets any owner of the customer take it away, and no other customer’s', async () => {
    const house = createHouse();
    const grantId = await running(house);
    await expect(house.access.revoke({ grantId, person: dana })).rejects.toEqual(refusal('notApprover'));
    await house.access.revoke({ grantId, person: omar, reason: 'done' });
    await house.settle();
    expect(house.store.grants.get(grantId)).toMatchObject({ state: 'ended', endedByName: 'Omar Owner' });
    await expect(house.access.revoke({ grantId, person: omar })).rejects.toBeInstanceOf(Refused);
  });
});

describe('extend', () => {
  it('moves the end of the running grant by an approval of its own', async () => {
    const house = createHouse();
    const grantId = await running(house);
    const { endAt } = house.store.grants.get(grantId)!;
    const request = await house.access.extend({
      grantId,
      person: dana,
      durationMs: HOUR,
      replyTo: danasChat,
    });
    expect(house.store.grants.get(grantId)?.endAt).toBe(endAt);
    await approve(house, request.id);
    await house.settle();
    expect(house.store.grants.get(grantId)).toMatchObject({ endAt: endAt + HOUR, markerEndAt: endAt + HOUR });
    expect([...house.azure.assignments.values()]).toEqual([expect.objectContaining({ endAt: endAt + HOUR })]);
    await house.pass(2 * HOUR + MINUTE);
    expect(house.store.grants.get(grantId)?.state).toBe('active');
    await house.pass(HOUR);
    expect(house.store.grants.get(grantId)?.state).toBe('ended');
    expect(house.azure.assignments.size).toBe(0);
  });

  it('refuses what would make unbroken access too long', async () => {
    const house = createHouse();
    const request = await house.ask({ durationMs: 4 * HOUR });
    await approve(house, request.id);
    await house.settle();
    await expect(
      house.access.extend({ grantId: request.id, person: dana, durationMs: 3 * HOUR, replyTo: danasChat }),
    ).rejects.toMatchObject({ code: 'tooLong', facts: { maxMs: 2 * HOUR } });
  });
});

describe('what another customer’s people learn of an id', () => {
  it('is that there is nothing, whatever they try', async () => {
    const house = createHouse();
    const id = await running(house);
    const unknown = 'AR-00000000';
    const tries = (grantId: string) => [
      () => approve(house, grantId, { person: frida }),
      () => house.access.cancel({ requestId: grantId, person: frida }),
      () => house.access.finish({ grantId, person: frida }),
      () => house.access.revoke({ grantId, person: frida }),
      () => house.access.extend({ grantId, person: frida, durationMs: HOUR, replyTo: danasChat }),
      () => house.access.show({ person: frida, id: grantId }),
    ];
    const words = async (grantId: string) =>
      Promise.all(
        tries(grantId).map((attempt) =>
          attempt().then(
            () => 'done',
            (error: Error) => `${error.name}: ${error.message.replace(grantId, 'ID')}`,
          ),
        ),
      );
    expect(await words(id)).toEqual(await words(unknown));
    expect(await words(id)).not.toContain('done');
  });
});

describe('who and show', () => {
  it('shows a customer’s people their own tenant only', async () => {
    const house = createHouse();
    const id = await running(house);
    const seen = await house.access.who({ person: olga, customerSlug: 'contoso' });
    expect(seen.grants.map((grant) => grant.id)).toEqual([id]);
    await expect(house.access.who({ person: frida, customerSlug: 'contoso' })).rejects.toMatchObject({
      name: 'NotFound',
    });
    await expect(house.access.show({ person: frida, id })).rejects.toMatchObject({ name: 'NotFound' });
  });
});
