import type { Place } from '../access/place.ts';
import type { Log } from '../access/ports.ts';
import { actorOf, channelOf, conversationType } from './incoming.ts';
import { listAt, parseObject, stringAt } from './json.ts';
import type { JsonObject } from './json.ts';
import { hostTenantOf } from './tenants.ts';

/** Where it is kept how places are reached. Values are opaque JSON. */
export interface Installations {
  save(key: string, json: string): Promise<void>;
  find(key: string): Promise<string | undefined>;
  remove(key: string): Promise<void>;
}

/** How to reach a team, a tenant, or one person. */
export interface Reference {
  serviceUrl: string;
  /** Teams' id for the person towards us, `29:…`. */
  memberId?: string;
  /** The private chat with the person, `a:…`. */
  conversationId?: string;
}

type TeamsPlace = Extract<Place, { platform: 'teams' }>;

/** Learns from every activity how places are reached, and forgets where we were removed. */
export interface References {
  learn(activity: JsonObject): Promise<void>;
  /** What is known about a place; of the whole tenant when nothing else is. */
  find(place: TeamsPlace): Promise<Reference | undefined>;
  /** Keeps the private chat with a person. */
  keep(place: Extract<TeamsPlace, { userId: string }>, reference: Reference): Promise<void>;
}

/** References in a store that all replicas share. */
export function createReferences(deps: { installations: Installations; log: Log }): References {
  const { installations } = deps;
  const read = async (key: string): Promise<Reference | undefined> => {
    const stored = await installations.find(key);
    return stored === undefined ? undefined : toReference(stored);
  };
  const save = async (key: string, reference: Reference): Promise<void> => {
    const known = await read(key);
    const json = JSON.stringify({ ...known, ...reference });
    if (json !== JSON.stringify(known)) await installations.save(key, json);
  };
  return {
    learn: async (activity) => {
      const found = referencesIn(activity);
      if (!isRemoval(activity)) {
        for (const [key, reference] of found) await save(key, reference);
        return;
      }
      const gone = conversationType(activity) === 'personal' ? 'person:' : 'team:';
      for (const [key] of found) if (key.startsWith(gone)) await installations.remove(key);
      deps.log.info('teams.removed', { tenantId: hostTenantOf(activity), from: gone.slice(0, -1) });
    },
    find: async (place) => (await read(keyOf(place))) ?? (await read(tenantKey(place.tenantId))),
    keep: (place, reference) => save(keyOf(place), reference),
  };
}

function toReference(json: string): Reference | undefined {
  const stored = parseObject(Buffer.from(json));
  const serviceUrl = stringAt(stored, 'serviceUrl');
  if (serviceUrl === undefined) return undefined;
  const memberId = stringAt(stored, 'memberId');
  const conversationId = stringAt(stored, 'conversationId');
  return { serviceUrl, ...(memberId && { memberId }), ...(conversationId && { conversationId }) };
}

function keyOf(place: TeamsPlace): string {
  const tenantId = place.tenantId.toLowerCase();
  return 'userId' in place
    ? `person:${tenantId}:${place.userId.toLowerCase()}`
    : `team:${tenantId}:${place.teamId}`;
}

function tenantKey(tenantId: string): string {
  return `tenant:${tenantId.toLowerCase()}`;
}

/** Everything an activity tells about how to reach somebody. */
function referencesIn(activity: JsonObject): Array<[string, Reference]> {
  const serviceUrl = stringAt(activity, 'serviceUrl');
  const tenantId = hostTenantOf(activity);
  if (!serviceUrl || !tenantId) return [];
  const found: Array<[string, Reference]> = [[tenantKey(tenantId), { serviceUrl }]];
  const channel = channelOf(activity);
  if (channel) found.push([keyOf({ platform: 'teams', tenantId, ...channel }), { serviceUrl }]);
  const person = personIn(activity, { serviceUrl, tenantId });
  return person ? [...found, person] : found;
}

/** People at home in the tenant; Teams does not let us write privately to others. */
function personIn(
  activity: JsonObject,
  { serviceUrl, tenantId }: { serviceUrl: string; tenantId: string },
): [string, Reference] | undefined {
  const actor = actorOf(activity);
  const memberId = stringAt(activity['from'], 'id');
  if (!actor || !memberId || actor.tenantId !== tenantId) return undefined;
  const conversationId = stringAt(activity['conversation'], 'id');
  const chat = conversationType(activity) === 'personal' && conversationId ? { conversationId } : {};
  const place = { platform: 'teams', tenantId, userId: actor.objectId } as const;
  return [keyOf(place), { serviceUrl, memberId, ...chat }];
}

/** True when we, and not somebody else, were taken away. */
function isRemoval(activity: JsonObject): boolean {
  if (activity['type'] === 'installationUpdate') return activity['action'] === 'remove';
  const ourId = stringAt(activity['recipient'], 'id');
  const isRoster = activity['type'] === 'conversationUpdate';
  return isRoster && listAt(activity, 'membersRemoved').some((each) => stringAt(each, 'id') === ourId);
}
