import type { Fault } from '../../../sandbox/faults.ts';
import { IDS, TEAMS } from '../../../sandbox/world/ids.ts';
import type { FaultGround } from '../../support/fault-ground.ts';
import { failure, refusal } from '../../support/fault-ground.ts';
import { story } from './grounds.ts';

const { contoso } = IDS;
const SUBSCRIPTION = `/subscriptions/${IDS.contosoSubscription}`;

/** The asker is told in words; nothing is stored, posted, made or changed. */
async function isRefused(ground: FaultGround, words: RegExp, text = 'contoso reader 1h'): Promise<void> {
  const { journey } = ground;
  const { azure } = journey.world;
  const cards = journey.teamsText(TEAMS.contosoApprovals).length;
  const from = azure.requests.length;
  const answer = await journey.slackCommand(`/access ${text}`);
  expect(answer).toMatch(words);
  expect(answer).not.toMatch(/AR-[0-9A-Z]{8}/);
  expect(answer).not.toMatch(/I-[0-9A-F]{8}/);
  expect(journey.teamsText(TEAMS.contosoApprovals)).toHaveLength(cards);
  const writes = azure.requests.slice(from).filter(({ api, method }) => api !== 'login' && method !== 'GET');
  expect(writes.filter(({ path }) => !/checkMemberGroups|getMemberGroups/.test(path))).toEqual([]);
  expect(await journey.slackCommand('/access mine')).not.toMatch(/AR-[0-9A-Z]{8}/);
}

describe('what the asker is told before anybody is asked', () => {
  it.concurrent.each(['none', 'adminsAndGuestInviters'] as const)('invitations: %s', (allowInvitesFrom) =>
    story(async (ground) => {
      ground.journey.world.azure.settings(contoso).allowInvitesFrom = allowInvitesFrom;
      await isRefused(ground, /does not let apps invite guests/);
    }),
  );

  it.concurrent('a guest whom the customer has blocked', () =>
    story(async (ground) => {
      ground.theirGuest({ accountEnabled: false });
      await isRefused(ground, /has blocked the account/);
    }),
  );

  it.concurrent('a guest whom the customer has deleted on purpose', () =>
    story(async (ground) => {
      ground.theirGuest({ deletedAt: ground.journey.world.clock.now() });
      await isRefused(ground, /deleted the guest account/);
    }),
  );

  it.concurrent('a member of the customer with the address', () =>
    story(async (ground) => {
      const { azure } = ground.journey.world;
      ground.customerDoes(
        () => azure.addUser(contoso, { displayName: 'Dana', mail: 'dana@northwind.example' }),
        ({ id }) => azure.changeUser(contoso, id, { mail: null, proxyAddresses: [], userPrincipalName: id }),
      );
      await isRefused(ground, /customer's own/);
    }),
  );

  it.concurrent('access that is held already, and not from us', () =>
    story(async (ground) => {
      const { azure } = ground.journey.world;
      const { id: principalId } = ground.theirGuest();
      const given = {
        scope: SUBSCRIPTION,
        roleGuid: IDS.reader,
        principalId,
        principalType: 'User' as const,
      };
      ground.customerDoes(
        () => azure.assignRole(given),
        (name) => azure.unassignRole(contoso, name),
      );
      await isRefused(ground, /already/);
    }),
  );

  it.concurrent.each([
    ['removed', /consent/],
    ['disabled', /disabled|switched/],
  ] as const)('an app that was %s', (app, words) =>
    story(async (ground) => {
      ground.journey.world.azure.settings(contoso).app = app;
      await isRefused(ground, words);
    }),
  );

  it.concurrent.each(['CanNotDelete', 'ReadOnly'] as const)('a %s lock', (level) =>
    story(async (ground) => {
      const { azure } = ground.journey.world;
      const lock = azure.addLock(SUBSCRIPTION, level, 'keep');
      await isRefused(ground, /lock/);
      azure.removeLock(SUBSCRIPTION, lock);
    }),
  );

  it.concurrent('a disabled subscription', () =>
    story(async (ground) => {
      const { azure } = ground.journey.world;
      azure.setSubscriptionState(IDS.contosoSubscription, 'Disabled');
      await isRefused(ground, /disabled/);
      azure.setSubscriptionState(IDS.contosoSubscription, 'Enabled');
    }),
  );

  it.concurrent('a scope that is not there', () =>
    story(async (ground) => {
      const { azure } = ground.journey.world;
      azure.removeScope(`${SUBSCRIPTION}/resourceGroups/web`);
      await isRefused(ground, /does not exist/, 'contoso reader 1h scope=web');
      azure.addResourceGroup(IDS.contosoSubscription, 'web');
    }),
  );

  const TOKEN = { method: 'POST', path: new RegExp(`${contoso}/oauth2`) };
  const login = (status: number, number: number, error: string): Fault['effect'] => ({
    kind: 'answer',
    status,
    body: { error, error_codes: [number], error_description: `AADSTS${number}: simulated.` },
  });
  it.concurrent.each<[string, Omit<Fault, 'times'>, RegExp]>([
    ['sign-in that is throttled', { ...TOKEN, effect: failure(429) }, /again|later|moment/i],
    ['sign-in that is down', { ...TOKEN, effect: failure(503) }, /again|later|moment/i],
    ['sign-in that hangs up', { ...TOKEN, effect: { kind: 'reset' } }, /again|later|moment/i],
    [
      'sign-in that is a web page',
      { ...TOKEN, effect: { kind: 'answer', status: 200, body: '<html>hello</html>' } },
      /again|later|moment/i,
    ],
    [
      'no right to read the subscription',
      { path: /^\/subscriptions\/[^/]+$/, effect: refusal(403, 'AuthorizationFailed') },
      /may not look/,
    ],
    [
      'no right to read users',
      { path: /\/v1\.0\/users$/, effect: refusal(403, 'Authorization_RequestDenied') },
      /User\.Read\.All/,
    ],
    ['a directory that is down', { path: /\/v1\.0\/users/, effect: failure(503) }, /again|later|moment/i],
    ['Azure that is down', { path: /^\/subscriptions\//, effect: failure(500) }, /again|later|moment/i],
    ['Azure that is busy', { path: /^\/subscriptions\//, effect: failure(429) }, /again|later|moment/i],
  ])('%s', (_name, fault, words) =>
    story(async (ground) => {
      ground.plan({ ...fault, times: Infinity });
      const { journey } = ground;
      const cards = journey.teamsText(TEAMS.contosoApprovals).length;
      const answer = await journey.slackCommand('/access contoso reader 1h');
      expect(answer).toMatch(words);
      expect(answer).not.toMatch(/AR-[0-9A-Z]{8}/);
      expect(answer).not.toMatch(/I-[0-9A-F]{8}/);
      expect(journey.teamsText(TEAMS.contosoApprovals)).toHaveLength(cards);
      journey.world.azure.faults.clear();
      expect(await journey.slackCommand('/access mine')).not.toMatch(/AR-[0-9A-Z]{8}/);
    }),
  );

  it.concurrent.each<[string, Fault['effect'], RegExp]>([
    ['no such tenant', login(400, 90002, 'invalid_tenant'), /tenant/],
    ['a wrong secret', login(401, 7000215, 'invalid_client'), /secret/],
    ['an expired secret', login(401, 7000222, 'invalid_client'), /secret/],
    ['a federated mismatch', login(401, 700213, 'invalid_client'), /federated/i],
    ['the older federated mismatch', login(401, 70021, 'invalid_client'), /federated/i],
  ])('%s, of which the operators read more under the number the asker is told', (_name, effect, words) =>
    story(async (ground) => {
      ground.plan({ ...TOKEN, effect, times: Infinity });
      const answer = await ground.journey.slackCommand('/access contoso reader 1h');
      expect(answer).toMatch(/Nothing was asked/);
      const incident = /I-[0-9A-F]{8}/.exec(answer)![0];
      expect(ground.journey.log.find((each) => each.includes(incident))).toMatch(words);
    }),
  );

  it.concurrent('a missing right to assign roles', () =>
    story(async (ground) => {
      const { azure } = ground.journey.world;
      const [right] = azure
        .dump()
        .tenants.flatMap(({ roleAssignments }) => roleAssignments)
        .filter(({ scope, roleGuid }) => scope === SUBSCRIPTION && roleGuid === IDS.rbacAdministrator);
      azure.unassignRole(contoso, right!.name);
      ground.customerDoes(
        () => undefined,
        () =>
          azure.assignRole({
            scope: SUBSCRIPTION,
            roleGuid: IDS.rbacAdministrator,
            principalId: right!.principalId,
            principalType: 'ServicePrincipal',
          }),
      );
      await isRefused(ground, /may not (assign|look)/);
    }),
  );
});
