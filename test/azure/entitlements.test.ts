import { Misconfigured, Refused, Unavailable } from '../../src/access/errors.ts';
import type { Fault, FaultEffect } from '../../sandbox/faults.ts';
import { assignmentsIn, createGround, entitlement, failure, IDS, SUBSCRIPTION, WEB } from './ground.ts';
import type { Ground } from './ground.ts';

const GRANT = 'AR-7K3M9PQX';
const END = 1_790_000_000_000;
const ITEM = /roleAssignments\/[\da-f-]{36}$/;

let ground: Ground;
let guestId: string;
beforeEach(async () => {
  ground = await createGround();
  guestId = ground.sandbox.addUser(IDS.contoso, {
    displayName: 'Dana',
    mail: 'dana@northwind.example',
    userType: 'Guest',
  }).id;
});
afterEach(() => ground.stop());

function ask(change: Partial<ReturnType<typeof entitlement>> = {}) {
  const wanted = entitlement(change);
  const id = { grantId: GRANT, entitlement: wanted, principalId: guestId };
  const assignmentId = ground.azure.entitlements.assignmentIdFor(id);
  return { entitlement: wanted, assignmentId, principalId: guestId, grantId: GRANT, endAt: END };
}

function fail(method: string, effect: FaultEffect, more: Partial<Fault> = {}): void {
  ground.sandbox.faults.add({ method, path: ITEM, effect, ...more });
}

function answer(status: number, code: string, headers: Record<string, string> = {}): FaultEffect {
  return { kind: 'answer', status, headers, body: { error: { code, message: `The service says ${code}.` } } };
}

const assign = (change = {}) => ground.azure.entitlements.assign(ask(change));
const puts = () => ground.sent('arm', 'PUT').length;

describe('assignmentIdFor', () => {
  it('is a version 5 GUID, the same for the same input in any case, and another for anything else', () => {
    const { assignmentIdFor } = ground.azure.entitlements;
    const base = { grantId: GRANT, entitlement: entitlement(), principalId: guestId };
    const id = assignmentIdFor(base);
    expect(id).toMatch(/^[\da-f]{8}-[\da-f]{4}-5[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
    const shouted = entitlement({ scope: SUBSCRIPTION.toUpperCase() });
    expect(assignmentIdFor({ ...base, entitlement: shouted, principalId: guestId.toUpperCase() })).toBe(id);
    const others = [
      { ...base, grantId: 'AR-7K3M9PQY' },
      { ...base, principalId: IDS.olga },
      { ...base, entitlement: entitlement({ scope: WEB }) },
      { ...base, entitlement: entitlement({ roleDefinitionId: IDS.reader }) },
    ];
    expect(new Set([id, ...others.map(assignmentIdFor)]).size).toBe(5);
  });
});

describe('assign', () => {
  it('writes a typed, marked assignment whose name correlates it in the activity log', async () => {
    await assign({ scope: WEB });
    const [put] = ground.sent('arm', 'PUT');
    expect(put?.path.startsWith('/subscriptions/')).toBe(true);
    expect(put?.headers['x-ms-correlation-request-id']).toBe(ask({ scope: WEB }).assignmentId);
    expect(JSON.parse(put?.body ?? '')).toEqual({
      properties: {
        roleDefinitionId: `${SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/${IDS.contributor}`,
        principalId: guestId,
        principalType: 'User',
        description: 'latchkey/1 g=AR-7K3M9PQX e=1790000000',
      },
    });
  });

  it('works at a resource whose name needs encoding', async () => {
    const id = `${WEB}/providers/Microsoft.Compute/virtualMachines/vm (one)`;
    ground.sandbox.addResource(id);
    expect((await assign({ scope: id })).status).toBe('made');
    expect(assignmentsIn(ground.sandbox)[0]?.scope).toBe(id);
  });

  it('may be repeated: the second time changes nothing', async () => {
    const first = await assign();
    expect(await assign()).toEqual(first);
    expect(assignmentsIn(ground.sandbox)).toHaveLength(1);
  });

  it.each(['loseAnswer', 'reset'] as const)('gets over a connection that breaks: %s', async (kind) => {
    fail('PUT', { kind });
    expect((await assign()).status).toBe('made');
    expect(assignmentsIn(ground.sandbox)).toHaveLength(1);
  });

  it('gets over a brief failure of the service, and waits no longer than two seconds for it', async () => {
    fail('PUT', answer(500, 'InternalServerError'));
    fail('PUT', answer(429, 'TooManyRequests', { 'retry-after': '1' }));
    expect((await assign()).status).toBe('made');
  });

  it('leaves a longer wait to the caller', async () => {
    fail('PUT', answer(429, 'SubscriptionRequestsThrottled', { 'retry-after': '17' }));
    const started = Date.now();
    const error = await failure(assign());
    expect(error).toBeInstanceOf(Unavailable);
    expect((error as Unavailable).retryAfterMs).toBe(17_000);
    expect(Date.now() - started).toBeLessThan(2_000);
    expect(puts()).toBe(1);
  });

  it('is unavailable when the service is gone, and ends a call that hangs', async () => {
    fail('PUT', answer(503, 'ServiceUnavailable'), { times: 3 });
    expect(await failure(assign())).toBeInstanceOf(Unavailable);
    fail('PUT', { kind: 'hang' });
    const hasty = ground.another({}, { callDeadlineMs: 300 });
    expect(await failure(hasty.entitlements.assign(ask()))).toBeInstanceOf(Unavailable);
  });

  it.each([
    ['html', { kind: 'html' }],
    ['an empty object', { kind: 'answer', status: 200, body: {} }],
    ['no body', { kind: 'answer', status: 201 }],
  ] as Array<[string, FaultEffect]>)('does not take %s for an assignment', async (_, effect) => {
    fail('PUT', effect);
    expect(await failure(assign())).toBeInstanceOf(Unavailable);
  });

  it('is unavailable while a new assignment cannot be read back', async () => {
    fail('GET', answer(404, 'RoleAssignmentNotFound'));
    expect(await failure(assign())).toBeInstanceOf(Unavailable);
    expect((await assign()).status).toBe('made');
  });

  it('asks to come back in two seconds while the guest is not known everywhere', async () => {
    fail('PUT', answer(400, 'PrincipalNotFound'));
    const error = await failure(assign());
    expect(error).toBeInstanceOf(Unavailable);
    expect((error as Unavailable).retryAfterMs).toBe(2_000);
  });

  it.each([
    ['RoleAssignmentLimitExceeded', 400, 'assignmentLimit'],
    ['RoleDefinitionDoesNotExist', 404, 'roleUnknown'],
    ['SubscriptionNotFound', 404, 'scopeUnknown'],
    ['ResourceGroupNotFound', 404, 'scopeUnknown'],
    ['ScopeLocked', 409, 'locked'],
    ['ReadOnlyDisabledSubscription', 409, 'subscriptionDisabled'],
    ['RequestDisallowedByPolicy', 403, 'cannotAssign'],
    ['DenyAssignmentAuthorizationFailed', 403, 'denied'],
  ])('refuses for good on %s', async (code, status, obstacle) => {
    fail('PUT', answer(status, code));
    const error = await failure(assign());
    expect(error).toBeInstanceOf(Refused);
    expect((error as Refused).code).toBe('preflight');
    expect((error as Refused).facts).toMatchObject({ obstacle, remedy: expect.stringMatching(/\w+ \w+/) });
  });

  it.each([
    ['AuthorizationFailed', 403],
    ['UnmatchedPrincipalType', 400],
    ['RoleAssignmentUpdateNotPermitted', 400],
    ['InvalidAuthenticationTokenTenant', 401],
    ['SomethingNobodyHasSeenYet', 400],
  ])('calls %s the operator’s business', async (code, status) => {
    fail('PUT', answer(status, code));
    const error = await failure(assign());
    expect(error).toBeInstanceOf(Misconfigured);
    expect((error as Misconfigured).remedy).toMatch(/\w+ \w+/);
  });

  it('is unavailable on a conflict with something going on, and on an outdated token', async () => {
    fail('PUT', answer(409, 'Conflict'));
    expect(await failure(assign())).toBeInstanceOf(Unavailable);
    fail('PUT', answer(401, 'ExpiredAuthenticationToken'));
    expect(await failure(assign())).toBeInstanceOf(Unavailable);
  });

  it('does not believe a refusal that is not the service’s own', async () => {
    fail('PUT', { kind: 'answer', status: 403, body: '<html>proxy</html>' });
    expect(await failure(assign())).toBeInstanceOf(Unavailable);
  });

  it('does not follow a redirect with a token', async () => {
    fail('PUT', { kind: 'answer', status: 307, headers: { location: `${ground.sandbox.url}/stolen` } });
    expect(await failure(assign())).toBeInstanceOf(Unavailable);
    expect(ground.sandbox.requests.filter(({ path }) => path === '/stolen')).toEqual([]);
  });

  it('reports a role that the condition on our own right does not list', async () => {
    const owner = '8e3af657-a8ff-443c-a75c-2fe8c4bcb635';
    const error = await failure(assign({ roleDefinitionId: owner }));
    expect(error).toBeInstanceOf(Misconfigured);
    expect((error as Misconfigured).remedy).toContain(owner);
  });

  it("finds somebody else's assignment of the same access and calls it theirs", async () => {
    const name = ground.sandbox.assignRole({
      scope: SUBSCRIPTION,
      roleGuid: IDS.contributor,
      principalId: guestId,
    });
    expect(await assign()).toEqual({ status: 'existed', assignmentId: name });
  });

  it('finds it also when the answer does not name it', async () => {
    const name = ground.sandbox.assignRole({
      scope: SUBSCRIPTION,
      roleGuid: IDS.contributor,
      principalId: guestId,
    });
    ground.sandbox.assignRole({ scope: WEB, roleGuid: IDS.contributor, principalId: guestId });
    fail('PUT', answer(409, 'RoleAssignmentExists'));
    expect(await assign()).toEqual({ status: 'existed', assignmentId: name });
  });

  it('is not fooled by a marker that somebody else wrote', async () => {
    const name = ground.sandbox.assignRole({
      scope: SUBSCRIPTION,
      roleGuid: IDS.contributor,
      principalId: guestId,
      description: 'latchkey/1 g=AR-7K3M9PQX e=1790000000',
    });
    expect(await assign()).toEqual({ status: 'existed', assignmentId: name });
  });

  it('knows its own under another name, and waits for that of another grant', async () => {
    const other = { ...ask(), assignmentId: 'aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee' };
    await ground.azure.entitlements.assign(other);
    expect(await assign()).toEqual({ status: 'made', assignmentId: other.assignmentId });
    await ground.azure.entitlements.unassign(other);
    await ground.azure.entitlements.assign({ ...other, grantId: 'AR-0000000A' });
    expect(await failure(assign())).toBeInstanceOf(Unavailable);
  });

  it.each([
    '/',
    'subscriptions/x',
    `${SUBSCRIPTION}/resourceGroups/../..`,
    `${SUBSCRIPTION}/resourceGroups/a?x=y`,
    `${SUBSCRIPTION}/providers/Microsoft.Web/sites`,
    '/providers/Microsoft.Management/managementGroups/mg',
  ])('asks nothing of Azure for the scope %s', async (scope) => {
    expect(await failure(assign({ scope }))).toBeInstanceOf(Misconfigured);
    expect(ground.sandbox.requests).toEqual([]);
  });
});

describe('move', () => {
  it('changes the end in place', async () => {
    await assign();
    await ground.azure.entitlements.move({ ...ask(), endAt: END + 60_000 });
    expect(assignmentsIn(ground.sandbox)).toEqual([
      expect.objectContaining({ description: 'latchkey/1 g=AR-7K3M9PQX e=1790000060' }),
    ]);
  });

  it("writes nothing on somebody else's assignment", async () => {
    const assignmentId = ground.sandbox.assignRole({
      scope: SUBSCRIPTION,
      roleGuid: IDS.contributor,
      principalId: guestId,
      description: 'theirs',
    });
    expect(await failure(ground.azure.entitlements.move({ ...ask(), assignmentId }))).toBeInstanceOf(
      Misconfigured,
    );
    expect(assignmentsIn(ground.sandbox)[0]?.description).toBe('theirs');
  });
});

describe('unassign', () => {
  const unassign = (change = {}) => ground.azure.entitlements.unassign(ask(change));

  it('is done when it was gone before, and when the scope is gone', async () => {
    await unassign();
    ground.sandbox.addResourceGroup(IDS.contosoSubscription, 'brief');
    const scope = `${SUBSCRIPTION}/resourceGroups/brief`;
    await assign({ scope });
    ground.sandbox.removeScope(scope);
    await unassign({ scope });
    expect(await ground.azure.entitlements.exists(ask({ scope }))).toBe(false);
  });

  it.each(['loseAnswer', 'reset'] as const)('gets over a connection that breaks: %s', async (kind) => {
    await assign();
    fail('DELETE', { kind });
    await unassign();
    expect(assignmentsIn(ground.sandbox)).toEqual([]);
  });

  it('is done also when the customer has rewritten the description', async () => {
    await assign();
    ground.sandbox.changeAssignment(IDS.contoso, ask().assignmentId, { description: 'edited' });
    await unassign();
    expect(assignmentsIn(ground.sandbox)).toEqual([]);
  });

  it("never deletes somebody else's assignment", async () => {
    const assignmentId = ground.sandbox.assignRole({
      scope: SUBSCRIPTION,
      roleGuid: IDS.contributor,
      principalId: guestId,
    });
    const error = await failure(ground.azure.entitlements.unassign({ ...ask(), assignmentId }));
    expect(error).toBeInstanceOf(Misconfigured);
    expect(ground.sent('arm', 'DELETE')).toEqual([]);
  });

  it('deletes on the strength of its own record when reading is refused', async () => {
    await assign();
    fail('GET', answer(429, 'SubscriptionRequestsThrottled', { 'retry-after': '60' }));
    await unassign();
    expect(assignmentsIn(ground.sandbox)).toEqual([]);
  });

  it('is stuck while a lock holds the scope, and says which remedy there is', async () => {
    await assign({ scope: WEB });
    const lock = ground.sandbox.addLock(WEB, 'CanNotDelete');
    const error = await failure(unassign({ scope: WEB }));
    expect(error).toBeInstanceOf(Misconfigured);
    expect((error as Misconfigured).remedy).toContain('remove the lock');
    expect((error as Misconfigured).obstacle).toBe('locked');
    ground.sandbox.removeLock(WEB, lock);
    await unassign({ scope: WEB });
    expect(assignmentsIn(ground.sandbox)).toEqual([]);
  });

  it.each([
    ['AuthorizationFailed', 403, 'cannotRemove'],
    ['DenyAssignmentAuthorizationFailed', 403, 'denied'],
    ['ReadOnlyDisabledSubscription', 409, 'subscriptionDisabled'],
    ['PreconditionFailed', 412, undefined],
  ])('is stuck on %s, and says which kind of obstacle that is', async (code, status, obstacle) => {
    await assign();
    fail('DELETE', answer(status, code));
    const error = await failure(unassign());
    expect(error).toBeInstanceOf(Misconfigured);
    expect((error as Misconfigured).obstacle).toBe(obstacle);
  });

  it('is unavailable when asked to slow down, or when nobody answers', async () => {
    await assign();
    fail('DELETE', answer(429, 'SubscriptionRequestsThrottled', { 'retry-after': '9' }));
    expect((await failure(unassign())) as Unavailable).toMatchObject({ retryAfterMs: 9_000 });
    fail('DELETE', answer(502, 'BadGateway'), { times: 3 });
    expect(await failure(unassign())).toBeInstanceOf(Unavailable);
  });

  it('does not take a proxy’s page for a removal, nor its 404', async () => {
    await assign();
    fail('DELETE', { kind: 'answer', status: 200, body: '<html></html>' });
    expect(await failure(unassign())).toBeInstanceOf(Unavailable);
    fail('DELETE', { kind: 'answer', status: 404, body: '<html></html>' });
    expect(await failure(unassign())).toBeInstanceOf(Unavailable);
  });
});

describe('exists', () => {
  it('says no only when Azure says that it is not there', async () => {
    const { entitlements } = ground.azure;
    expect(await entitlements.exists(ask())).toBe(false);
    await assign();
    expect(await entitlements.exists(ask())).toBe(true);
    fail('GET', { kind: 'answer', status: 404, body: 'not here' });
    expect(await failure(entitlements.exists(ask()))).toBeInstanceOf(Unavailable);
    fail('GET', { kind: 'html' });
    expect(await failure(entitlements.exists(ask()))).toBeInstanceOf(Unavailable);
  });
});
