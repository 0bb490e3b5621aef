import { entitlementKey } from '../../src/access/entitlement.ts';
import { entitlementsContract } from '../contracts/entitlements.ts';
import { createFakeAzure } from '../support/fake-azure.ts';
import { createGround, entitlement, IDS, PROFILE, SUBSCRIPTION } from './ground.ts';

entitlementsContract('simulated Azure over the real SDKs', async () => {
  const ground = await createGround();
  return {
    ...ground.azure,
    entitlement: entitlement(),
    profile: PROFILE,
    assignByOthers: (principalId) =>
      ground.sandbox.assignRole({ scope: SUBSCRIPTION, roleGuid: IDS.contributor, principalId }),
    stop: ground.stop,
  };
});

entitlementsContract('in memory', async () => {
  const fake = createFakeAzure();
  return {
    ...fake,
    entitlement: entitlement(),
    profile: PROFILE,
    assignByOthers: (principalId) => {
      fake.assignments.set('theirs', { key: `${entitlementKey(entitlement())}|${principalId}`, principalId });
      return 'theirs';
    },
    stop: async () => {},
  };
});
