import { Agent, fetch } from 'undici';
import {
  assignment,
  assignmentPath,
  CLIENT,
  CONTOSO,
  createContoso,
  invitation,
  refusalOf,
  type Contoso,
} from './contoso.ts';

const NAME = '70000000-0000-4000-8000-000000000001';
const JAN = 'jan.devries@fabrikam-cloud.example';

let world: Contoso;
beforeEach(async () => void (world = await createContoso()));
afterEach(() => world.stop());

describe('POST /invitations', () => {
  it('makes a guest, and answers the same one with a new redeem link the second time', async () => {
    const first = await world.send('POST', '/v1.0/invitations', invitation(JAN));
    const second = await world.send('POST', '/v1.0/invitations', invitation(JAN.toUpperCase()));
    expect([first.status, second.status]).toEqual([201, 201]);
    expect(second.body['invitedUser']).toEqual(first.body['invitedUser']);
    expect(second.body['inviteRedeemUrl']).not.toBe(first.body['inviteRedeemUrl']);
    expect(world.azure.dump().tenants[1]?.guests).toMatchObject([{ mail: JAN, createdByClient: CLIENT }]);
  });

  it('keeps the status at PendingAcceptance while the guest itself becomes Accepted', async () => {
    const answer = await world.send('POST', '/v1.0/invitations', invitation(JAN));
    const id = (answer.body['invitedUser'] as { id: string }).id;
    const dispatcher = new Agent({ connect: { ca: world.azure.caPem } });
    await fetch(String(answer.body['inviteRedeemUrl']), { dispatcher });
    await dispatcher.close();
    const again = await world.send('POST', '/v1.0/invitations', invitation(JAN));
    const user = (await world.graph.api(`/users/${id}`).select('externalUserState').get()) as object;
    expect(again.body['status']).toBe('PendingAcceptance');
    expect(user).toMatchObject({ externalUserState: 'Accepted' });
  });

  it.each([
    ['none', 403],
    ['adminsAndGuestInviters', 403],
    ['adminsGuestInvitersAndAllMembers', 201],
    ['everyone', 201],
  ] as const)('obeys allowInvitesFrom %s', async (policy, status) => {
    world.azure.settings(CONTOSO).allowInvitesFrom = policy;
    const read = await world.send('GET', '/v1.0/policies/authorizationPolicy');
    const answer = await world.send('POST', '/v1.0/invitations', invitation(JAN));
    expect(read.body['allowInvitesFrom']).toBe(policy);
    expect(answer.status).toBe(status);
  });

  it('obeys cross-tenant access settings', async () => {
    world.azure.settings(CONTOSO).crossTenantInvites = 'blocked';
    const answer = await world.send('POST', '/v1.0/invitations', invitation(JAN));
    expect(answer.status).toBe(403);
    expect(answer.text).toContain('blocked by cross-tenant access settings');
  });

  it.each([
    [
      'a member with the address',
      () => void world.azure.addUser(CONTOSO, { displayName: 'Eva', mail: 'eva@contoso.example' }),
      'eva@contoso.example',
      'They can use that account to sign in',
    ],
    [
      'a member with a foreign address',
      () =>
        void world.azure.addUser(CONTOSO, {
          displayName: 'Jan',
          mail: JAN,
          userPrincipalName: 'jan@contoso.example',
        }),
      JAN,
      'Non-external user already exists',
    ],
    [
      'a contact with the address',
      () => world.azure.addContact(CONTOSO, JAN),
      JAN,
      'proxyAddresses already exists',
    ],
    [
      'a guest who is blocked',
      () =>
        void world.azure.addUser(CONTOSO, {
          displayName: 'Jan',
          mail: JAN,
          userType: 'Guest',
          accountEnabled: false,
        }),
      JAN,
      'the account is blocked from signing in',
    ],
    ['no address', () => undefined, 'nobody', 'not valid'],
  ])('refuses %s', async (_case, arrange, email, text) => {
    arrange();
    const answer = await world.send('POST', '/v1.0/invitations', invitation(email));
    expect(answer.status).toBe(400);
    expect(answer.text).toContain(text);
  });

  it('makes a new object for a guest who was deleted', async () => {
    const first = await world.invite();
    await world.graph.api(`/users/${first}`).delete();
    expect(await world.invite()).not.toBe(first);
  });
});

describe('a guest that still replicates', () => {
  const DELAY_MS = 60_000;
  let guest: string;
  beforeEach(async () => {
    world.azure.settings(CONTOSO).replicationDelayMs = DELAY_MS;
    guest = await world.invite();
  });

  it('is unknown to reads, lists and groups until the delay is over', async () => {
    const group = world.azure.addGroup(CONTOSO, { displayName: 'JIT' });
    const add = () =>
      world.send('POST', `/v1.0/groups/${group.id}/members/$ref`, {
        '@odata.id': `https://graph.microsoft.com/v1.0/directoryObjects/${guest}`,
      });
    const read = () => world.send('GET', `/v1.0/users/${guest}`);
    const list = async () => (await world.send('GET', '/v1.0/users')).body['value'];
    expect([(await read()).status, (await add()).status, await list()]).toEqual([404, 404, []]);
    world.azure.clock.advance(DELAY_MS);
    expect([(await read()).status, (await add()).status, await list()]).toEqual([
      200,
      204,
      [expect.anything()],
    ]);
  });

  it('is refused by ARM without principalType and taken with it', async () => {
    const { principalType: _type, ...untyped } = assignment(guest);
    const body = { properties: untyped };
    const refused = await world.send('PUT', assignmentPath(NAME), body);
    expect(refused.status).toBe(400);
    expect(refused.body['error']).toMatchObject({ code: 'PrincipalNotFound' });
    const taken = await world.send('PUT', assignmentPath(NAME), { properties: assignment(guest) });
    expect(taken.status).toBe(201);
  });

  it('is refused by ARM even with principalType where the tenant looks up', async () => {
    world.azure.settings(CONTOSO).typedPrincipals = 'looksUp';
    const put = () =>
      world.arm.roleAssignments.create(
        `subscriptions/${assignmentPath('').split('/')[2]}`,
        NAME,
        assignment(guest),
      );
    expect(await refusalOf(put())).toMatchObject({ statusCode: 400, code: 'PrincipalNotFound' });
    world.azure.clock.advance(DELAY_MS);
    expect(await put()).toMatchObject({ name: NAME });
  });
});
