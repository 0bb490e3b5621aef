/** A token bucket: `size` at most, refilled by `perSecond`. */
export interface BucketSize {
  size: number;
  perSecond: number;
}

/**
 * How one tenant behaves; every field may be changed at any time.
 * Defaults are the vendor's: ARM https://learn.microsoft.com/azure/azure-resource-manager/management/request-limits-and-throttling,
 * Graph https://learn.microsoft.com/graph/throttling-limits.
 */
export interface TenantSettings {
  /** A new guest stays unknown to reads and to ARM for so long. Default 0. */
  replicationDelayMs: number;
  /** While it replicates, ARM refuses the guest even when `principalType` is sent. Default `trusts`. */
  typedPrincipals: 'trusts' | 'looksUp';
  /** Lists show a creation or a removal only after so long. Default 0. */
  listDelayMs: number;
  allowInvitesFrom: 'none' | 'adminsAndGuestInviters' | 'adminsGuestInvitersAndAllMembers' | 'everyone';
  crossTenantInvites: 'allowed' | 'blocked';
  /** What the customer did with the enterprise application. */
  app: 'consented' | 'disabled' | 'removed';
  /** Role assignments per subscription. Default 4,000. */
  roleAssignmentLimit: number;
  /** Most items a list answers at once. Default 100 (Graph), 500 (ARM). */
  graphPageSize: number;
  armPageSize: number;
  throttling: 'off' | 'on';
  /** ARM buckets, per subscription and principal. */
  armBuckets: { read: BucketSize; write: BucketSize; delete: BucketSize };
  /** Graph buckets: resource units and writes per app, invitations per tenant. */
  graphBuckets: { units: BucketSize; writes: BucketSize; invitations: BucketSize };
  /** Lifetime of tokens, seconds. Default 3,599. */
  tokenLifetimeS: number;
}

/** The vendor's defaults. */
export function defaultSettings(): TenantSettings {
  return {
    replicationDelayMs: 0,
    typedPrincipals: 'trusts',
    listDelayMs: 0,
    allowInvitesFrom: 'everyone',
    crossTenantInvites: 'allowed',
    app: 'consented',
    roleAssignmentLimit: 4000,
    graphPageSize: 100,
    armPageSize: 500,
    throttling: 'off',
    armBuckets: {
      read: { size: 250, perSecond: 25 },
      write: { size: 200, perSecond: 10 },
      delete: { size: 200, perSecond: 10 },
    },
    graphBuckets: {
      units: { size: 3500, perSecond: 350 },
      writes: { size: 3000, perSecond: 20 },
      invitations: { size: 150, perSecond: 30 },
    },
    tokenLifetimeS: 3599,
  };
}
