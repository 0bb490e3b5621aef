import {
  assignment,
  assignmentPath,
  CLIENT,
  CONTOSO,
  createContoso,
  invitation,
  SCOPE,
  type Contoso,
} from './contoso.ts';

const NAME = '70000000-0000-4000-8000-000000000001';
const LIST = `${SCOPE}/providers/Microsoft.Authorization/roleAssignments?api-version=2022-04-01`;

let world: Contoso;
beforeEach(async () => void (world = await createContoso()));
afterEach(() => world.stop());

describe('throttling in ARM', () => {
  it('counts down in the header, then answers 429 until the bucket has refilled', async () => {
    const settings = world.azure.settings(CONTOSO);
    settings.throttling = 'on';
    settings.armBuckets.read = { size: 2, perSecond: 0.5 };
    const remaining = async () => {
      const answer = await world.send('GET', LIST);
      return [
        answer.status,
        answer.headers['x-ms-ratelimit-remaining-subscription-reads'],
        answer.headers['retry-after'],
      ];
    };
    expect(await remaining()).toEqual([200, '1', undefined]);
    expect(await remaining()).toEqual([200, '0', undefined]);
    expect(await remaining()).toEqual([429, '0', '2']);
    world.azure.clock.advance(2_000);
    expect((await remaining())[0]).toBe(200);
  });

  it('keeps writes and reads apart', async () => {
    const settings = world.azure.settings(CONTOSO);
    settings.throttling = 'on';
    settings.armBuckets.write = { size: 0, perSecond: 1 };
    const guest = await world.invite();
    const write = await world.send('PUT', assignmentPath(NAME), { properties: assignment(guest) });
    expect(write.body['error']).toMatchObject({ code: 'SubscriptionRequestsThrottled' });
    expect((await world.send('GET', LIST)).status).toBe(200);
  });

  it('shows a full bucket while it is off', async () => {
    for (let i = 0; i < 3; i += 1) {
      const answer = await world.send('GET', LIST);
      expect(answer.headers['x-ms-ratelimit-remaining-subscription-reads']).toBe('249');
    }
  });
});

describe('throttling in Graph', () => {
  it('has a bucket of its own for invitations', async () => {
    const settings = world.azure.settings(CONTOSO);
    settings.throttling = 'on';
    settings.graphBuckets.invitations = { size: 1, perSecond: 1 };
    const invite = (name: string) =>
      world.send('POST', '/v1.0/invitations', invitation(`${name}@fabrikam.example`));
    expect((await invite('a')).status).toBe(201);
    const refused = await invite('b');
    expect(refused.status).toBe(429);
    expect(refused.headers).toMatchObject({
      'retry-after': '1',
      'x-ms-throttle-information': 'WriteLimitExceeded',
    });
    expect((await world.send('GET', '/v1.0/users')).status).toBe(200);
  });

  it('warns from 80 percent of the resource units', async () => {
    const settings = world.azure.settings(CONTOSO);
    settings.throttling = 'on';
    settings.graphBuckets.units = { size: 10, perSecond: 0 };
    const percentage = async () =>
      (await world.send('GET', '/v1.0/users')).headers['x-ms-throttle-limit-percentage'];
    expect([await percentage(), await percentage(), await percentage()]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    expect(await percentage()).toBe('0.8');
  });
});

describe('planned faults', () => {
  const put = async () =>
    world.send('PUT', assignmentPath(NAME), { properties: assignment(await world.invite(), undefined, 'x') });

  it('lose the answer after the write took effect', async () => {
    world.azure.faults.add({ method: 'PUT', path: /roleAssignments/, effect: { kind: 'loseAnswer' } });
    await expect(put()).rejects.toThrow('fetch failed');
    expect(world.azure.leftBehind(CLIENT).map((item) => item.kind)).toEqual(['guest', 'roleAssignment']);
    expect((await put()).status).toBe(200);
  });

  it('cut the connection before the write', async () => {
    world.azure.faults.add({ method: 'PUT', path: /roleAssignments/, effect: { kind: 'reset' } });
    await expect(put()).rejects.toThrow('fetch failed');
    expect(world.azure.leftBehind(CLIENT).map((item) => item.kind)).toEqual(['guest']);
  });

  it('answer a 2xx that is not JSON, which the ARM library takes for an object', async () => {
    world.azure.faults.add({ path: /roleDefinitions/, effect: { kind: 'html' } });
    const role = await world.arm.roleDefinitions.get(SCOPE, NAME);
    expect(role.id).toBeUndefined();
  });

  it('answer whatever is planned on the token endpoint', async () => {
    const effect = {
      kind: 'answer',
      status: 429,
      headers: { 'retry-after': '7' },
      body: { error: 'temporarily_unavailable' },
    } as const;
    world.azure.faults.add({ path: /oauth2\/v2\.0\/token$/, effect });
    await expect(world.token('graph.microsoft.com')).rejects.toThrow('temporarily_unavailable');
    expect(world.azure.requests.at(-1)).toMatchObject({ api: 'login', status: 429, token: undefined });
  });
});

describe('dump and changes', () => {
  it('tell every change while it happens, and who made what', async () => {
    const changes: string[] = [];
    const end = world.azure.onChange((change) => changes.push(change.kind));
    const guest = await world.invite();
    await world.send('PUT', assignmentPath(NAME), { properties: assignment(guest) });
    const contoso = world.azure.dump().tenants.find((tenant) => tenant.id === CONTOSO);
    expect(contoso?.roleAssignments.at(-1)).toMatchObject({
      name: NAME,
      roleName: 'Reader',
      principalName: 'Jan de Vries (Fabrikam)',
      createdByClient: CLIENT,
    });
    await world.send('DELETE', assignmentPath(NAME));
    await world.send('DELETE', `/v1.0/users/${guest}`);
    end();
    await world.invite();
    expect(changes).toEqual(['guestInvited', 'roleAssigned', 'roleRemoved', 'userDeleted']);
    const dump = world.azure.dump();
    expect(JSON.parse(JSON.stringify(dump))).toEqual(dump);
  });
});
