import { objectAt, stringAt } from './json.ts';
import type { JsonObject } from './json.ts';

/**
 * Every tenant an activity speaks of, lower-case, each once: the host of the conversation, the home of the person. All of
 * them have to be known ones.
 */
export function tenantsOf(activity: JsonObject): string[] {
  const channelData = objectAt(activity, 'channelData');
  const named = [
    stringAt(objectAt(activity, 'conversation'), 'tenantId'),
    stringAt(objectAt(channelData, 'tenant'), 'id'),
    stringAt(objectAt(channelData, 'team'), 'tenantId'),
    stringAt(objectAt(activity, 'from'), 'tenantId'),
  ];
  return [...new Set(named.filter((each) => each !== undefined).map((tenantId) => tenantId.toLowerCase()))];
}

/**
 * Tenant that hosts the conversation.
 *
 * Source: https://learn.microsoft.com/microsoftteams/platform/build-apps-for-shared-private-channels
 */
export function hostTenantOf(activity: JsonObject): string {
  const host = stringAt(objectAt(activity, 'conversation'), 'tenantId');
  return (host ?? homeTenantOf(activity)).toLowerCase();
}

/** Tenant of the person who acted; in shared channels it may differ from the host's. */
export function homeTenantOf(activity: JsonObject): string {
  const home = stringAt(objectAt(objectAt(activity, 'channelData'), 'tenant'), 'id');
  return (home ?? stringAt(objectAt(activity, 'conversation'), 'tenantId') ?? '').toLowerCase();
}
