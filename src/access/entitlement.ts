/** A role at a scope in one customer's tenant: what is asked for, and what an Assignment makes true. */
export interface Entitlement {
  kind: 'azureRole';
  /** Customer's tenant, lower-case GUID. */
  tenantId: string;
  /** Azure role definition, lower-case GUID (same in every tenant for built-in roles). */
  roleDefinitionId: string;
  /** ARM id with a leading slash: subscription, resource group or resource. */
  scope: string;
}

/** The subscription a scope lies in, lower-case GUID: the unit of Azure's write and delete budgets. */
export function subscriptionOf(scope: string): string {
  const match = /^\/subscriptions\/([0-9a-f-]{36})(?:\/|$)/i.exec(scope);
  if (!match?.[1]) throw new RangeError(`not a subscription scope: ${scope}`);
  return match[1].toLowerCase();
}

/** The same entitlement gives the same string, whatever the case of its ids. */
export function entitlementKey(entitlement: Entitlement): string {
  const { kind, tenantId, roleDefinitionId, scope } = entitlement;
  return [kind, tenantId, roleDefinitionId, scope].join('|').toLowerCase();
}
