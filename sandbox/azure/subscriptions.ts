import type { SandboxAnswer } from '../http.ts';
import { Refusal } from './answers.ts';
import { checkAccess } from './arm-access.ts';
import type { ArmCall } from './arm-router.ts';
import { isAtOrAbove } from './arm-scopes.ts';
import { groupsContaining, type Subscription } from './state.ts';

/** A subscription of a cloud-solution-provider customer, as ARM shows it. */
function subscriptionJson(subscription: Subscription): Record<string, unknown> {
  return {
    id: `/subscriptions/${subscription.id}`,
    subscriptionId: subscription.id,
    tenantId: subscription.tenantId,
    displayName: subscription.name,
    state: subscription.state,
    subscriptionPolicies: {
      locationPlacementId: 'Public_2014-09-01',
      quotaId: 'CSP_2015-05-01',
      spendingLimit: 'Off',
    },
    authorizationSource: 'RoleBased',
    managedByTenants: [],
  };
}

/** Only those of the token's tenant in which the caller has a role at, above or below the subscription. */
export function listSubscriptions(call: Pick<ArmCall, 'tenant' | 'token'>): SandboxAnswer {
  const { tenant, token } = call;
  const ids = new Set([token.objectId, ...groupsContaining(tenant, token.objectId)]);
  const own = tenant.roleAssignments.filter((a) => a.removedAt === undefined && ids.has(a.principalId));
  const value = [...tenant.subscriptions.values()]
    .filter(({ id }) => {
      const scope = `/subscriptions/${id}`;
      return own.some((a) => isAtOrAbove(a.scope, scope) || isAtOrAbove(scope, a.scope));
    })
    .map(subscriptionJson);
  return { status: 200, json: { value, count: { type: 'Total', value: value.length } } };
}

/** GET and HEAD of a subscription, a resource group or a resource. */
export function readScope(call: ArmCall, method: string): SandboxAnswer {
  if (method !== 'GET' && method !== 'HEAD') {
    throw new Refusal(405, 'MethodNotAllowed', `The method '${method}' is not allowed on '${call.path}'.`);
  }
  const { id, subscription } = call.scope;
  if (!subscription) throw new Refusal(404, 'NotFound', `'${call.path}' was not found.`);
  checkAccess(call.tenant, {
    objectId: call.token.objectId,
    clientId: call.token.clientId,
    scope: id,
    action: readAction(id),
    target: id,
  });
  if (method === 'HEAD') return { status: 204 };
  return { status: 200, json: scopeJson(id, subscription) };
}

function readAction(id: string): string {
  const [, provider] = id.split('/providers/');
  if (provider !== undefined) {
    const [namespace, type] = provider.split('/');
    return `${namespace}/${type}/read`;
  }
  return `Microsoft.Resources/subscriptions/${/\/resourceGroups\//i.test(id) ? 'resourceGroups/' : ''}read`;
}

function scopeJson(id: string, subscription: Subscription): unknown {
  const resource = subscription.resources.get(id.toLowerCase());
  if (resource) {
    const [namespace = '', ...rest] = (id.split('/providers/')[1] ?? '').split('/');
    const type = [namespace, ...rest.filter((_, index) => index % 2 === 0)].join('/');
    return { id, name: rest.at(-1), type, location: resource.location, tags: {}, properties: {} };
  }
  const group = subscription.resourceGroups.get((id.split('/')[4] ?? '').toLowerCase());
  if (!group) return subscriptionJson(subscription);
  const { name, location } = group;
  const type = 'Microsoft.Resources/resourceGroups';
  return { id, name, type, location, tags: {}, properties: { provisioningState: 'Succeeded' } };
}
