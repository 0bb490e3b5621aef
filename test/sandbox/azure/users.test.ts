import {
  assignment,
  assignmentPath,
  CLIENT,
  CONTOSO,
  createContoso,
  HELPDESK,
  refusalOf,
  type Contoso,
} from './contoso.ts';

const NAME = '70000000-0000-4000-8000-000000000001';
const DAY_MS = 86_400_000;

let world: Contoso;
beforeEach(async () => void (world = await createContoso()));
afterEach(() => world.stop());

describe('GET /users', () => {
  const find = async (filter: string) => {
    const answer = (await world.graph.api('/users').filter(filter).select('id').get()) as {
      value: Array<{ id: string }>;
    };
    return answer.value.map((user) => user.id);
  };

  it('finds a guest by mail, other mails and proxy addresses, without case', async () => {
    const guest = await world.invite('Jan@Fabrikam.example');
    expect(
      await find("mail eq 'jan@fabrikam.example' or otherMails/any(x:x eq 'jan@fabrikam.example')"),
    ).toEqual([guest]);
    expect(await find("proxyAddresses/any(x:x eq 'SMTP:jan@fabrikam.example')")).toEqual([guest]);
    expect(await find("mail eq 'nobody@fabrikam.example'")).toEqual([]);
  });

  it('gets a raw plus as a blank and a raw ampersand as the end of the filter', async () => {
    await world.invite('jan+ops@fabrikam.example');
    await world.invite('r&d@fabrikam.example');
    expect(await find("mail eq 'jan+ops@fabrikam.example'")).toEqual([]);
    expect(await find(`mail eq '${encodeURIComponent('jan+ops@fabrikam.example')}'`)).toHaveLength(1);
    expect(await refusalOf(find("mail eq 'r&d@fabrikam.example'"))).toMatchObject({ statusCode: 400 });
    expect(await find(`mail eq '${encodeURIComponent('r&d@fabrikam.example')}'`)).toHaveLength(1);
  });

  it('never sees what follows a raw hash', async () => {
    const guest = await world.invite('jan@fabrikam.example');
    const name = 'jan_fabrikam.example#EXT#@contoso.onmicrosoft.com';
    expect(await refusalOf(world.graph.api(`/users/${name}`).get())).toMatchObject({ statusCode: 404 });
    expect(await world.graph.api(`/users/${encodeURIComponent(name)}`).get()).toMatchObject({ id: guest });
  });

  it('answers the default properties without select and only the selected ones with it', async () => {
    const guest = await world.invite();
    const plain = await world.send('GET', `/v1.0/users/${guest}`);
    expect(Object.keys(plain.body)).toHaveLength(12);
    expect(plain.body).not.toHaveProperty('externalUserState');
    const chosen = await world.send('GET', `/v1.0/users/${guest}?$select=id,externalUserState`);
    expect(Object.keys(chosen.body)).toEqual(['@odata.context', 'id', 'externalUserState']);
  });

  it('pages by links on its own origin', async () => {
    for (const name of ['a', 'b', 'c']) await world.invite(`${name}@fabrikam.example`);
    const first = await world.send('GET', '/v1.0/users?$top=2&$select=mail');
    const next = String(first.body['@odata.nextLink']);
    expect(next.startsWith(`${world.azure.url}/v1.0/users?`)).toBe(true);
    const second = await world.send('GET', next.slice(world.azure.url.length));
    expect([first.body['value'], second.body['value']]).toEqual([
      [{ mail: 'a@fabrikam.example' }, { mail: 'b@fabrikam.example' }],
      [{ mail: 'c@fabrikam.example' }],
    ]);
    expect(second.body).not.toHaveProperty('@odata.nextLink');
  });

  it('wants the consistency header for advanced queries', async () => {
    await world.invite();
    const path = "/v1.0/users?$count=true&$filter=endsWith(mail,'@fabrikam-cloud.example')";
    const refused = await world.send('GET', path);
    expect(refused.body['error']).toMatchObject({ code: 'Request_UnsupportedQuery' });
    const answer = await world.send('GET', path, undefined, { ConsistencyLevel: 'eventual' });
    expect(answer.body).toMatchObject({ '@odata.count': 1 });
  });
});

describe('DELETE /users/{id}', () => {
  it('is soft: gone from reads, kept for 30 days, restored under the same id', async () => {
    const guest = await world.invite();
    await world.graph.api(`/users/${guest}`).delete();
    expect((await world.send('GET', `/v1.0/users/${guest}`)).status).toBe(404);
    const deleted = await world.send('GET', '/v1.0/directory/deletedItems/microsoft.graph.user');
    expect(deleted.body['value']).toMatchObject([{ id: guest, deletedDateTime: expect.any(String) }]);
    const restored = await world.send('POST', `/v1.0/directory/deletedItems/${guest}/restore`, {});
    expect(restored.body).toMatchObject({ id: guest, userPrincipalName: expect.stringContaining('#EXT#') });
    expect((await world.send('GET', `/v1.0/users/${guest}`)).status).toBe(200);
  });

  it('cannot be undone after 30 days', async () => {
    const guest = await world.invite();
    await world.graph.api(`/users/${guest}`).delete();
    world.azure.clock.advance(30 * DAY_MS);
    expect((await world.send('POST', `/v1.0/directory/deletedItems/${guest}/restore`, {})).status).toBe(404);
  });

  it('cannot be undone while someone else has the name', async () => {
    const guest = await world.invite();
    await world.graph.api(`/users/${guest}`).delete();
    await world.invite();
    const answer = await world.send('POST', `/v1.0/directory/deletedItems/${guest}/restore`, {});
    expect(answer.status).toBe(400);
    expect(answer.text).toContain('userPrincipalName already exists');
  });

  it('leaves Azure role assignments behind, live again after a restore', async () => {
    const guest = await world.invite();
    await world.send('PUT', assignmentPath(NAME), { properties: assignment(guest) });
    await world.graph.api(`/users/${guest}`).delete();
    expect(world.azure.leftBehind(CLIENT)).toMatchObject([{ kind: 'roleAssignment', id: NAME }]);
  });

  it('is refused while the user holds a directory role', async () => {
    const guest = await world.invite();
    const made = (await world.graph
      .api('/roleManagement/directory/roleAssignments')
      .post({ roleDefinitionId: HELPDESK, principalId: guest, directoryScopeId: '/' })) as { id: string };
    expect(await refusalOf(world.graph.api(`/users/${guest}`).delete())).toMatchObject({
      statusCode: 403,
      code: 'Authorization_RequestDenied',
    });
    await world.graph.api(`/roleManagement/directory/roleAssignments/${made.id}`).delete();
    await world.graph.api(`/users/${guest}`).delete();
    expect(world.azure.leftBehind(CLIENT)).toEqual([]);
  });
});

describe('permissions', () => {
  it('stay as they were when the token was issued', async () => {
    const before = await world.token('graph.microsoft.com');
    world.azure.consent(CONTOSO, CLIENT, { graphPermissions: [] });
    const send = (authorization: string) => world.send('GET', '/v1.0/users', undefined, { authorization });
    expect((await send(`Bearer ${before}`)).status).toBe(200);
  });

  it('are checked per operation', async () => {
    world.azure.consent(CONTOSO, CLIENT, { graphPermissions: ['User.Read.All'] });
    expect((await world.send('GET', '/v1.0/users')).status).toBe(200);
    const refused = await world.send('POST', '/v1.0/invitations', {});
    expect(refused.status).toBe(403);
    expect(refused.body['error']).toMatchObject({ code: 'Authorization_RequestDenied' });
  });
});

describe('the tenant itself', () => {
  it('tells its organization, our own service principal, and ends sessions', async () => {
    const guest = await world.invite();
    const organization = await world.send('GET', '/v1.0/organization');
    expect(organization.body['value']).toMatchObject([{ id: CONTOSO, displayName: 'Contoso' }]);
    const principals = await world.send(
      'GET',
      `/v1.0/servicePrincipals?$filter=appId eq '${CLIENT}'&$select=id`,
    );
    expect(principals.body['value']).toEqual([{ id: '41000000-0000-4000-8000-000000000001' }]);
    const revoked = await world.send('POST', `/v1.0/users/${guest}/revokeSignInSessions`, {});
    expect(revoked.body).toMatchObject({ value: true });
  });
});
