import type { FaultEffect } from '../../../sandbox/faults.ts';
import { IDS } from '../../../sandbox/world/ids.ts';
import type { FaultGround } from '../../support/fault-ground.ts';
import { failure, refusal, WRITES } from '../../support/fault-ground.ts';
import { story } from './grounds.ts';

const { contoso } = IDS;
const SUBSCRIPTION = `/subscriptions/${IDS.contosoSubscription}`;
const HOUR = 3_600_000;

/** The operators hear of it while the access is still there; once the way is free it ends by itself. */
async function staysStuckUntil(ground: FaultGround, id: string, free: () => void): Promise<string> {
  await ground.finish(id);
  const alarm = await ground.stuck(id);
  expect(ground.journey.made().length).toBeGreaterThan(0);
  free();
  ground.journey.world.clock.advance(61_000);
  await ground.ended(id);
  return alarm;
}

describe('what keeps access from being removed', () => {
  it.concurrent('a lock put on the subscription after the grant', () =>
    story(async (ground) => {
      const { azure } = ground.journey.world;
      const id = await ground.running();
      const lock = azure.addLock(SUBSCRIPTION, 'CanNotDelete');
      const free = () => azure.removeLock(SUBSCRIPTION, lock);
      expect(await staysStuckUntil(ground, id, free)).toMatch(/lock/i);
    }),
  );

  it.concurrent('a subscription that was disabled', () =>
    story(async (ground) => {
      const { azure } = ground.journey.world;
      const id = await ground.running();
      azure.setSubscriptionState(IDS.contosoSubscription, 'Disabled');
      const free = () => azure.setSubscriptionState(IDS.contosoSubscription, 'Enabled');
      expect(await staysStuckUntil(ground, id, free)).toMatch(/disabled/);
    }),
  );

  it.concurrent.each(['removed', 'disabled'] as const)('an app that the customer has %s', (app) =>
    story(async (ground) => {
      const settings = ground.journey.world.azure.settings(contoso);
      const id = await ground.running();
      settings.app = app;
      const alarm = await staysStuckUntil(ground, id, () => (settings.app = 'consented'));
      expect(alarm).toMatch(/consent|switched|disabled/i);
    }),
  );

  it.concurrent.each(['expired', 'wrong'] as const)('a secret of ours that is %s', (what) =>
    story(async (ground) => {
      const app = ground.journey.world.azure.app(IDS.app);
      const { secret } = app;
      const id = await ground.running();
      if (what === 'expired') app.secretState = 'expired';
      else app.secret = 'another';
      // Nobody can be looked up without it: the end comes by the clock.
      ground.journey.world.clock.advance(HOUR);
      const alarm = await ground.stuck(id);
      Object.assign(app, { secret, secretState: 'valid' });
      await ground.ended(id);
      expect(alarm).toMatch(/AZURE_CLIENT_SECRET|secret/i);
    }),
  );

  const unassign = WRITES.unassign;
  const { deleteGuest } = WRITES;
  it.concurrent.each<[string, typeof unassign | typeof deleteGuest, FaultEffect, RegExp]>([
    ['AuthorizationFailed', unassign, refusal(403, 'AuthorizationFailed'), /may not remove the role/],
    [
      'DenyAssignmentAuthorizationFailed',
      unassign,
      refusal(403, 'DenyAssignmentAuthorizationFailed'),
      /deny assignment/i,
    ],
    ['the last administrator', unassign, refusal(412, 'PreconditionFailed'), /last administrator/],
    ['ReadOnlyDisabledSubscription', unassign, refusal(409, 'ReadOnlyDisabledSubscription'), /disabled/],
    ['ScopeLocked', unassign, refusal(409, 'ScopeLocked'), /lock/],
    ['RequestDisallowedByPolicy', unassign, refusal(403, 'RequestDisallowedByPolicy'), /policy/i],
    ['a token ARM does not take', unassign, refusal(401, 'InvalidAuthenticationToken'), /not accept our/],
    ['an administrator role', deleteGuest, refusal(403, 'Authorization_RequestDenied'), /administrator role/],
    [
      'a token Graph does not take',
      deleteGuest,
      refusal(401, 'InvalidAuthenticationToken'),
      /not accept our/,
    ],
  ])('%s', (_name, write, effect, words) =>
    story(async (ground) => {
      const { faults } = ground.journey.world.azure;
      const id = await ground.running();
      ground.plan({ ...write, times: Infinity, effect });
      expect(await staysStuckUntil(ground, id, faults.clear)).toMatch(words);
    }),
  );

  it.concurrent('a guest who was given an administrator role by the customer', () =>
    story(async (ground) => {
      const { azure } = ground.journey.world;
      const id = await ground.running();
      const guest = ground.journey.made().find(({ kind }) => kind === 'guest')!;
      ground.plan({ ...WRITES.deleteGuest, effect: refusal(403, 'Authorization_RequestDenied') });
      await ground.finish(id);
      expect(await ground.stuck(id)).toContain(guest.id);
      expect(ground.journey.made()).toEqual([guest]);
      expect(azure.faults.pending()).toEqual([]);
      await ground.ended(id);
    }),
  );

  it.concurrent('a service that fails for minutes is shouted about, and the end comes all the same', () =>
    story(async (ground) => {
      const { faults } = ground.journey.world.azure;
      const id = await ground.running();
      ground.plan({ ...WRITES.unassign, times: Infinity, effect: failure(429) });
      await staysStuckUntil(ground, id, faults.clear);
    }),
  );
});

describe('what is no hindrance', () => {
  it.concurrent('the scope is gone', () =>
    story(async (ground) => {
      const { azure } = ground.journey.world;
      const id = await ground.running('contoso reader 1h scope=web');
      azure.removeScope(`${SUBSCRIPTION}/resourceGroups/web`);
      await ground.finish(id);
      await ground.ended(id);
      azure.addResourceGroup(IDS.contosoSubscription, 'web');
    }),
  );

  it.concurrent.each([
    ['SubscriptionNotFound', refusal(404, 'SubscriptionNotFound')],
    ['ResourceGroupNotFound', refusal(404, 'ResourceGroupNotFound')],
  ])('%s', (_name, effect) =>
    story(async (ground) => {
      const { azure } = ground.journey.world;
      const id = await ground.running('contoso reader 1h scope=web');
      azure.removeScope(`${SUBSCRIPTION}/resourceGroups/web`);
      ground.plan({ ...WRITES.unassign, effect });
      await ground.finish(id);
      await ground.ended(id);
      azure.addResourceGroup(IDS.contosoSubscription, 'web');
    }),
  );

  it.concurrent('the customer has removed the assignment', () =>
    story(async (ground) => {
      const { azure } = ground.journey.world;
      const id = await ground.running();
      const { id: name } = ground.journey.made().find(({ kind }) => kind === 'roleAssignment')!;
      azure.unassignRole(contoso, name);
      await ground.finish(id);
      await ground.ended(id);
    }),
  );

  it.concurrent('the customer has deleted the guest', () =>
    story(async (ground) => {
      const { azure, clock } = ground.journey.world;
      const id = await ground.running();
      const guest = ground.journey.made().find(({ kind }) => kind === 'guest')!;
      azure.changeUser(contoso, guest.id, { deletedAt: clock.now() });
      await ground.finish(id);
      await ground.ended(id);
    }),
  );

  it.concurrent('the token endpoint is down when the time is over', () =>
    story(async (ground) => {
      const id = await ground.running();
      const path = new RegExp(`${contoso}/oauth2`);
      ground.plan({ method: 'POST', path, times: 5, effect: failure(503) });
      ground.journey.world.clock.advance(HOUR);
      await ground.ended(id);
    }),
  );
});
