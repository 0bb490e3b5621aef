import {
  assignment,
  assignmentPath,
  CLIENT,
  CONTOSO,
  CONTRIBUTOR,
  createContoso,
  FOREIGN_SUBSCRIPTION,
  GROUP_SCOPE,
  OWNER,
  PRINCIPAL,
  RBAC_ADMINISTRATOR,
  READER,
  refusalOf,
  SCOPE,
  SUBSCRIPTION,
  type Contoso,
} from './contoso.ts';

const NAME = '70000000-0000-4000-8000-000000000001';
const OTHER = '70000000-0000-4000-8000-000000000002';
const MARKER = 'latchkey/1 g=G-1 e=1768482000';

let world: Contoso;
let guest: string;
beforeEach(async () => {
  world = await createContoso();
  guest = await world.invite();
});
afterEach(() => world.stop());

const put = (name = NAME, roleGuid = READER, description = MARKER, scope = SCOPE) =>
  world.send('PUT', assignmentPath(name, scope), { properties: assignment(guest, roleGuid, description) });
const remove = (name = NAME, scope = SCOPE) => world.send('DELETE', assignmentPath(name, scope));
const codeOf = (answer: { body: Record<string, unknown> }) => (answer.body['error'] as { code: string }).code;

describe('PUT roleAssignments', () => {
  it('creates with 201 and no author yet; later reads name the app as author', async () => {
    const made = await put();
    expect(made.status).toBe(201);
    expect(made.body['properties']).toMatchObject({
      createdBy: null,
      updatedBy: PRINCIPAL,
      description: MARKER,
    });
    const read = await world.send('GET', assignmentPath(NAME));
    expect(read.body['properties']).toMatchObject({ createdBy: PRINCIPAL, scope: SCOPE });
  });

  it('answers 200 for the same once more, and for a new description under the same name', async () => {
    await put();
    expect((await put()).status).toBe(200);
    const extended = await put(NAME, READER, 'latchkey/1 g=G-1 e=1768489200');
    expect(extended.status).toBe(200);
    const read = await world.arm.roleAssignments.get(SCOPE, NAME);
    expect(read.description).toBe('latchkey/1 g=G-1 e=1768489200');
  });

  it('refuses another name for the same principal, role and scope, naming the one that exists without dashes', async () => {
    await put();
    const answer = await put(OTHER);
    expect([answer.status, codeOf(answer)]).toEqual([409, 'RoleAssignmentExists']);
    expect(answer.text).toContain(`is ${NAME.replaceAll('-', '')}.`);
  });

  it('refuses the same name for another role, or at another scope', async () => {
    await put();
    for (const answer of [await put(NAME, CONTRIBUTOR), await put(NAME, READER, MARKER, GROUP_SCOPE)]) {
      expect([answer.status, codeOf(answer)]).toEqual([400, 'RoleAssignmentUpdateNotPermitted']);
    }
  });

  it('takes a doubled slash, any case, and resourcegroups', async () => {
    const scope = `//SUBSCRIPTIONS/${SUBSCRIPTION.toUpperCase()}/resourcegroups/RG-PROD`;
    const made = await put(NAME.toUpperCase(), READER, MARKER, scope);
    expect(made.status).toBe(201);
    expect(made.body['id']).toBe(`${GROUP_SCOPE}/providers/Microsoft.Authorization/roleAssignments/${NAME}`);
  });

  it.each([
    ['a role outside the condition', () => put(NAME, OWNER), 403, 'AuthorizationFailed'],
    ['a name that is no GUID', () => put('grant-1'), 400, 'InvalidRoleAssignmentId'],
    [
      'a description over 2,048 characters',
      () => put(NAME, READER, 'x'.repeat(2049)),
      400,
      'InvalidRoleAssignmentDescription',
    ],
    [
      'a resource group that is gone',
      () => put(NAME, READER, MARKER, `${SCOPE}/resourceGroups/gone`),
      404,
      'ResourceGroupNotFound',
    ],
    [
      'a resource that is gone',
      () => put(NAME, READER, MARKER, `${GROUP_SCOPE}/providers/Microsoft.Web/sites/gone`),
      404,
      'ResourceNotFound',
    ],
    [
      'a subscription nobody has',
      () => put(NAME, READER, MARKER, '/subscriptions/30000000-0000-4000-8000-00000000dead'),
      404,
      'SubscriptionNotFound',
    ],
    [
      'a subscription of another tenant',
      () => put(NAME, READER, MARKER, `/subscriptions/${FOREIGN_SUBSCRIPTION}`),
      401,
      'InvalidAuthenticationTokenTenant',
    ],
  ])('refuses %s', async (_case, call, status, code) => {
    const answer = await call();
    expect([answer.status, codeOf(answer)]).toEqual([status, code]);
    expect(world.azure.leftBehind(CLIENT).filter((item) => item.kind === 'roleAssignment')).toEqual([]);
  });

  it('refuses a principal that does not exist, and a wrong kind of principal', async () => {
    const nobody = world.send('PUT', assignmentPath(NAME), {
      properties: assignment('50000000-0000-4000-8000-00000000dead'),
    });
    expect(codeOf(await nobody)).toBe('PrincipalNotFound');
    const wrong = world.send('PUT', assignmentPath(NAME), { properties: assignment(PRINCIPAL) });
    expect(codeOf(await wrong)).toBe('UnmatchedPrincipalType');
  });

  it('refuses a role that is not there', async () => {
    const bound = { principalId: PRINCIPAL, principalType: 'ServicePrincipal' } as const;
    world.azure.assignRole({ scope: SCOPE, roleGuid: RBAC_ADMINISTRATOR, ...bound });
    const answer = await put(NAME, '00000000-0000-4000-8000-00000000beef');
    expect([answer.status, codeOf(answer)]).toEqual([404, 'RoleDefinitionDoesNotExist']);
  });

  it('stops at the limit of the subscription', async () => {
    world.azure.settings(CONTOSO).roleAssignmentLimit = 1;
    expect(codeOf(await put())).toBe('RoleAssignmentLimitExceeded');
  });

  it('is refused on a disabled subscription', async () => {
    world.azure.setSubscriptionState(SUBSCRIPTION, 'Disabled');
    const answer = await put();
    expect([answer.status, codeOf(answer)]).toEqual([409, 'ReadOnlyDisabledSubscription']);
  });
});

describe('DELETE roleAssignments', () => {
  it('answers 200 with what it removed, then 204', async () => {
    await put();
    const first = await remove();
    expect([first.status, first.body['name']]).toEqual([200, NAME]);
    expect(first.body['properties']).toMatchObject({ createdBy: PRINCIPAL });
    expect((await remove()).status).toBe(204);
    expect(codeOf(await world.send('GET', assignmentPath(NAME)))).toBe('RoleAssignmentNotFound');
  });

  it('is stopped by a lock at the scope or above, until the lock is gone', async () => {
    await put(NAME, READER, MARKER, GROUP_SCOPE);
    const lock = world.azure.addLock(GROUP_SCOPE, 'CanNotDelete');
    const answer = await remove(NAME, GROUP_SCOPE);
    expect([answer.status, codeOf(answer)]).toEqual([409, 'ScopeLocked']);
    world.azure.removeLock(GROUP_SCOPE, lock);
    expect((await remove(NAME, GROUP_SCOPE)).status).toBe(200);
  });

  it('is not stopped by a lock below', async () => {
    await put();
    world.azure.addLock(GROUP_SCOPE, 'CanNotDelete');
    expect((await remove()).status).toBe(200);
  });

  it('is held to the condition as well', async () => {
    const name = world.azure.assignRole({ scope: SCOPE, roleGuid: OWNER, principalId: guest });
    const answer = await remove(name);
    expect([answer.status, codeOf(answer)]).toEqual([403, 'AuthorizationFailed']);
  });

  it('never takes the last owner', async () => {
    world.azure.assignRole({
      scope: SCOPE,
      roleGuid: OWNER,
      principalId: PRINCIPAL,
      principalType: 'ServicePrincipal',
    });
    const owners = world.azure.dump().tenants[1]?.roleAssignments.filter((a) => a.roleGuid === OWNER) ?? [];
    expect((await remove(owners[0]?.name)).status).toBe(412);
    world.azure.assignRole({ scope: SCOPE, roleGuid: OWNER, principalId: guest });
    expect((await remove(owners[0]?.name)).status).toBe(200);
  });

  it('is 404 once the resource group is gone', async () => {
    await put(NAME, READER, MARKER, GROUP_SCOPE);
    world.azure.removeScope(GROUP_SCOPE);
    expect(codeOf(await remove(NAME, GROUP_SCOPE))).toBe('ResourceGroupNotFound');
    expect(world.azure.leftBehind(CLIENT).map((item) => item.kind)).toEqual(['guest']);
  });
});

describe('a read-only lock', () => {
  it('stops a grant too', async () => {
    world.azure.addLock(SCOPE, 'ReadOnly');
    const answer = await put();
    expect([answer.status, codeOf(answer)]).toEqual([409, 'ScopeLocked']);
  });
});

describe('through the real library', () => {
  it('a refusal carries status, code and message', async () => {
    const call = world.arm.roleAssignments.create(SCOPE, NAME, assignment(guest, OWNER));
    expect(await refusalOf(call)).toMatchObject({ statusCode: 403, code: 'AuthorizationFailed' });
  });

  it('roles are found by name without case, and by id', async () => {
    const byName = [];
    for await (const role of world.arm.roleDefinitions.list(GROUP_SCOPE, {
      filter: "roleName eq 'reader'",
    })) {
      byName.push(role);
    }
    expect(byName).toMatchObject([{ name: READER, roleName: 'Reader' }]);
    expect(byName[0]?.id).toBe(`${SCOPE}/providers/Microsoft.Authorization/roleDefinitions/${READER}`);
    const byId = await world.arm.roleDefinitions.get(SCOPE, CONTRIBUTOR);
    expect(byId.permissions?.[0]?.notActions).toContain('Microsoft.Authorization/*/Write');
    expect(await refusalOf(world.arm.roleDefinitions.get(SCOPE, NAME))).toMatchObject({
      statusCode: 404,
      code: 'RoleDefinitionDoesNotExist',
    });
  });
});
