import { CLIENT, CONTOSO, createContoso, HELPDESK, refusalOf, type Contoso } from './contoso.ts';

let world: Contoso;
let guest: string;
beforeEach(async () => {
  world = await createContoso();
  guest = await world.invite();
});
afterEach(() => world.stop());

const reference = (id: string, host = 'https://graph.microsoft.com') => ({
  '@odata.id': `${host}/v1.0/directoryObjects/${id}`,
});
const add = (groupId: string, body: unknown = reference(guest)) =>
  world.send('POST', `/v1.0/groups/${groupId}/members/$ref`, body);

describe('memberships', () => {
  it('are added once: the second time is a 400 that only its text tells', async () => {
    const group = world.azure.addGroup(CONTOSO, { displayName: 'Ops' });
    expect((await add(group.id, reference(guest, world.azure.url))).status).toBe(204);
    const again = await add(group.id);
    expect(again.status).toBe(400);
    expect(again.text).toContain('One or more added object references already exist');
    expect(world.azure.leftBehind(CLIENT)).toContainEqual(
      expect.objectContaining({ kind: 'membership', id: guest }),
    );
  });

  it('are removed once: the second time is a 404', async () => {
    const group = world.azure.addGroup(CONTOSO, { displayName: 'Ops', members: [guest] });
    const remove = () => world.send('DELETE', `/v1.0/groups/${group.id}/members/${guest}/$ref`);
    expect([(await remove()).status, (await remove()).status]).toEqual([204, 404]);
    expect((await world.send('GET', `/v1.0/users/${guest}`)).status).toBe(200);
  });

  it('delete the user when /$ref is forgotten', async () => {
    const group = world.azure.addGroup(CONTOSO, { displayName: 'Ops', members: [guest] });
    expect((await world.send('DELETE', `/v1.0/groups/${group.id}/members/${guest}`)).status).toBe(204);
    expect((await world.send('GET', `/v1.0/users/${guest}`)).status).toBe(404);
  });

  it('of an app that may not delete users survive a forgotten /$ref', async () => {
    world.azure.consent(CONTOSO, CLIENT, {
      graphPermissions: ['GroupMember.ReadWrite.All', 'User.Read.All'],
    });
    const group = world.azure.addGroup(CONTOSO, { displayName: 'Ops', members: [guest] });
    const authorization = `Bearer ${await freshToken()}`;
    const answer = await world.send('DELETE', `/v1.0/groups/${group.id}/members/${guest}`, undefined, {
      authorization,
    });
    expect(answer.status).toBe(403);
    expect((await world.send('GET', `/v1.0/users/${guest}`)).status).toBe(200);
  });

  it('of dynamic groups are not for us, of role-assignable ones only with the permission', async () => {
    const dynamic = world.azure.addGroup(CONTOSO, {
      displayName: 'All',
      membershipRule: 'user.mail -ne null',
    });
    expect((await add(dynamic.id)).status).toBe(400);
    const assignable = world.azure.addGroup(CONTOSO, { displayName: 'Admins', isAssignableToRole: true });
    expect((await add(assignable.id)).status).toBe(204);
  });

  it('refuse a reference that is not on a Graph host', async () => {
    const group = world.azure.addGroup(CONTOSO, { displayName: 'Ops' });
    expect((await add(group.id, reference(guest, 'https://elsewhere.example'))).status).toBe(400);
  });

  it('show up late and go late where lists lag', async () => {
    world.azure.settings(CONTOSO).listDelayMs = 10_000;
    const group = world.azure.addGroup(CONTOSO, { displayName: 'Ops' });
    const ids = async () => {
      const answer = await world.send('GET', `/v1.0/groups/${group.id}/members?$select=id`);
      return (answer.body['value'] as Array<{ id: string }>).map((member) => member.id);
    };
    await add(group.id);
    expect(await ids()).toEqual([]);
    world.azure.clock.advance(10_000);
    expect(await ids()).toEqual([guest]);
    await world.send('DELETE', `/v1.0/groups/${group.id}/members/${guest}/$ref`);
    expect(await ids()).toEqual([guest]);
    world.azure.clock.advance(10_000);
    expect(await ids()).toEqual([]);
  });

  async function freshToken(): Promise<string> {
    const { credentialFor } = await import('./contoso.ts');
    return (await credentialFor(world.azure).getToken('https://graph.microsoft.com/.default')).token;
  }
});

describe('membership through groups', () => {
  it('is found by checkMemberGroups and transitiveMembers', async () => {
    const inner = world.azure.addGroup(CONTOSO, { displayName: 'Team', members: [guest] });
    const outer = world.azure.addGroup(CONTOSO, { displayName: 'Leads', members: [inner.id] });
    const other = world.azure.addGroup(CONTOSO, { displayName: 'Other' });
    const check = await world.send('POST', `/v1.0/users/${guest}/checkMemberGroups`, {
      groupIds: [outer.id, other.id],
    });
    expect(check.body['value']).toEqual([outer.id]);
    const direct = await world.send('GET', `/v1.0/groups/${outer.id}/members`);
    expect(direct.body['value']).toMatchObject([{ '@odata.type': '#microsoft.graph.group', id: inner.id }]);
    const path = `/v1.0/groups/${outer.id}/transitiveMembers/microsoft.graph.user?$select=id&$count=true`;
    expect((await world.send('GET', path)).status).toBe(400);
    const users = await world.send('GET', path, undefined, { ConsistencyLevel: 'eventual' });
    expect(users.body).toMatchObject({ '@odata.count': 1, value: [{ id: guest }] });
  });
});

describe('directory roles', () => {
  const assign = () =>
    world.graph
      .api('/roleManagement/directory/roleAssignments')
      .post({ roleDefinitionId: HELPDESK, principalId: guest, directoryScopeId: '/' }) as Promise<{
      id: string;
    }>;

  it('get an id from the server, are found by principal and removed once', async () => {
    const made = await assign();
    const list = await world.send(
      'GET',
      `/v1.0/roleManagement/directory/roleAssignments?$filter=principalId eq '${guest}'`,
    );
    expect(list.body['value']).toMatchObject([{ id: made.id, roleDefinitionId: HELPDESK }]);
    const remove = () => world.send('DELETE', `/v1.0/roleManagement/directory/roleAssignments/${made.id}`);
    expect([(await remove()).status, (await remove()).status]).toEqual([204, 404]);
  });

  it('refuse the same twice', async () => {
    await assign();
    const refusal = await refusalOf(assign());
    expect(refusal).toMatchObject({ statusCode: 400, code: 'Request_BadRequest' });
    expect(refusal.message).toContain('A conflicting object');
  });

  it('refuse a principal nobody knows', async () => {
    const body = { roleDefinitionId: HELPDESK, principalId: HELPDESK, directoryScopeId: '/' };
    const answer = await world.send('POST', '/v1.0/roleManagement/directory/roleAssignments', body);
    expect(answer.status).toBe(404);
  });
});
