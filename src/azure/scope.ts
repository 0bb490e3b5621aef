import { Misconfigured } from '../access/errors.ts';

const GUID = /^[\da-f]{8}-(?:[\da-f]{4}-){3}[\da-f]{12}$/i;
const GROUP = /^[\p{L}\p{N}_()][\p{L}\p{N}._()-]{0,88}[\p{L}\p{N}_()-]$|^[\p{L}\p{N}_()]$/u;
const NAMESPACE = /^[A-Za-z][\w-]*(?:\.[\w-]+)+$/;
const TYPE = /^[A-Za-z][\w.-]*$/;
/** What a resource name may hold at most; each provider allows less. */
const NAME = /^(?!\.{1,2}$)[^<>%&\\?/#\p{Cc}]{1,260}$/u;

/** A place in Azure, taken apart. */
export interface ParsedScope {
  kind: 'subscription' | 'resourceGroup' | 'resource';
  subscriptionId: string;
  resourceGroup?: string;
  /** `Microsoft.Compute/virtualMachines`, and the last name. */
  resourceType?: string;
  resourceName?: string;
  /** Encoded, without a leading slash: the authorization client adds its own. */
  path: string;
  /** As written, with the leading slash. */
  id: string;
}

/**
 * Takes an ARM id apart and checks every segment, so that no id can leave its place in a URL.
 * @throws {Misconfigured} when it is not a subscription, resource group or resource
 */
export function parseScope(id: string): ParsedScope {
  const segments = id.split('/').slice(1);
  const [subscriptions = '', subscriptionId = '', groups, group, providers, namespace, ...rest] = segments;
  const path = segments.map(encodeURIComponent).join('/');
  if (!id.startsWith('/') || !/^subscriptions$/i.test(subscriptions) || !isGuid(subscriptionId))
    throw wrong(id);
  const base = { subscriptionId: subscriptionId.toLowerCase(), path, id };
  if (groups === undefined) return { kind: 'subscription', ...base };
  if (!/^resourceGroups$/i.test(groups) || !GROUP.test(group ?? '')) throw wrong(id);
  const inGroup = { ...base, resourceGroup: group ?? '' };
  if (providers === undefined) return { kind: 'resourceGroup', ...inGroup };
  const isResource =
    /^providers$/i.test(providers) &&
    NAMESPACE.test(namespace ?? '') &&
    rest.length >= 2 &&
    rest.length % 2 === 0 &&
    rest.every((segment, index) => (index % 2 === 0 ? TYPE : NAME).test(segment));
  if (!isResource) throw wrong(id);
  const types = rest.filter((_, index) => index % 2 === 0);
  return {
    kind: 'resource',
    ...inGroup,
    resourceType: [namespace, ...types].join('/'),
    resourceName: rest.at(-1) ?? '',
  };
}

/** True for a GUID in any case. */
export function isGuid(text: string): boolean {
  return GUID.test(text);
}

/** @throws {Misconfigured} when an id that goes into a path is not a GUID */
export function demandGuid(id: string, what: string): string {
  if (!isGuid(id)) {
    throw new Misconfigured(
      `The ${what} ${JSON.stringify(id.slice(0, 60))} is not a GUID, so Azure was not asked.`,
      `Correct the ${what} where it is configured.`,
    );
  }
  return id.toLowerCase();
}

/** True when `upper` is the scope itself or contains it; management groups and the root contain everything they list. */
export function isAtOrAbove(upper: string, scope: string): boolean {
  const [above, below] = [upper.toLowerCase().replace(/\/+$/, ''), scope.toLowerCase()];
  if (above === '' || above.startsWith('/providers/microsoft.management/managementgroups/')) return true;
  return above === below || below.startsWith(`${above}/`);
}

function wrong(id: string): Misconfigured {
  return new Misconfigured(
    `${JSON.stringify(id.slice(0, 200))} is not the id of a subscription, resource group or resource, so Azure was not asked.`,
    'Correct the scope in the policy file, e.g. /subscriptions/<guid>/resourceGroups/web.',
  );
}
