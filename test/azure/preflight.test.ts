import { Misconfigured, Unavailable } from '../../src/access/errors.ts';
import type { Obstacle } from '../../src/access/ports.ts';
import { createGround, entitlement, failure, IDS, PROFILE, SUBSCRIPTION, WEB } from './ground.ts';
import type { Ground } from './ground.ts';

const VM = `${WEB}/providers/Microsoft.Compute/virtualMachines/vm1`;
const EVERYONE = '00000000-0000-0000-0000-000000000000';
const RBAC = 'f58310d9-a9f6-439a-9e8d-f62e7b41a168';

let ground: Ground;
beforeEach(async () => {
  ground = await createGround();
});
afterEach(() => ground.stop());

const preflight = (change: Parameters<typeof entitlement>[0] = {}, profile = PROFILE) =>
  ground.azure.entitlements.preflight({ entitlement: entitlement(change), profile });

async function obstacles(change: Parameters<typeof entitlement>[0] = {}): Promise<Array<Obstacle['code']>> {
  const found = await preflight(change);
  for (const { message, remedy } of found.obstacles) {
    expect(message).toMatch(/^[A-Z/"].+\.$/s);
    expect(remedy).toMatch(/^[A-Z].+\.$/s);
  }
  return found.obstacles.map(({ code }) => code);
}

/** The app's own right, made anew with another condition. */
function reseat(condition: string | undefined, scope = SUBSCRIPTION): void {
  const tenant = ground.sandbox.dump().tenants.find(({ id }) => id === IDS.contoso);
  const own = tenant?.roleAssignments.find(({ principalType }) => principalType === 'ServicePrincipal');
  if (!own) throw new Error('the app has no right');
  ground.sandbox.unassignRole(IDS.contoso, own.name);
  ground.sandbox.assignRole({
    scope,
    roleGuid: RBAC,
    principalId: own.principalId,
    principalType: 'ServicePrincipal',
    ...(condition !== undefined && { condition }),
  });
}

describe('preflight', () => {
  it('finds nothing in the way, makes nothing, and looks the titles up', async () => {
    expect(await preflight()).toEqual({
      obstacles: [],
      alreadyHeld: false,
      roleTitle: 'Contributor',
      scopeTitle: 'Contoso Production',
    });
    ground.sandbox.addResource(VM);
    expect((await preflight({ scope: VM })).scopeTitle).toBe(
      'vm1 (Microsoft.Compute/virtualMachines in web, Contoso Production)',
    );
    expect(ground.sandbox.requests.filter(({ api, method }) => api !== 'login' && method !== 'GET')).toEqual(
      [],
    );
  });

  it('finds a subscription, group or resource that is not there', async () => {
    const nowhere = '/subscriptions/99999999-aaaa-4bbb-8ccc-000000000000';
    expect(await obstacles({ scope: nowhere })).toEqual(['scopeUnknown']);
    expect(await obstacles({ scope: `${SUBSCRIPTION}/resourceGroups/nowhere` })).toEqual(['scopeUnknown']);
    expect(await obstacles({ scope: VM })).toEqual(['scopeUnknown']);
  });

  it("calls another tenant's subscription a mistake in the configuration", async () => {
    const scope = `/subscriptions/${IDS.fabrikamSubscription}`;
    expect(await failure(preflight({ scope }))).toBeInstanceOf(Misconfigured);
  });

  it.each(['Disabled', 'Deleted'] as const)('finds a subscription that is %s', async (state) => {
    ground.sandbox.setSubscriptionState(IDS.contosoSubscription, state);
    expect(await obstacles()).toEqual(['subscriptionDisabled']);
  });

  it('finds a role that does not exist, or not at this scope', async () => {
    const unknown = '12345678-aaaa-4bbb-8ccc-000000000000';
    reseat(undefined);
    expect(await obstacles({ roleDefinitionId: unknown })).toEqual(['roleUnknown']);
    const { guid } = ground.sandbox.addRoleDefinition(IDS.contoso, {
      roleName: 'Web only',
      actions: ['*/read'],
      assignableScopes: [WEB],
    });
    expect(await obstacles({ roleDefinitionId: guid })).toEqual(['roleUnknown']);
    expect(await preflight({ roleDefinitionId: guid, scope: WEB })).toMatchObject({
      obstacles: [],
      roleTitle: 'Web only',
    });
  });

  it('finds locks at the scope and above, not below', async () => {
    ground.sandbox.addLock(WEB, 'CanNotDelete', 'keep');
    expect(await obstacles()).toEqual([]);
    expect(await obstacles({ scope: WEB })).toEqual(['locked']);
    ground.sandbox.addLock(SUBSCRIPTION, 'ReadOnly', 'frozen');
    const { obstacles: found } = await preflight({ scope: WEB });
    expect(found.map(({ message }) => message).join(' ')).toMatch(/"frozen".+"keep"|"keep".+"frozen"/);
  });

  it('finds deny assignments that bind the guest or us', async () => {
    ground.sandbox.addDenyAssignment(WEB, {
      actions: ['*/delete'],
      principalIds: [EVERYONE],
      displayName: 'stack',
    });
    expect(await obstacles()).toEqual([]);
    expect(await obstacles({ scope: WEB })).toEqual(['denied']);
  });

  it('minds no deny assignment that binds somebody else', async () => {
    ground.sandbox.addDenyAssignment(WEB, { actions: ['*'], principalIds: [IDS.olga] });
    expect(await obstacles({ scope: WEB })).toEqual([]);
  });

  it('finds that our condition does not list the role', async () => {
    const owner = '8e3af657-a8ff-443c-a75c-2fe8c4bcb635';
    expect(await obstacles({ roleDefinitionId: owner })).toEqual(['cannotAssign', 'cannotRemove']);
  });

  it('finds that we could assign but not remove', async () => {
    const write = `((!(ActionMatches{'Microsoft.Authorization/roleAssignments/write'})) OR (@Request[Microsoft.Authorization/roleAssignments:RoleDefinitionId] ForAnyOfAnyValues:GuidEquals {${IDS.contributor}}))`;
    const remove = `((!(ActionMatches{'Microsoft.Authorization/roleAssignments/delete'})) OR (@Resource[Microsoft.Authorization/roleAssignments:RoleDefinitionId] ForAnyOfAnyValues:GuidEquals {${IDS.reader}}))`;
    reseat(`${write} AND ${remove}`);
    expect(await obstacles()).toEqual(['cannotRemove']);
  });

  it('finds that we have no right at this scope', async () => {
    reseat(undefined, `${SUBSCRIPTION}/resourceGroups/data`);
    expect(await obstacles({ scope: WEB })).toEqual(['cannotAssign']);
  });

  it('finds that invitations are off, unless the guest is there already', async () => {
    ground.sandbox.settings(IDS.contoso).allowInvitesFrom = 'adminsAndGuestInviters';
    expect(await obstacles()).toEqual(['invitesOff']);
    ground.sandbox.addUser(IDS.contoso, {
      displayName: 'D',
      mail: 'dana@northwind.example',
      userType: 'Guest',
    });
    expect(await obstacles()).toEqual([]);
  });

  it('finds a blocked guest and a person without mail', async () => {
    const { mail: _, ...mailless } = PROFILE;
    expect((await preflight({}, mailless)).obstacles.map(({ code }) => code)).toEqual(['noMail']);
    const seed = { displayName: 'D', mail: 'dana@northwind.example', userType: 'Guest' as const };
    ground.sandbox.addUser(IDS.contoso, { ...seed, accountEnabled: false });
    expect(await obstacles()).toEqual(['guestBlocked']);
  });

  it.each(['removed', 'disabled'] as const)('finds that the customer has %s the app', async (state) => {
    ground.sandbox.settings(IDS.contoso).app = state;
    expect(await obstacles()).toEqual(['consentMissing']);
  });

  it('finds a permission that was not consented to', async () => {
    ground.sandbox.consent(IDS.contoso, IDS.app, { graphPermissions: ['User.Read.All', 'User.Invite.All'] });
    const found = await preflight();
    expect(found.obstacles).toEqual([
      expect.objectContaining({ code: 'consentMissing', remedy: expect.stringContaining('Policy.Read.All') }),
    ]);
  });

  it('reports everything at once', async () => {
    ground.sandbox.addLock(SUBSCRIPTION, 'CanNotDelete');
    ground.sandbox.settings(IDS.contoso).allowInvitesFrom = 'none';
    const owner = '8e3af657-a8ff-443c-a75c-2fe8c4bcb635';
    expect(await obstacles({ roleDefinitionId: owner })).toEqual([
      'locked',
      'cannotAssign',
      'cannotRemove',
      'invitesOff',
    ]);
  });

  it('is unavailable when any of it cannot be read', async () => {
    ground.sandbox.faults.add({
      path: /locks$/,
      effect: { kind: 'answer', status: 429, headers: { 'retry-after': '7' }, body: {} },
    });
    expect((await failure(preflight())) as Unavailable).toMatchObject({
      name: 'Unavailable',
      retryAfterMs: 7_000,
    });
    ground.sandbox.faults.add({ path: /denyAssignments$/, effect: { kind: 'reset' }, times: 3 });
    expect(await failure(preflight())).toBeInstanceOf(Unavailable);
    ground.sandbox.faults.add({ path: /locks$/, effect: { kind: 'html' } });
    expect(await failure(preflight())).toBeInstanceOf(Unavailable);
  });

  it('takes no version trouble of a resource for its absence', async () => {
    ground.sandbox.addResource(VM);
    ground.sandbox.faults.add({
      path: /virtualMachines\/vm1$/,
      effect: {
        kind: 'answer',
        status: 400,
        body: { error: { code: 'NoRegisteredProviderFound', message: 'x' } },
      },
    });
    expect(await obstacles({ scope: VM })).toEqual([]);
  });
});

describe('alreadyHeld', () => {
  const hold = (seed: { scope: string; principalId: string; roleGuid?: string }) =>
    ground.sandbox.assignRole({ roleGuid: IDS.contributor, ...seed });
  let guestId: string;
  beforeEach(() => {
    const seed = { displayName: 'D', mail: 'dana@northwind.example', userType: 'Guest' as const };
    guestId = ground.sandbox.addUser(IDS.contoso, seed).id;
  });

  it('sees the same role at the scope or above, directly or through a group', async () => {
    expect((await preflight({ scope: WEB })).alreadyHeld).toBe(false);
    const name = hold({ scope: SUBSCRIPTION, principalId: guestId });
    expect((await preflight({ scope: WEB })).alreadyHeld).toBe(true);
    ground.sandbox.unassignRole(IDS.contoso, name);
    const group = ground.sandbox.addGroup(IDS.contoso, { displayName: 'Admins', members: [guestId] });
    hold({ scope: WEB, principalId: group.id });
    expect((await preflight({ scope: WEB })).alreadyHeld).toBe(true);
  });

  it('does not see another role, a scope below, or what is ours', async () => {
    hold({ scope: SUBSCRIPTION, principalId: guestId, roleGuid: IDS.reader });
    hold({ scope: WEB, principalId: guestId });
    const ref = {
      entitlement: entitlement(),
      principalId: guestId,
      grantId: 'AR-7K3M9PQX',
      endAt: 1_790_000_000_000,
    };
    const assignmentId = ground.azure.entitlements.assignmentIdFor(ref);
    await ground.azure.entitlements.assign({ ...ref, assignmentId });
    expect((await preflight()).alreadyHeld).toBe(false);
  });

  it('reads lists to their last page', async () => {
    ground.sandbox.settings(IDS.contoso).armPageSize = 2;
    for (const roleGuid of [IDS.reader, IDS.vmContributor, RBAC, IDS.contributor]) {
      hold({ scope: SUBSCRIPTION, principalId: guestId, roleGuid });
    }
    expect((await preflight()).alreadyHeld).toBe(true);
  });

  it('follows no link to another host with a token', async () => {
    const elsewhere = ground.sandbox.url.replace('localhost', '127.0.0.1');
    ground.sandbox.faults.add({
      path: /roleAssignments$/,
      effect: { kind: 'answer', status: 200, body: { value: [], nextLink: `${elsewhere}/stolen` } },
    });
    expect(await failure(preflight())).toBeInstanceOf(Unavailable);
    expect(ground.sandbox.requests.filter(({ path }) => path === '/stolen')).toEqual([]);
  });
});

describe('probe', () => {
  it('tells who we are in a tenant and what we may do there', async () => {
    const probe = await ground.azure.probe(IDS.contoso);
    expect(probe.servicePrincipalId).toMatch(/^[\da-f-]{36}$/);
    expect(probe.missingPermissions).toEqual([]);
    expect(probe.scopes).toEqual([
      { scope: SUBSCRIPTION, title: 'Contoso Production', canAssign: true, canRemove: true },
    ]);
  });

  it('names what is missing', async () => {
    ground.sandbox.consent(IDS.contoso, IDS.app, { graphPermissions: ['User.Read.All'] });
    reseat(undefined, WEB);
    const probe = await ground.azure.probe(IDS.contoso, [WEB]);
    expect(probe.missingPermissions).toEqual([
      'User.Invite.All',
      'User.DeleteRestore.All',
      'Policy.Read.All',
    ]);
    expect(probe.scopes).toEqual([{ scope: WEB, title: WEB, canAssign: true, canRemove: true }]);
  });

  it('asks less of the partner’s own tenant', async () => {
    const probe = await ground.azure.probe(IDS.northwind);
    expect(probe.missingPermissions).toEqual([]);
    expect(probe.scopes).toEqual([]);
  });
});
