import { Refused, Unavailable } from '../../src/access/errors.ts';
import { personKey } from '../../src/access/person.ts';
import type { Actor } from '../../src/chat/card.ts';
import { createResolvePerson } from '../../src/chat/persons.ts';
import { createChat, danaInSlack, inTeams } from '../support/chat-fakes.ts';
import { CONTOSO, dana, olga, PARTNER } from '../support/house.ts';

function setUp() {
  const { house } = createChat();
  const resolve = createResolvePerson({
    policySource: { current: () => house.policy.now },
    directory: house.azure.directory,
  });
  const refusal = async (actor: Actor): Promise<string> => {
    const error: unknown = await resolve(actor).catch((thrown: unknown) => thrown);
    return error instanceof Refused ? error.code : `not refused: ${JSON.stringify(error)}`;
  };
  return { house, resolve, refusal };
}

describe('createResolvePerson', () => {
  it('takes a Teams account for its Entra ids, in any case', async () => {
    const { resolve } = setUp();
    expect(await resolve(inTeams(olga))).toEqual(olga);
    expect(
      await resolve({
        platform: 'teams',
        tenantId: CONTOSO.toUpperCase(),
        objectId: olga.objectId.toUpperCase(),
      }),
    ).toEqual(olga);
  });

  it('knows nobody of a tenant that is not in the policy', async () => {
    const { refusal } = setUp();
    const tenantId = '00000000-0000-4000-8000-0000000000ff';
    expect(await refusal({ platform: 'teams', tenantId, objectId: olga.objectId })).toBe('unlinked');
    expect(await refusal({ platform: 'teams', tenantId: '', objectId: '' })).toBe('unlinked');
  });

  it('knows a Slack account by team and user, both exactly', async () => {
    const { resolve, refusal } = setUp();
    expect(await resolve(danaInSlack)).toEqual(dana);
    expect(await refusal({ platform: 'slack', teamId: 'T0OTHER', userId: 'U0DANA' })).toBe('unlinked');
    expect(await refusal({ platform: 'slack', teamId: 'T0PARTNER', userId: 'u0dana' })).toBe('unlinked');
  });

  it('knows nobody by an account that two people claim', async () => {
    const { house, refusal } = setUp();
    const slack = [{ teamId: 'T0PARTNER', userId: 'U0DANA' }];
    house.policy.now = {
      ...house.policy.now,
      people: [...house.policy.now.people, { person: olga, name: 'Olga', slack }],
    };
    expect(await refusal(danaInSlack)).toBe('unlinked');
  });

  it('knows nobody whose linked tenant has left the policy', async () => {
    const { house, refusal } = setUp();
    const person = { tenantId: '00000000-0000-4000-8000-0000000000ff', objectId: dana.objectId };
    house.policy.now = {
      ...house.policy.now,
      people: [{ person, name: 'Gone', slack: [{ teamId: 'T0PARTNER', userId: 'U0DANA' }] }],
    };
    expect(await refusal(danaInSlack)).toBe('unlinked');
  });

  it('refuses accounts that are blocked, gone or guests', async () => {
    const { house, refusal } = setUp();
    const { profiles } = house.azure;
    const profile = profiles.get(personKey(dana));
    if (!profile) throw new Error('no profile');
    profiles.set(personKey(dana), { ...profile, accountEnabled: false });
    expect(await refusal(danaInSlack)).toBe('accountDisabled');
    profiles.set(personKey(dana), { ...profile, userType: 'Guest' });
    expect(await refusal(danaInSlack)).toBe('guestAccount');
    profiles.delete(personKey(dana));
    expect(await refusal(danaInSlack)).toBe('accountDisabled');
    expect(
      await refusal({
        platform: 'teams',
        tenantId: PARTNER,
        objectId: '00000000-0000-4000-8000-0000000000aa',
      }),
    ).toBe('accountDisabled');
  });

  it('lets nobody in while the directory is silent', async () => {
    const { house, resolve } = setUp();
    house.azure.fail({ call: 'findProfile', error: new Unavailable('Graph is down', 1000) });
    await expect(resolve(danaInSlack)).rejects.toBeInstanceOf(Unavailable);
  });
});
