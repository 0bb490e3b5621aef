import {
  assignment,
  assignmentPath,
  CONTOSO,
  createContoso,
  FOREIGN_SUBSCRIPTION,
  GROUP_SCOPE,
  OWNER,
  PRINCIPAL,
  RBAC_ADMINISTRATOR,
  READER,
  SCOPE,
  SUBSCRIPTION,
  type Contoso,
} from './contoso.ts';

const SITE = `${GROUP_SCOPE}/providers/Microsoft.Web/sites/shop`;

let world: Contoso;
beforeEach(async () => void (world = await createContoso()));
afterEach(() => world.stop());

const get = (path: string, version = '2022-12-01') => world.send('GET', `${path}?api-version=${version}`);

describe('subscriptions, resource groups and resources', () => {
  it('lists only the subscriptions of the tenant in which the app has a role', async () => {
    world.azure.addSubscription(CONTOSO, {
      id: '30000000-0000-4000-8000-000000000009',
      name: 'Contoso private',
    });
    const answer = await get('/subscriptions');
    expect(answer.body['value']).toMatchObject([
      { subscriptionId: SUBSCRIPTION, state: 'Enabled', tenantId: CONTOSO },
    ]);
  });

  it('reads what exists and answers 404 for the rest', async () => {
    world.azure.addResource(SITE);
    expect((await get(SCOPE)).body).toMatchObject({ displayName: 'Contoso prod' });
    expect((await get(GROUP_SCOPE)).body).toMatchObject({
      name: 'rg-prod',
      type: 'Microsoft.Resources/resourceGroups',
    });
    expect((await get(SITE.toLowerCase())).body).toMatchObject({
      id: SITE,
      type: 'Microsoft.Web/sites',
      name: 'shop',
    });
    expect((await world.send('HEAD', `${SITE}?api-version=2022-12-01`)).status).toBe(204);
    expect((await get(`${SCOPE}/resourceGroups/gone`)).status).toBe(404);
    expect((await get(`${GROUP_SCOPE}/providers/Microsoft.Web/sites/gone`)).status).toBe(404);
    expect((await get(`/subscriptions/${FOREIGN_SUBSCRIPTION}`)).status).toBe(401);
  });

  it('wants an api-version', async () => {
    const answer = await world.send('GET', SCOPE);
    expect(answer.body['error']).toMatchObject({ code: 'MissingApiVersionParameter' });
  });

  it('assigns roles on a resource', async () => {
    world.azure.addResource(SITE);
    const guest = await world.invite();
    const path = assignmentPath('70000000-0000-4000-8000-000000000001', SITE);
    expect((await world.send('PUT', path, { properties: assignment(guest) })).status).toBe(201);
  });
});

describe('locks and deny assignments', () => {
  it('are listed at the scope, above it and, without atScope(), below it', async () => {
    const above = world.azure.addLock(SCOPE, 'CanNotDelete');
    const below = world.azure.addLock(GROUP_SCOPE, 'ReadOnly');
    const names = async (scope: string, filter = '') => {
      const path = `${scope}/providers/Microsoft.Authorization/locks?api-version=2020-05-01${filter}`;
      const answer = await world.send('GET', path);
      return (answer.body['value'] as Array<{ name: string }>).map((lock) => lock.name);
    };
    expect(await names(GROUP_SCOPE)).toEqual([above, below]);
    expect(await names(SCOPE)).toEqual([above, below]);
    expect(await names(SCOPE, '&$filter=atScope()')).toEqual([above]);
  });

  it('a deny assignment wins over the role', async () => {
    const everyone = '00000000-0000-0000-0000-000000000000';
    world.azure.addDenyAssignment(GROUP_SCOPE, { actions: ['*/write'], principalIds: [everyone] });
    const found = [];
    for await (const item of world.arm.denyAssignments.listForScope(GROUP_SCOPE)) found.push(item);
    expect(found).toMatchObject([
      { scope: GROUP_SCOPE, isSystemProtected: true, principals: [{ id: everyone }] },
    ]);
    const guest = await world.invite();
    const path = assignmentPath('70000000-0000-4000-8000-000000000001', GROUP_SCOPE);
    const answer = await world.send('PUT', path, { properties: assignment(guest) });
    expect([answer.status, answer.text]).toEqual([403, expect.stringContaining('deny assignment')]);
  });
});

describe('role definitions at the root', () => {
  it('are open to anyone in the tenant', async () => {
    const path = `/providers/Microsoft.Authorization/roleDefinitions/${READER}`;
    expect((await get(path, '2022-04-01')).body).toMatchObject({ id: path, name: READER });
  });
});

describe('permissions', () => {
  it("are the app's own, for every role it holds at the scope and above", async () => {
    const answer = await get(`${GROUP_SCOPE}/providers/Microsoft.Authorization/permissions`, '2022-04-01');
    const value = answer.body['value'] as Array<{ actions: string[] }>;
    expect(value).toHaveLength(1);
    expect(value[0]?.actions).toContain('Microsoft.Authorization/roleAssignments/delete');
  });
});

describe('a condition given as text', () => {
  const attribute = (source: string, name: string) =>
    `@${source}[Microsoft.Authorization/roleAssignments:${name}]`;
  const text = `(
 (!(ActionMatches{'Microsoft.Authorization/roleAssignments/write'}))
 OR
 (${attribute('Request', 'RoleDefinitionId')} ForAnyOfAnyValues:GuidEquals {${READER}}
  AND ${attribute('Request', 'PrincipalType')} StringEqualsIgnoreCase 'Group')
)`;

  it('is enforced as it stands', async () => {
    world.azure.unassignRole(CONTOSO, world.azure.dump().tenants[1]?.roleAssignments[0]?.name ?? '');
    world.azure.assignRole({
      scope: SCOPE,
      roleGuid: RBAC_ADMINISTRATOR,
      principalId: PRINCIPAL,
      principalType: 'ServicePrincipal',
      condition: text,
    });
    const guest = await world.invite();
    const group = world.azure.addGroup(CONTOSO, { displayName: 'Ops' });
    const put = (properties: object) =>
      world.send('PUT', assignmentPath('70000000-0000-4000-8000-000000000001'), { properties });
    expect((await put(assignment(guest))).status).toBe(403);
    expect((await put({ ...assignment(group.id), principalType: 'Group' })).status).toBe(201);
  });

  it('may name the roles that are not allowed, as the portal does', async () => {
    world.azure.unassignRole(CONTOSO, world.azure.dump().tenants[1]?.roleAssignments[0]?.name ?? '');
    const except = `ForAnyOfAllValues:GuidNotEquals {${OWNER}, ${RBAC_ADMINISTRATOR}}`;
    const clause = (action: string, source: string) =>
      `((!(ActionMatches{'Microsoft.Authorization/roleAssignments/${action}'})) OR (${attribute(source, 'RoleDefinitionId')} ${except}))`;
    world.azure.assignRole({
      scope: SCOPE,
      roleGuid: RBAC_ADMINISTRATOR,
      principalId: PRINCIPAL,
      principalType: 'ServicePrincipal',
      condition: `${clause('write', 'Request')} AND ${clause('delete', 'Resource')}`,
    });
    const guest = await world.invite();
    const path = assignmentPath('70000000-0000-4000-8000-000000000001');
    expect((await world.send('PUT', path, { properties: assignment(guest, OWNER) })).status).toBe(403);
    expect((await world.send('PUT', path, { properties: assignment(guest) })).status).toBe(201);
    expect((await world.send('DELETE', path)).status).toBe(200);
  });

  it('is refused when it cannot be enforced', () => {
    const seed = { scope: SCOPE, roleGuid: RBAC_ADMINISTRATOR, principalId: PRINCIPAL, condition: 'true' };
    expect(() => world.azure.assignRole(seed)).toThrow('cannot enforce');
  });
});
