import type { FaultEffect } from '../../../sandbox/faults.ts';
import { IDS, SLACK } from '../../../sandbox/world/ids.ts';
import type { FaultGround } from '../../support/fault-ground.ts';
import { failure, refusal, WRITES } from '../../support/fault-ground.ts';
import { story } from './grounds.ts';

const SUBSCRIPTION = `/subscriptions/${IDS.contosoSubscription}`;

const finishAndEnd = async (ground: FaultGround, id: string): Promise<string> => {
  await ground.finish(id);
  return ground.ended(id);
};
const approveAndFail = async (ground: FaultGround, id: string): Promise<string> => {
  await ground.approve(id);
  return ground.failed(id);
};

describe('what passes by itself, at every call that changes Azure', () => {
  it.concurrent.each<[string, FaultEffect]>([
    ['429 with a short Retry-After', failure(429, { 'retry-after': '1' })],
    ['429 with a long Retry-After', failure(429, { 'retry-after': '45' })],
    ['429 with a date', failure(429, { 'retry-after': new Date(Date.now() + 40_000).toUTCString() })],
    ['429 without Retry-After', failure(429)],
    ['500', failure(500)],
    ['502 from a proxy', { kind: 'answer', status: 502, body: '<html>bad gateway</html>' }],
    ['503', failure(503)],
    ['504', failure(504)],
    ['408', failure(408)],
    ['a reset connection', { kind: 'reset' }],
    ['an answer lost after the work was done', { kind: 'loseAnswer' }],
    ['an HTML page instead of the answer', { kind: 'html' }],
    ['an empty object instead of the answer', { kind: 'answer', status: 200, body: {} }],
  ])('outlives %s', (_name, effect) =>
    story(async (ground) => {
      ground.plan(...Object.values(WRITES).map((write) => ({ ...write, effect })));
      const id = await ground.running();
      expect(ground.journey.made().map(({ kind }) => kind)).toEqual(['guest', 'roleAssignment']);
      await finishAndEnd(ground, id);
      expect(ground.journey.world.azure.faults.pending()).toEqual([]);
    }),
  );

  it.concurrent('outlives a service that fails longer than a call is repeated', () =>
    story(async (ground) => {
      const effect = failure(503);
      ground.plan({ ...WRITES.assign, times: 4, effect }, { ...WRITES.unassign, times: 4, effect });
      await finishAndEnd(ground, await ground.running());
    }),
  );

  it.concurrent('outlives a token endpoint that is down while access is made', () =>
    story(async (ground) => {
      const id = await ground.ask();
      const path = new RegExp(`${IDS.contoso}/oauth2`);
      ground.plan({ method: 'POST', path, times: 4, effect: failure(503) });
      await ground.approve(id);
      await ground.active(id);
      await finishAndEnd(ground, id);
    }),
  );

  it.concurrent('waits for a new guest that Azure does not know everywhere yet', () =>
    story(async (ground) => {
      const settings = ground.journey.world.azure.settings(IDS.contoso);
      Object.assign(settings, { replicationDelayMs: 20_000, typedPrincipals: 'looksUp' });
      await finishAndEnd(ground, await ground.running());
    }),
  );

  it.concurrent('takes a guest away that was not known everywhere when its access ended', () =>
    story(async (ground) => {
      Object.assign(ground.journey.world.azure.settings(IDS.contoso), { replicationDelayMs: 60_000 });
      await finishAndEnd(ground, await ground.running());
    }),
  );

  it.concurrent('outlives PrincipalNotFound and a token that has just expired', () =>
    story(async (ground) => {
      ground.plan(
        { ...WRITES.assign, times: 2, effect: refusal(400, 'PrincipalNotFound') },
        { ...WRITES.assign, effect: refusal(401, 'ExpiredAuthenticationToken') },
      );
      await finishAndEnd(ground, await ground.running());
    }),
  );

  it.concurrent('gives up in words when it has not worked for ten minutes', () =>
    story(async (ground) => {
      ground.plan({ ...WRITES.assign, times: Infinity, effect: refusal(400, 'PrincipalNotFound') });
      const id = await ground.ask();
      await ground.approve(id);
      await ground.until('the guest', () => ground.journey.made().length === 1);
      ground.journey.world.clock.advance(11 * 60_000);
      expect(await ground.failed(id)).toMatch(/does not know the new guest/);
    }),
  );
});

describe('what the assignment is refused for', () => {
  it.concurrent.each<[string, FaultEffect, RegExp]>([
    ['UnmatchedPrincipalType', refusal(400, 'UnmatchedPrincipalType'), /is no user/],
    ['RoleAssignmentUpdateNotPermitted', refusal(400, 'RoleAssignmentUpdateNotPermitted'), /has the name/],
    ['AuthorizationFailed', refusal(403, 'AuthorizationFailed'), /may not assign the role/],
    ['RoleAssignmentLimitExceeded', refusal(400, 'RoleAssignmentLimitExceeded'), /as many role assignments/],
    ['RoleDefinitionDoesNotExist', refusal(404, 'RoleDefinitionDoesNotExist'), /role does not exist/],
    ['RoleDefinitionDoesNotExist as 400', refusal(400, 'RoleDefinitionDoesNotExist'), /role does not exist/],
    ['SubscriptionNotFound', refusal(404, 'SubscriptionNotFound'), /is not there/],
    ['ResourceGroupNotFound', refusal(404, 'ResourceGroupNotFound'), /is not there/],
    ['ReadOnlyDisabledSubscription', refusal(409, 'ReadOnlyDisabledSubscription'), /is disabled/],
    ['ScopeLocked', refusal(409, 'ScopeLocked'), /lock/],
    ['RequestDisallowedByPolicy', refusal(403, 'RequestDisallowedByPolicy'), /policy/i],
    ['InvalidAuthenticationToken', refusal(401, 'InvalidAuthenticationToken'), /not accept our token/],
    ['a foreign token', refusal(401, 'InvalidAuthenticationTokenTenant'), /not accept our token/],
    ['a code nobody listed', refusal(400, 'SomethingNew'), /SomethingNew/],
  ])('tells the engineer of %s and takes the guest back', (_name, effect, words) =>
    story(async (ground) => {
      ground.plan({ ...WRITES.assign, effect });
      const id = await ground.ask();
      expect(await approveAndFail(ground, id)).toMatch(words);
      expect(ground.watch.made.size).toBeGreaterThan(0);
      expect(ground.journey.slackText(SLACK.ops).some((text) => text.includes(id))).toBe(false);
    }),
  );
});

describe('what the invitation is refused for', () => {
  const OFF = 'Guest invitations not allowed for your company. Contact your company administrator.';
  const CROSS = 'This invitation is blocked by cross-tenant access settings. Admins in both …';
  const EXISTS = 'The invited user already exists in the directory as object ID: 1';
  const MEMBER = "Non-external user already exists with the given mail address and can't be invited.";
  const TAKEN = 'Another object with the same value for property proxyAddresses already exists.';
  it.concurrent.each<[string, FaultEffect, RegExp]>([
    ['invitations switched off', refusal(403, 'Forbidden', OFF), /does not let apps invite/],
    ['cross-tenant settings', refusal(403, 'Forbidden', CROSS), /cross-tenant access settings/],
    ['a missing permission', refusal(403, 'Authorization_RequestDenied'), /User\.Invite\.All/],
    ['an internal address', refusal(400, 'BadRequest', `${EXISTS}. They can use that account`), /own/],
    [
      'a blocked guest',
      refusal(400, 'BadRequest', `${EXISTS}, but it is blocked from signing in`),
      /blocked/,
    ],
    ['a user with the address', refusal(400, 'BadRequest', MEMBER), /own/],
    ['a contact with the address', refusal(400, 'Request_BadRequest', TAKEN), /contact/],
    ['a token Graph does not take', refusal(401, 'InvalidAuthenticationToken'), /not accept our token/],
  ])('tells the engineer of %s', (_name, effect, words) =>
    story(async (ground) => {
      ground.plan({ ...WRITES.invite, effect });
      expect(await approveAndFail(ground, await ground.ask())).toMatch(words);
    }),
  );
});

describe('what changes between the question and the grant', () => {
  it.concurrent('is told when the scope is gone', () =>
    story(async (ground) => {
      const { azure } = ground.journey.world;
      const id = await ground.ask('contoso reader 1h scope=web');
      azure.removeScope(`${SUBSCRIPTION}/resourceGroups/web`);
      expect(await approveAndFail(ground, id)).toMatch(/does not exist|is not there/);
      azure.addResourceGroup(IDS.contosoSubscription, 'web');
    }),
  );

  it.concurrent('is told when the customer has locked the scope', () =>
    story(async (ground) => {
      const { azure } = ground.journey.world;
      const id = await ground.ask();
      const lock = azure.addLock(SUBSCRIPTION, 'CanNotDelete');
      expect(await approveAndFail(ground, id)).toMatch(/lock/);
      azure.removeLock(SUBSCRIPTION, lock);
    }),
  );

  it.concurrent('is told when invitations were switched off', () =>
    story(async (ground) => {
      const id = await ground.ask();
      ground.journey.world.azure.settings(IDS.contoso).allowInvitesFrom = 'none';
      expect(await approveAndFail(ground, id)).toMatch(/does not let apps invite/);
    }),
  );

  it.concurrent.each(['removed', 'disabled'] as const)('is told when the customer has %s the app', (app) =>
    story(async (ground) => {
      const id = await ground.ask();
      ground.journey.world.azure.settings(IDS.contoso).app = app;
      expect(await approveAndFail(ground, id)).toMatch(/consent|switched|disabled|removed/i);
    }),
  );

  it.concurrent('keeps a guest that was there before', () =>
    story(async (ground) => {
      ground.theirGuest();
      const id = await ground.running();
      expect(ground.journey.made().map(({ kind }) => kind)).toEqual(['roleAssignment']);
      await finishAndEnd(ground, id);
    }),
  );

  it.concurrent.each<[string, FaultEffect | undefined]>([
    ['that Azure names', undefined],
    ['that Azure does not name', refusal(409, 'RoleAssignmentExists', 'It already exists.')],
  ])('leaves an assignment alone that the customer made meanwhile, %s', (_name, effect) =>
    story(async (ground) => {
      const { azure } = ground.journey.world;
      const { id: principalId } = ground.theirGuest();
      const id = await ground.ask();
      const given = {
        scope: SUBSCRIPTION,
        roleGuid: IDS.reader,
        principalId,
        principalType: 'User' as const,
      };
      ground.customerDoes(
        () => azure.assignRole(given),
        (name) => azure.unassignRole(IDS.contoso, name),
      );
      if (effect) ground.plan({ ...WRITES.assign, effect });
      await ground.approve(id);
      expect(await ground.active(id)).toMatch(/before|already/i);
      expect(await finishAndEnd(ground, id)).toMatch(/before|already/i);
    }),
  );
});
