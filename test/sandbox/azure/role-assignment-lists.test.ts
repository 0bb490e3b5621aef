import {
  assignment,
  assignmentPath,
  CONTOSO,
  createContoso,
  GROUP_SCOPE,
  OWNER,
  PRINCIPAL,
  READER,
  SCOPE,
  SUBSCRIPTION,
  type Contoso,
} from './contoso.ts';

const NAME = '70000000-0000-4000-8000-000000000001';
const OTHER = '70000000-0000-4000-8000-000000000002';

let world: Contoso;
let guest: string;
beforeEach(async () => {
  world = await createContoso();
  guest = await world.invite();
});
afterEach(() => world.stop());

const put = (name: string, scope = SCOPE) =>
  world.send('PUT', assignmentPath(name, scope), { properties: assignment(guest) });

async function listed(filter: string, scope = SCOPE): Promise<string[]> {
  const query = filter === '' ? '' : `&$filter=${encodeURIComponent(filter)}`;
  const path = `${scope}/providers/Microsoft.Authorization/roleAssignments?api-version=2022-04-01${query}`;
  const answer = await world.send('GET', path);
  const names = (answer.body['value'] as Array<{ name: string }>).map((item) => item.name);
  return names.filter((name) => name.startsWith('7000'));
}

describe('listing role assignments', () => {
  beforeEach(async () => {
    await put(NAME);
    await put(OTHER, GROUP_SCOPE);
  });

  it('shows everything at, above and below without a filter', async () => {
    expect(await listed('')).toEqual([NAME, OTHER]);
    expect(await listed('', GROUP_SCOPE)).toEqual([NAME, OTHER]);
  });

  it('shows at and above with atScope()', async () => {
    expect(await listed('atScope()')).toEqual([NAME]);
    expect(await listed('atScope()', GROUP_SCOPE)).toEqual([NAME, OTHER]);
  });

  it('shows one principal with principalId, and through groups with assignedTo', async () => {
    const group = world.azure.addGroup(CONTOSO, { displayName: 'Ops', members: [guest] });
    const nested = world.azure.addGroup(CONTOSO, { displayName: 'All', members: [group.id] });
    const name = '70000000-0000-4000-8000-000000000003';
    world.azure.assignRole({
      scope: SCOPE,
      name,
      roleGuid: READER,
      principalId: nested.id,
      principalType: 'Group',
    });
    expect(await listed(`principalId eq '${guest}'`)).toEqual([NAME, OTHER]);
    expect(await listed(`assignedTo('${guest}')`)).toEqual([NAME, OTHER, name]);
    expect(await listed(`atScope() and assignedTo('${guest}')`)).toEqual([NAME, name]);
  });

  it('includes what is inherited from the root', async () => {
    const name = '70000000-0000-4000-8000-000000000009';
    world.azure.assignRole({ scope: '/', tenantId: CONTOSO, name, roleGuid: OWNER, principalId: guest });
    expect(await listed('atScope()', GROUP_SCOPE)).toContain(name);
  });

  it('pages by nextLink, which the library follows', async () => {
    world.azure.settings(CONTOSO).armPageSize = 1;
    const names: string[] = [];
    for await (const item of world.arm.roleAssignments.listForScope(SCOPE, {
      filter: `principalId eq '${guest}'`,
    })) {
      names.push(item.name ?? '');
    }
    expect(names).toEqual([NAME, OTHER]);
  });

  it('lags behind by the set delay, both ways', async () => {
    world.azure.settings(CONTOSO).listDelayMs = 60_000;
    expect(await listed('')).toEqual([]);
    world.azure.clock.advance(60_000);
    expect(await listed('')).toEqual([NAME, OTHER]);
    await world.send('DELETE', assignmentPath(NAME));
    expect(await listed('')).toEqual([NAME, OTHER]);
    world.azure.clock.advance(60_000);
    expect(await listed('')).toEqual([OTHER]);
  });

  it('needs a right to read', async () => {
    const path = `/subscriptions/${SUBSCRIPTION}/providers/Microsoft.Authorization/roleAssignments?api-version=2022-04-01`;
    const own = world.azure.dump().tenants[1]?.roleAssignments.find((a) => a.principalId === PRINCIPAL);
    world.azure.unassignRole(CONTOSO, own?.name ?? '');
    const answer = await world.send('GET', path);
    expect(answer.status).toBe(403);
    expect(answer.body['error']).toMatchObject({ code: 'AuthorizationFailed' });
  });
});
