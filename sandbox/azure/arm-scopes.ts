import { Refusal } from './answers.ts';
import type { AzureState, Subscription, Tenant } from './state.ts';

/** A place in Azure where roles can be assigned. */
export interface Scope {
  /** As Azure spells it; `/` for the tenant root. */
  id: string;
  subscription: Subscription | undefined;
}

/** True when `upper` is the scope itself or contains it. Case does not count. */
export function isAtOrAbove(upper: string, scope: string): boolean {
  const [above, below] = [upper.toLowerCase(), scope.toLowerCase()];
  return above === '/' || above === below || below.startsWith(`${above}/`);
}

/** `/subscriptions/{id}`, or empty for the root: what a role definition's id starts with. */
export function subscriptionPath(scope: string): string {
  return /^\/subscriptions\/[^/]+/i.exec(scope)?.[0] ?? '';
}

/** The scope's id under `/providers/Microsoft.Authorization/…`, without a doubled slash at the root. */
export function underScope(scope: string, rest: string): string {
  return `${scope === '/' ? '' : scope}/providers/Microsoft.Authorization/${rest}`;
}

/** The subscription by id, in any tenant. */
export function findSubscription(
  state: AzureState,
  id: string,
): { tenant: Tenant; subscription: Subscription } | undefined {
  for (const tenant of state.tenants.values()) {
    const subscription = tenant.subscriptions.get(id.toLowerCase());
    if (subscription) return { tenant, subscription };
  }
  return undefined;
}

/**
 * The scope that a path names, in the spelling Azure keeps.
 * @throws {Refusal} 404 `ResourceGroupNotFound`, `ResourceNotFound`, or 400 for a path that is no scope
 */
export function resolveScope(subscription: Subscription | undefined, path: string): Scope {
  if (path === '' || path === '/') return { id: '/', subscription: undefined };
  const [, group, resource] =
    /^\/subscriptions\/[^/]+(?:\/resourceGroups\/([^/]+))?((?:\/providers\/.+)?)$/i.exec(path) ?? [];
  if (!subscription || resource === undefined) {
    throw new Refusal(400, 'InvalidScope', `The scope '${path}' is not valid.`);
  }
  const root = `/subscriptions/${subscription.id}`;
  if (group === undefined) {
    if (resource === '') return { id: root, subscription };
    return resolveResource(subscription, path, undefined);
  }
  const known = subscription.resourceGroups.get(group.toLowerCase());
  if (!known) {
    throw new Refusal(404, 'ResourceGroupNotFound', `Resource group '${group}' could not be found.`);
  }
  if (resource === '') return { id: `${root}/resourceGroups/${known.name}`, subscription };
  return resolveResource(subscription, path, known.name);
}

function resolveResource(subscription: Subscription, path: string, group: string | undefined): Scope {
  const known = subscription.resources.get(path.toLowerCase());
  if (known) return { id: known.id, subscription };
  const name = path.split('/providers/')[1] ?? path;
  const where = group === undefined ? '' : ` under resource group '${group}'`;
  const message = `The Resource '${name}'${where} was not found. For more details please go to https://aka.ms/ARMResourceNotFoundFix`;
  throw new Refusal(404, 'ResourceNotFound', message);
}
