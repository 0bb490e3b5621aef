import { Unavailable } from '../../src/access/errors.ts';
import { entitlementKey } from '../../src/access/entitlement.ts';
import type { Person, Profile } from '../../src/access/person.ts';
import { personKey } from '../../src/access/person.ts';
import type { Directory, Entitlements, FoundAssignment, Guests, Obstacle } from '../../src/access/ports.ts';

/** A call that is to fail: the nth call of that name, before or after its effect. */
export interface PlannedFailure {
  call: 'find' | 'invite' | 'remove' | 'assign' | 'move' | 'unassign' | 'preflight' | 'findProfile' | 'list';
  error: Error;
  after?: 'effect';
  times?: number;
}

/** A directory and an Azure in memory: what exists, and what was called. */
export interface FakeAzure {
  directory: Directory;
  guests: Guests;
  entitlements: Entitlements;
  profiles: Map<string, Profile>;
  /** Group id → keys of its members. */
  groups: Map<string, Set<string>>;
  /** `<tenant>|<mail>` → object id. */
  accounts: Map<string, string>;
  /**
   * Assignment id → who holds what, the end its marker says, and whether our service principal made it; if that is not
   * said, the id tells.
   */
  assignments: Map<string, { key: string; principalId: string; endAt?: number; byUs?: boolean }>;
  obstacles: Obstacle[];
  calls: string[];
  fail(failure: PlannedFailure): void;
}

export function createFakeAzure(): FakeAzure {
  const profiles = new Map<string, Profile>();
  const groups = new Map<string, Set<string>>();
  const accounts = new Map<string, string>();
  const assignments: FakeAzure['assignments'] = new Map();
  const obstacles: Obstacle[] = [];
  const calls: string[] = [];
  const failures: Array<PlannedFailure & { times: number }> = [];
  let made = 0;

  const step = async <T>(call: PlannedFailure['call'], effect: () => T): Promise<T> => {
    calls.push(call);
    const failure = failures.find((planned) => planned.call === call && planned.times > 0);
    if (failure) failure.times -= 1;
    if (failure && !failure.after) throw failure.error;
    const result = effect();
    if (failure) throw failure.error;
    return result;
  };
  const address = (tenantId: string, profile: Profile): string => `${tenantId}|${profile.mail}`;

  return {
    profiles,
    groups,
    accounts,
    assignments,
    obstacles,
    calls,
    fail: (failure) => void failures.push({ times: 1, ...failure }),
    directory: {
      findProfile: (person) => step('findProfile', () => profiles.get(personKey(person))),
      memberOf: async (person, ids) => ids.filter((id) => groups.get(id)?.has(personKey(person))),
    },
    guests: {
      find: ({ tenantId, profile }) =>
        step('find', () => {
          const objectId = accounts.get(address(tenantId, profile));
          return objectId === undefined ? undefined : { objectId, accountEnabled: true, redeemed: false };
        }),
      invite: ({ tenantId, profile }) =>
        step('invite', () => {
          const objectId = accounts.get(address(tenantId, profile)) ?? `guest-${++made}`;
          accounts.set(address(tenantId, profile), objectId);
          return { objectId, redeemUrl: `https://login.example/redeem/${objectId}` };
        }),
      remove: ({ objectId }) =>
        step('remove', () => {
          for (const [key, id] of accounts) if (id === objectId) accounts.delete(key);
        }),
      exists: async ({ objectId }) => [...accounts.values()].includes(objectId),
    },
    entitlements: {
      preflight: ({ entitlement }) =>
        step('preflight', () => ({
          obstacles: [...obstacles],
          alreadyHeld: false,
          roleTitle: entitlement.roleDefinitionId,
          scopeTitle: entitlement.scope,
        })),
      assignmentIdFor: ({ grantId, entitlement, principalId }) =>
        `${grantId}|${entitlementKey(entitlement)}|${principalId}`,
      assign: ({ entitlement, assignmentId, principalId, endAt }) =>
        step('assign', () => {
          if (![...accounts.values()].includes(principalId)) throw new Unavailable('PrincipalNotFound', 500);
          const key = `${entitlementKey(entitlement)}|${principalId}`;
          const twin = [...assignments].find(([id, other]) => other.key === key && id !== assignmentId);
          if (twin?.[0].startsWith('AR-'))
            throw new Unavailable('Another grant of ours is on its way out.', 500);
          if (twin) return { status: 'existed' as const, assignmentId: twin[0] };
          assignments.set(assignmentId, { key, principalId, endAt });
          return { status: 'made' as const, assignmentId };
        }),
      // A PUT: what was deleted in between is made again.
      move: ({ entitlement, assignmentId, principalId, endAt }) =>
        step('move', () => {
          const key = `${entitlementKey(entitlement)}|${principalId}`;
          assignments.set(assignmentId, { key, principalId, endAt });
        }),
      unassign: ({ assignmentId }) => step('unassign', () => void assignments.delete(assignmentId)),
      exists: async ({ assignmentId }) => assignments.has(assignmentId),
      list: (ask) =>
        step('list', () => {
          const all = [...assignments].map(([id, held]) => ({ id, ...held }));
          return all.flatMap((held) => foundAssignment(held, ask));
        }),
    },
  };
}

/** An assignment as a list shows it, if it lies there and is made or marked by us. */
function foundAssignment(
  held: { id: string; key: string; principalId: string; endAt?: number; byUs?: boolean },
  ask: { tenantId: string; subscriptionId: string },
): FoundAssignment[] {
  const [, tenantId, roleDefinitionId = '', scope = ''] = held.key.split('|');
  const isThere = tenantId === ask.tenantId && scope.startsWith(`/subscriptions/${ask.subscriptionId}`);
  const grantId = /^AR-[0-9A-Z]{8}/.exec(held.id)?.[0];
  const byUs = held.byUs ?? grantId !== undefined;
  const hasMarker = grantId !== undefined && held.endAt !== undefined;
  if (!isThere || !(byUs || hasMarker)) return [];
  const { id: assignmentId, principalId } = held;
  const marker = hasMarker && { grantId, endAt: Math.floor(Number(held.endAt) / 1000) * 1000 };
  return [{ assignmentId, principalId, roleDefinitionId, scope, byUs, ...(marker && { marker }) }];
}

/** A working account of a person. */
export function profileOf(person: Person, displayName: string, changes: Partial<Profile> = {}): Profile {
  const mail = `${displayName.toLowerCase().replaceAll(' ', '.')}@northwind.example`;
  return {
    person,
    displayName,
    userPrincipalName: mail,
    mail,
    accountEnabled: true,
    userType: 'Member',
    ...changes,
  };
}
