import { randomUUID } from 'node:crypto';
import { Unavailable } from '../../src/access/errors.ts';
import type { Entitlement } from '../../src/access/entitlement.ts';
import { subscriptionOf } from '../../src/access/entitlement.ts';
import type { Profile } from '../../src/access/person.ts';
import type { Entitlements, Guests } from '../../src/access/ports.ts';

/** A customer's tenant in which nothing of ours exists yet. */
export interface EntitlementWorld {
  guests: Guests;
  entitlements: Entitlements;
  entitlement: Entitlement;
  /** Somebody with an address who has no account in the tenant. */
  profile: Profile;
  /** Gives the same access by somebody else's hand; answers its assignment id. */
  assignByOthers(objectId: string): string;
  stop(): Promise<void>;
}

const GRANT = 'AR-7K3M9PQX';
const END = 1_790_000_000_000;

/**
 * What every implementation of `Guests` and `Entitlements` keeps to.
 *
 * @param makeWorld answers a fresh world each time it is called
 */
export function entitlementsContract(name: string, makeWorld: () => Promise<EntitlementWorld>): void {
  describe(`Guests and Entitlements: ${name}`, () => {
    let world: EntitlementWorld;
    beforeEach(async () => {
      world = await makeWorld();
    });
    afterEach(() => world.stop());

    const invite = () =>
      world.guests.invite({ tenantId: world.entitlement.tenantId, profile: world.profile });

    function askFor(principalId: string) {
      const { entitlement } = world;
      const assignmentId = world.entitlements.assignmentIdFor({ grantId: GRANT, entitlement, principalId });
      return { entitlement, principalId, assignmentId, grantId: GRANT, endAt: END };
    }

    it('finds a guest only after it was invited, and invites nobody twice', async () => {
      const { tenantId } = world.entitlement;
      expect(await world.guests.find({ tenantId, profile: world.profile })).toBeUndefined();
      const { objectId, redeemUrl } = await invite();
      expect(redeemUrl).toMatch(/^https:/);
      expect((await invite()).objectId).toBe(objectId);
      expect(await world.guests.find({ tenantId, profile: world.profile })).toMatchObject({
        objectId,
        accountEnabled: true,
        redeemed: false,
      });
      expect(await world.guests.exists({ tenantId, objectId })).toBe(true);
    });

    it('removes a guest, and does not mind that it is gone', async () => {
      const { tenantId } = world.entitlement;
      const { objectId } = await invite();
      await world.guests.remove({ tenantId, objectId });
      await world.guests.remove({ tenantId, objectId });
      expect(await world.guests.exists({ tenantId, objectId })).toBe(false);
      expect(await world.guests.find({ tenantId, profile: world.profile })).toBeUndefined();
    });

    it('finds nothing in the way of access that can be given', async () => {
      const found = await world.entitlements.preflight(world);
      expect(found).toMatchObject({ obstacles: [], alreadyHeld: false });
    });

    it('makes the same assignment however often it is asked', async () => {
      const ask = askFor((await invite()).objectId);
      expect(askFor(ask.principalId).assignmentId).toBe(ask.assignmentId);
      expect(await world.entitlements.exists(ask)).toBe(false);
      const made = { status: 'made', assignmentId: ask.assignmentId };
      expect(await world.entitlements.assign(ask)).toEqual(made);
      expect(await world.entitlements.assign(ask)).toEqual(made);
      await world.entitlements.move({ ...ask, endAt: END + 60_000 });
      expect(await world.entitlements.exists(ask)).toBe(true);
    });

    it('takes an assignment away, and does not mind that it is gone', async () => {
      const ask = askFor((await invite()).objectId);
      await world.entitlements.assign(ask);
      await world.entitlements.unassign(ask);
      await world.entitlements.unassign(ask);
      expect(await world.entitlements.exists(ask)).toBe(false);
    });

    it("names somebody else's assignment of the same access, and leaves it alone", async () => {
      const { objectId } = await invite();
      const assignmentId = world.assignByOthers(objectId);
      const ask = askFor(objectId);
      expect(await world.entitlements.assign(ask)).toEqual({ status: 'existed', assignmentId });
      await world.entitlements.unassign(ask);
      expect(await world.entitlements.exists({ ...ask, assignmentId })).toBe(true);
    });

    it('lists what we made in the subscription with its marker, and nothing of others', async () => {
      const { tenantId, roleDefinitionId, scope } = world.entitlement;
      const ask = askFor((await invite()).objectId);
      const list = () => world.entitlements.list({ tenantId, subscriptionId: subscriptionOf(scope) });
      world.assignByOthers(randomUUID());
      expect(await list()).toEqual([]);
      await world.entitlements.assign(ask);
      const { assignmentId, principalId } = ask;
      const marker = { grantId: GRANT, endAt: END };
      const made = { assignmentId, principalId, roleDefinitionId, scope, marker, byUs: true };
      expect(await list()).toMatchObject([made]);
      expect(await world.entitlements.list({ tenantId, subscriptionId: randomUUID() })).toEqual([]);
      await world.entitlements.unassign(ask);
      expect(await list()).toEqual([]);
    });

    it('is unavailable for a guest who is not known yet', async () => {
      await expect(world.entitlements.assign(askFor(randomUUID()))).rejects.toBeInstanceOf(Unavailable);
    });
  });
}
