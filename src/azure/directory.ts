import type { Person, Profile } from '../access/person.ts';
import { personKey } from '../access/person.ts';
import type { Directory } from '../access/ports.ts';
import { isNotFound, translated } from './errors.ts';
import { AzureFault } from './fault.ts';
import type { Graph } from './graph.ts';
import { demandGuid } from './scope.ts';

interface DirectoryDeps {
  graph: Graph;
  /** The tenant whose groups are meant. */
  partnerTenantId: string;
  monotonicMs(): number;
}

/** Answers are at most so old. Ms. */
const FRESH_MS = 60_000;
/** Source: https://learn.microsoft.com/graph/api/directoryobject-checkmembergroups */
const GROUPS_PER_CALL = 20;
const MOST_KEPT = 5_000;

const PROPERTIES = 'id,displayName,userPrincipalName,mail,accountEnabled,userType';

/** People and groups, in any tenant that has consented. */
export function createDirectory(deps: DirectoryDeps): Directory {
  const profiles = createMemory<Profile | undefined>(deps.monotonicMs);
  const memberships = createMemory<readonly string[]>(deps.monotonicMs);
  return {
    findProfile: async (person) => profiles(personKey(person), () => fetchProfile(deps.graph, person)),
    memberOf: async (person, groupIds) => {
      // Groups live in the partner's tenant; people of other tenants are in none of them.
      if (person.tenantId.toLowerCase() !== deps.partnerTenantId.toLowerCase()) return [];
      const wanted = [...new Set(groupIds.map((id) => demandGuid(id, 'group id')))].sort();
      if (wanted.length === 0) return [];
      const key = `${personKey(person)}|${wanted.join(',')}`;
      return memberships(key, () => fetchMemberships(deps.graph, person, wanted));
    },
  };
}

/** Remembers answers for a minute and shares questions that are on their way; failures are not remembered. */
function createMemory<T>(monotonicMs: () => number) {
  const kept = new Map<string, { at: number; answer: Promise<T> }>();
  return (key: string, ask: () => Promise<T>): Promise<T> => {
    const known = kept.get(key);
    if (known && monotonicMs() - known.at < FRESH_MS) return known.answer;
    const entry = { at: monotonicMs(), answer: ask() };
    kept.delete(key);
    kept.set(key, entry);
    entry.answer.catch(() => {
      if (kept.get(key) === entry) kept.delete(key);
    });
    const [oldest] = kept.keys();
    if (kept.size > MOST_KEPT && oldest !== undefined) kept.delete(oldest);
    return entry.answer;
  };
}

function fetchProfile(graph: Graph, person: Person): Promise<Profile | undefined> {
  const { tenantId } = person;
  const path = ['users', demandGuid(person.objectId, 'object id')];
  const task = { direction: 'read' as const, doing: 'look the person up', needs: 'User.Read.All' };
  return translated(task, async () => {
    try {
      const body = await graph.call({ tenantId, method: 'GET', path, query: { $select: PROPERTIES } });
      return toProfile(person, body);
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  });
}

function toProfile(person: Person, body: Record<string, unknown>): Profile {
  const { id, displayName, userPrincipalName, mail, accountEnabled, userType } = body;
  const isHim = typeof id === 'string' && id.toLowerCase() === person.objectId.toLowerCase();
  const isWhole = typeof displayName === 'string' && typeof userPrincipalName === 'string';
  if (!isHim || !isWhole || typeof accountEnabled !== 'boolean') {
    throw new AzureFault('graph', 'answered something that is not the person asked for');
  }
  return {
    person,
    displayName,
    userPrincipalName,
    ...(typeof mail === 'string' && mail !== '' && { mail }),
    accountEnabled,
    // Accounts from before guests existed have no type: they are members.
    userType: userType === 'Guest' ? 'Guest' : 'Member',
  };
}

async function fetchMemberships(
  graph: Graph,
  person: Person,
  groupIds: readonly string[],
): Promise<string[]> {
  const chunks: string[][] = [];
  for (let from = 0; from < groupIds.length; from += GROUPS_PER_CALL) {
    chunks.push(groupIds.slice(from, from + GROUPS_PER_CALL));
  }
  const task = {
    direction: 'read' as const,
    doing: 'look up group memberships',
    needs: 'GroupMember.Read.All and User.Read.All',
  };
  return translated(task, async () =>
    (await Promise.all(chunks.map((chunk) => checkMembership(graph, person, chunk)))).flat(),
  );
}

async function checkMembership(graph: Graph, person: Person, groupIds: string[]): Promise<string[]> {
  const path = ['users', demandGuid(person.objectId, 'object id'), 'checkMemberGroups'];
  const ask = { tenantId: person.tenantId, method: 'POST' as const, path, body: { groupIds } };
  try {
    const { value } = await graph.call(ask);
    if (!Array.isArray(value)) throw new AzureFault('graph', 'answered memberships without a value');
    const found = new Set(value.map((id) => String(id).toLowerCase()));
    return groupIds.filter((id) => found.has(id));
  } catch (error) {
    // Somebody who is not there is in no group.
    if (isNotFound(error)) return [];
    throw error;
  }
}
