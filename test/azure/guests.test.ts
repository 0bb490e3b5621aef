import { Misconfigured, Refused, Unavailable } from '../../src/access/errors.ts';
import type { Profile } from '../../src/access/person.ts';
import { ConsentMissing } from '../../src/azure/login-errors.ts';
import type { UserSeed } from '../../sandbox/azure/seed-directory.ts';
import type { FaultEffect } from '../../sandbox/faults.ts';
import { createGround, failure, guestsIn, IDS, PROFILE } from './ground.ts';
import type { Ground } from './ground.ts';

let ground: Ground;
beforeEach(async () => {
  ground = await createGround();
});
afterEach(() => ground.stop());

const tenantId = IDS.contoso;
const find = (profile: Profile = PROFILE, knownObjectId?: string) =>
  ground.azure.guests.find({ tenantId, profile, ...(knownObjectId !== undefined && { knownObjectId }) });
const invite = (profile: Profile = PROFILE) => ground.azure.guests.invite({ tenantId, profile });
const remove = (objectId: string) => ground.azure.guests.remove({ tenantId, objectId });
const exists = (objectId: string) => ground.azure.guests.exists({ tenantId, objectId });

function addGuest(change: Partial<UserSeed> = {}): string {
  const seed = { displayName: 'Dana', mail: 'dana@northwind.example', userType: 'Guest' as const };
  return ground.sandbox.addUser(tenantId, { ...seed, ...change }).id;
}

function fail(method: string, path: RegExp, effect: FaultEffect, times = 1): void {
  ground.sandbox.faults.add({ method, path, effect, times });
}

function answer(status: number, code: string, message = `The service says ${code}.`): FaultEffect {
  return { kind: 'answer', status, body: { error: { code, message } } };
}

async function obstacleOf(promise: Promise<unknown>): Promise<unknown> {
  const error = await failure(promise);
  expect(error).toBeInstanceOf(Refused);
  const { code, facts, message } = error as Refused;
  expect(code).toBe('preflight');
  expect(message.length).toBeGreaterThan(20);
  expect(String(facts['remedy']).length).toBeGreaterThan(20);
  return facts['obstacle'];
}

describe('find', () => {
  it('finds a guest by mail, in any case, and says whether it has redeemed', async () => {
    const objectId = addGuest({ mail: 'Dana@Northwind.Example' });
    expect(await find()).toEqual({ objectId, accountEnabled: true, redeemed: true });
  });

  it('finds a guest by its other addresses', async () => {
    const objectId = addGuest({ mail: null, otherMails: ['dana@northwind.example'] });
    expect((await find())?.objectId).toBe(objectId);
  });

  it('finds a guest by its proxy address', async () => {
    const proxyAddresses = ['SMTP:dana@northwind.example'];
    const objectId = addGuest({ mail: 'dana@elsewhere.example', otherMails: [], proxyAddresses });
    expect((await find())?.objectId).toBe(objectId);
  });

  it.each(["o'dana+azure@northwind.example", 'a&b@northwind.example', 'a#b@northwind.example'])(
    'finds the address %s, which needs care in a filter',
    async (mail) => {
      const objectId = addGuest({ mail });
      addGuest({ mail: 'somebody@else.example' });
      expect((await find({ ...PROFILE, mail }))?.objectId).toBe(objectId);
    },
  );

  it('goes by the id it knows, without searching', async () => {
    const objectId = addGuest();
    addGuest({ displayName: 'Twin' });
    expect((await find(PROFILE, objectId))?.objectId).toBe(objectId);
    expect(ground.sent('graph')).toHaveLength(1);
  });

  it('finds nobody where nobody is', async () => {
    addGuest({ mail: 'kim@northwind.example' });
    expect(await find()).toBeUndefined();
  });

  it('takes somebody of that very tenant as they are', async () => {
    const person = { tenantId, objectId: IDS.olga };
    expect(await find({ ...PROFILE, person, mail: 'olga@contoso.example' })).toEqual({
      objectId: IDS.olga,
      accountEnabled: true,
      redeemed: true,
    });
  });

  it("refuses an account of the customer's own with the same address", async () => {
    addGuest({ userType: 'Member' });
    expect(await obstacleOf(find())).toBe('guestBlocked');
  });

  it('refuses a guest whom the customer has blocked', async () => {
    addGuest({ accountEnabled: false });
    expect(await obstacleOf(find())).toBe('guestBlocked');
  });

  it('refuses to choose between two', async () => {
    addGuest();
    addGuest({ displayName: 'Twin' });
    expect(await obstacleOf(find())).toBe('guestBlocked');
  });

  it('refuses the known account when its address is somebody else’s now', async () => {
    const objectId = addGuest({ mail: 'mallory@stranger.example' });
    expect(await obstacleOf(find(PROFILE, objectId))).toBe('guestBlocked');
  });

  it('refuses an account that signs in elsewhere than with the engineer’s organisation', async () => {
    const user = {
      id: addGuest(),
      displayName: 'Dana',
      mail: PROFILE.mail,
      userType: 'Guest',
      accountEnabled: true,
    };
    const identities = (issuer: string) => [{ signInType: 'federated', issuer, issuerAssignedId: null }];
    const lists = (issuer: string): FaultEffect => ({
      kind: 'answer',
      status: 200,
      body: { value: [{ ...user, identities: identities(issuer) }] },
    });
    fail('GET', /\/users$/, lists('MicrosoftAccount'));
    expect(await obstacleOf(find())).toBe('guestBlocked');
    fail('GET', /\/users$/, lists('ExternalAzureAD'));
    expect((await find())?.objectId).toBe(user.id);
  });

  it('does not bring back a guest of the customer’s own whom they deleted', async () => {
    const objectId = addGuest();
    ground.sandbox.changeUser(tenantId, objectId, { deletedAt: ground.sandbox.clock.now() });
    expect(await obstacleOf(find())).toBe('guestBlocked');
  });

  it('does not mind a deleted guest that was ours', async () => {
    const { objectId } = await invite();
    await remove(objectId);
    expect(await find()).toBeUndefined();
  });

  it('refuses somebody without an address, unless the account is known', async () => {
    const { mail: _, ...profile } = PROFILE;
    expect(await obstacleOf(find(profile))).toBe('noMail');
    const objectId = addGuest();
    expect((await find(profile, objectId))?.objectId).toBe(objectId);
  });

  it('is unavailable, never empty, when the directory does not answer as it should', async () => {
    fail('GET', /\/users$/, answer(503, 'ServiceUnavailable'), 3);
    expect(await failure(find())).toBeInstanceOf(Unavailable);
    fail('GET', /\/users$/, { kind: 'answer', status: 200, body: {} });
    expect(await failure(find())).toBeInstanceOf(Unavailable);
    fail('GET', /\/users$/, { kind: 'html' });
    expect(await failure(find())).toBeInstanceOf(Unavailable);
    fail('GET', /\/users\/[\da-f-]+$/, { kind: 'answer', status: 404, body: 'proxy' });
    expect(await failure(find(PROFILE, addGuest()))).toBeInstanceOf(Unavailable);
  });

  it('names the permission that is missing', async () => {
    ground.sandbox.consent(tenantId, IDS.app, { graphPermissions: [] });
    const error = await failure(find());
    expect(error).toBeInstanceOf(ConsentMissing);
    expect((error as ConsentMissing).remedy).toContain('User.Read.All');
  });
});

describe('invite', () => {
  it('invites without a mail, says where it came from, and lands the guest in the tenant', async () => {
    const { objectId } = await invite();
    expect(JSON.parse(ground.sent('graph', 'POST')[0]?.body ?? '')).toEqual({
      invitedUserEmailAddress: 'dana@northwind.example',
      invitedUserDisplayName: 'Dana Example (via Latchkey)',
      inviteRedirectUrl: `https://portal.azure.com/${tenantId}`,
      invitedUserType: 'Guest',
      sendInvitationMessage: false,
    });
    expect(guestsIn(ground.sandbox)).toEqual([expect.objectContaining({ id: objectId })]);
  });

  it('makes one guest when the answer got lost', async () => {
    fail('POST', /invitations$/, { kind: 'loseAnswer' });
    const { objectId } = await invite();
    expect(guestsIn(ground.sandbox).map(({ id }) => id)).toEqual([objectId]);
  });

  it.each(['none', 'adminsAndGuestInviters'] as const)('refuses where the setting is %s', async (setting) => {
    ground.sandbox.settings(tenantId).allowInvitesFrom = setting;
    expect(await obstacleOf(invite())).toBe('invitesOff');
  });

  it('refuses where cross-tenant settings block it', async () => {
    ground.sandbox.settings(tenantId).crossTenantInvites = 'blocked';
    expect(await obstacleOf(invite())).toBe('invitesOff');
  });

  it('refuses an address that the customer has blocked, owns or uses otherwise', async () => {
    addGuest({ accountEnabled: false });
    expect(await obstacleOf(invite())).toBe('guestBlocked');
    expect(await obstacleOf(invite({ ...PROFILE, mail: 'olga@contoso.example' }))).toBe('guestBlocked');
    expect(await obstacleOf(invite({ ...PROFILE, mail: 'new@contoso.example' }))).toBe('guestBlocked');
    addGuest({ mail: 'kim@northwind.example', userType: 'Member' });
    expect(await obstacleOf(invite({ ...PROFILE, mail: 'kim@northwind.example' }))).toBe('guestBlocked');
    ground.sandbox.addContact(tenantId, 'lee@northwind.example');
    expect(await obstacleOf(invite({ ...PROFILE, mail: 'lee@northwind.example' }))).toBe('guestBlocked');
  });

  it('refuses somebody without an address and asks nothing', async () => {
    const { mail: _, ...profile } = PROFILE;
    expect(await obstacleOf(invite(profile))).toBe('noMail');
    expect(ground.sandbox.requests).toEqual([]);
  });

  it('leaves a long wait to the caller, and is unavailable when nobody answers', async () => {
    fail('POST', /invitations$/, { kind: 'answer', status: 429, headers: { 'retry-after': '12' }, body: {} });
    expect((await failure(invite())) as Unavailable).toMatchObject({
      name: 'Unavailable',
      retryAfterMs: 12_000,
    });
    fail('POST', /invitations$/, { kind: 'hang' });
    const hasty = ground.another({}, { callDeadlineMs: 300 });
    expect(await failure(hasty.guests.invite({ tenantId, profile: PROFILE }))).toBeInstanceOf(Unavailable);
  });

  it('does not follow a redirect with a token', async () => {
    const location = `${ground.sandbox.url}/stolen`;
    fail('POST', /invitations$/, { kind: 'answer', status: 307, headers: { location } });
    expect(await failure(invite())).toBeInstanceOf(Unavailable);
    expect(ground.sandbox.requests.filter(({ path }) => path === '/stolen')).toEqual([]);
  });

  it('does not take an answer without a user for an invitation', async () => {
    fail('POST', /invitations$/, { kind: 'answer', status: 201, body: { status: 'PendingAcceptance' } });
    expect(await failure(invite())).toBeInstanceOf(Unavailable);
  });

  it('names the permission that is missing', async () => {
    ground.sandbox.consent(tenantId, IDS.app, { graphPermissions: ['User.Read.All'] });
    expect((await failure(invite())) as ConsentMissing).toMatchObject({
      remedy: expect.stringContaining('User.Invite.All'),
    });
  });
});

describe('remove', () => {
  it('deletes, and is done when the guest is gone already', async () => {
    const { objectId } = await invite();
    await remove(objectId);
    expect(await exists(objectId)).toBe(false);
    await remove(objectId);
    expect(guestsIn(ground.sandbox)[0]?.deletedAt).not.toBeNull();
  });

  it('gets over a lost answer', async () => {
    const { objectId } = await invite();
    fail('DELETE', /users/, { kind: 'loseAnswer' });
    await remove(objectId);
    expect(await exists(objectId)).toBe(false);
  });

  it('never deletes a member', async () => {
    expect(await failure(remove(IDS.olga))).toBeInstanceOf(Misconfigured);
    expect(ground.sent('graph', 'DELETE')).toEqual([]);
    expect(await exists(IDS.olga)).toBe(true);
  });

  it('does not take "not known yet" for gone', async () => {
    ground.sandbox.settings(tenantId).replicationDelayMs = 60_000;
    const { objectId } = await invite();
    expect(await exists(objectId)).toBe(false);
    expect(await failure(remove(objectId))).toBeInstanceOf(Unavailable);
    ground.sandbox.clock.advance(61_000);
    await remove(objectId);
    expect(ground.sandbox.leftBehind(IDS.app)).toEqual([]);
  });

  it('is stuck while the guest holds an administrator role, and says so', async () => {
    const { objectId } = await invite();
    ground.sandbox.assignDirectoryRole(tenantId, objectId, '62e90394-69f5-4237-9190-012177145e10');
    const error = await failure(remove(objectId));
    expect(error).toBeInstanceOf(Misconfigured);
    expect((error as Misconfigured).remedy).toContain('administrator role');
    expect((error as Misconfigured).obstacle).toBe('consentMissing');
  });

  it('addresses people by object id only', async () => {
    expect(await failure(remove('dana_northwind.example#EXT#@contoso.example'))).toBeInstanceOf(
      Misconfigured,
    );
    expect(ground.sandbox.requests).toEqual([]);
  });
});
