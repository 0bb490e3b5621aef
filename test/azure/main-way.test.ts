import { createGround, DANA, entitlement, guestsIn, assignmentsIn, IDS, PROFILE, WEB } from './ground.ts';
import type { Ground } from './ground.ts';

const END = 1_790_000_000_000;

describe('the way of a grant through Azure', () => {
  let ground: Ground;
  beforeAll(async () => {
    ground = await createGround();
  });
  afterAll(() => ground.stop());

  it('makes a guest and a role, moves the end, takes both away, and leaves nothing', async () => {
    const { azure, sandbox } = ground;
    const wanted = entitlement({ scope: WEB });
    const profile = await azure.directory.findProfile(DANA);
    expect(profile).toEqual(PROFILE);
    expect(await azure.entitlements.preflight({ entitlement: wanted, profile: PROFILE })).toEqual({
      obstacles: [],
      alreadyHeld: false,
      roleTitle: 'Contributor',
      scopeTitle: 'web (resource group in Contoso Production)',
    });
    expect(await azure.guests.find({ tenantId: IDS.contoso, profile: PROFILE })).toBeUndefined();
    const { objectId, redeemUrl } = await azure.guests.invite({ tenantId: IDS.contoso, profile: PROFILE });
    expect(redeemUrl).toMatch(/^https:/);
    expect(await azure.guests.find({ tenantId: IDS.contoso, profile: PROFILE })).toEqual({
      objectId,
      accountEnabled: true,
      redeemed: false,
    });
    const grantId = 'AR-7K3M9PQX';
    const assignmentId = azure.entitlements.assignmentIdFor({
      grantId,
      entitlement: wanted,
      principalId: objectId,
    });
    const ref = { entitlement: wanted, assignmentId, principalId: objectId };
    expect(await azure.entitlements.exists(ref)).toBe(false);
    const made = await azure.entitlements.assign({ ...ref, grantId, endAt: END });
    expect(made).toEqual({ status: 'made', assignmentId });
    expect(assignmentsIn(sandbox)).toEqual([
      expect.objectContaining({
        name: assignmentId,
        scope: WEB,
        roleName: 'Contributor',
        principalId: objectId,
        description: 'latchkey/1 g=AR-7K3M9PQX e=1790000000',
      }),
    ]);
    await azure.entitlements.move({ ...ref, grantId, endAt: END + 3_600_000 });
    expect(assignmentsIn(sandbox)[0]?.description).toBe('latchkey/1 g=AR-7K3M9PQX e=1790003600');
    await azure.entitlements.unassign(ref);
    expect(await azure.entitlements.exists(ref)).toBe(false);
    await azure.guests.remove({ tenantId: IDS.contoso, objectId });
    expect(await azure.guests.exists({ tenantId: IDS.contoso, objectId })).toBe(false);
    expect(sandbox.leftBehind(IDS.app)).toEqual([]);
    // A second grant finds the guest that we deleted ourselves in the bin, and invites again.
    const again = await azure.entitlements.preflight({ entitlement: wanted, profile: PROFILE });
    expect(again.obstacles).toEqual([]);
    expect(await azure.guests.find({ tenantId: IDS.contoso, profile: PROFILE })).toBeUndefined();
    expect(guestsIn(sandbox).filter((guest) => guest.deletedAt === null)).toEqual([]);
  });
});
