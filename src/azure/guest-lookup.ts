import type { Profile } from '../access/person.ts';
import type { FoundGuest, Obstacle } from '../access/ports.ts';
import { isNotFound } from './errors.ts';
import { AzureFault } from './fault.ts';
import type { Graph } from './graph.ts';
import { demandGuid, isGuid } from './scope.ts';

/** What is known of somebody's account in a customer's tenant. */
export type GuestLookup =
  { kind: 'found'; guest: FoundGuest } | { kind: 'none' } | { kind: 'blocked'; obstacle: Obstacle };

/** Whose account to look for, and where. */
export interface GuestAsk {
  tenantId: string;
  profile: Profile;
  knownObjectId?: string;
}

/** A user as Graph shows it, as far as it matters here. */
interface GraphUser {
  id: string;
  displayName: string;
  mail: string;
  otherMails: string[];
  userType: string;
  accountEnabled: boolean;
  externalUserState: string;
  /** Who vouches for the sign-in: `ExternalAzureAD`, `MicrosoftAccount`, `google.com`, `mail`. */
  issuers: string[];
}

const PROPERTIES =
  'id,displayName,mail,otherMails,userType,accountEnabled,externalUserState,identities,proxyAddresses';

/** Ends the display name of every guest we invite, so that the tenant's own lists say where it came from. */
export const GUEST_SUFFIX = ' (via Latchkey)';

/** An account of another Entra tenant. Source: https://learn.microsoft.com/entra/external-id/user-properties */
const ENTRA_ISSUER = 'externalazuread';

/**
 * Finds the account by the id we know, else by mail address. An account that the customer has disabled or deleted is
 * left alone: what they took away is not brought back behind their back. A deleted guest that we had invited is none of
 * those, because we delete every guest of ours when its last grant ends.
 * @throws {AzureFault} as the service answers
 */
export async function lookUpGuest(graph: Graph, ask: GuestAsk): Promise<GuestLookup> {
  const { tenantId, profile, knownObjectId } = ask;
  if (profile.person.tenantId.toLowerCase() === tenantId.toLowerCase()) return lookUpHome(graph, ask);
  if (knownObjectId !== undefined) {
    const known = await findUser(graph, tenantId, knownObjectId);
    if (known) return judge(known, profile);
  }
  if (!profile.mail) {
    return blocked('noMail', {
      message: `${profile.displayName} has no mail address, so no guest can be invited.`,
      remedy: 'Give the account a mail address in its own tenant.',
    });
  }
  const [matches, deleted] = await Promise.all([
    findByMail(graph, tenantId, profile.mail),
    findDeleted(graph, tenantId, profile.mail),
  ]);
  if (matches.length > 0) return judgeAll(matches, profile);
  const taken = deleted.find((user) => user.id !== knownObjectId && !user.displayName.endsWith(GUEST_SUFFIX));
  if (taken) {
    return blocked('guestBlocked', {
      message: `The customer deleted the guest account of ${profile.displayName}, and it is not ours to bring back.`,
      remedy: 'Ask the customer to restore the deleted guest, or to delete it for good, in Entra ID.',
    });
  }
  return { kind: 'none' };
}

/** Somebody of that very tenant needs no guest. */
async function lookUpHome(graph: Graph, { tenantId, profile }: GuestAsk): Promise<GuestLookup> {
  const user = await findUser(graph, tenantId, profile.person.objectId);
  if (!user) return { kind: 'none' };
  if (!user.accountEnabled) return disabled(profile);
  return { kind: 'found', guest: { objectId: user.id, accountEnabled: true, redeemed: true } };
}

/** The user by object id. @throws {AzureFault} unless it is there or Graph says that it is not */
export async function findUser(
  graph: Graph,
  tenantId: string,
  objectId: string,
): Promise<GraphUser | undefined> {
  try {
    const path = ['users', demandGuid(objectId, 'object id')];
    const body = await graph.call({ tenantId, method: 'GET', path, query: { $select: PROPERTIES } });
    return toUser(body);
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

async function findByMail(graph: Graph, tenantId: string, mail: string): Promise<GraphUser[]> {
  const value = quote(mail);
  const byMail = await list(graph, tenantId, {
    path: ['users'],
    filter: `mail eq ${value} or otherMails/any(x:x eq ${value})`,
  });
  const users = byMail.filter((user) => hasMail(user, mail));
  if (users.length > 0) return users;
  return list(graph, tenantId, {
    path: ['users'],
    filter: `proxyAddresses/any(x:x eq ${quote(`SMTP:${mail}`)})`,
  });
}

async function findDeleted(graph: Graph, tenantId: string, mail: string): Promise<GraphUser[]> {
  const found = await list(graph, tenantId, {
    path: ['directory', 'deletedItems', 'microsoft.graph.user'],
    filter: `mail eq ${quote(mail)}`,
  });
  return found.filter((user) => hasMail(user, mail));
}

/** True when the directory keeps the user among the deleted. */
export async function isDeleted(graph: Graph, tenantId: string, objectId: string): Promise<boolean> {
  try {
    const path = ['directory', 'deletedItems', demandGuid(objectId, 'object id')];
    await graph.call({ tenantId, method: 'GET', path, query: { $select: 'id' } });
    return true;
  } catch (error) {
    if (isNotFound(error)) return false;
    throw error;
  }
}

async function list(
  graph: Graph,
  tenantId: string,
  { path, filter }: { path: string[]; filter: string },
): Promise<GraphUser[]> {
  const query = { $filter: filter, $select: PROPERTIES };
  const body = await graph.call({ tenantId, method: 'GET', path, query });
  const value = body['value'];
  if (!Array.isArray(value)) throw new AzureFault('graph', 'answered a list without a value');
  return value.map((item) => toUser(item as Record<string, unknown>));
}

function judgeAll(users: readonly GraphUser[], profile: Profile): GuestLookup {
  const guests = users.filter((user) => user.userType === 'Guest');
  const [guest, second] = guests;
  if (guest && !second) return judge(guest, profile);
  if (second) {
    return blocked('guestBlocked', {
      message: `${guests.length} guest accounts have the mail address of ${profile.displayName}, so the right one is not known.`,
      remedy: 'Ask the customer to delete the guest accounts that are not used.',
    });
  }
  return internal(profile);
}

function judge(user: GraphUser, profile: Profile): GuestLookup {
  if (user.userType !== 'Guest') return internal(profile);
  if (profile.mail !== undefined && !hasMail(user, profile.mail)) {
    return blocked('guestBlocked', {
      message: `The guest account known for ${profile.displayName} has another mail address now.`,
      remedy: 'Ask the customer whose guest account it is, and to correct or delete it.',
    });
  }
  const foreign = user.issuers.find((issuer) => issuer !== ENTRA_ISSUER);
  if (foreign !== undefined && !user.issuers.includes(ENTRA_ISSUER)) {
    return blocked('guestBlocked', {
      message: `The guest account of ${profile.displayName} signs in with ${foreign}, not with the engineer's own organisation.`,
      remedy: 'Ask the customer to delete that guest account or to reset its redemption.',
    });
  }
  if (!user.accountEnabled) return disabled(profile);
  const redeemed = user.externalUserState !== 'PendingAcceptance';
  return { kind: 'found', guest: { objectId: user.id, accountEnabled: true, redeemed } };
}

function disabled(profile: Profile): GuestLookup {
  return blocked('guestBlocked', {
    message: `The customer has blocked the account of ${profile.displayName} from signing in.`,
    remedy: 'Ask the customer whether to let the account sign in again; Latchkey never does that by itself.',
  });
}

function internal(profile: Profile): GuestLookup {
  return blocked('guestBlocked', {
    message: `An account of the customer's own, not a guest, has the mail address of ${profile.displayName}.`,
    remedy: 'Ask the customer to free the address, or have the engineer use another account.',
  });
}

function blocked(code: Obstacle['code'], words: { message: string; remedy: string }): GuestLookup {
  return { kind: 'blocked', obstacle: { code, ...words } };
}

function hasMail(user: GraphUser, mail: string): boolean {
  const wanted = mail.toLowerCase();
  return [user.mail, ...user.otherMails].some((address) => address.toLowerCase() === wanted);
}

/** A string of OData's filter language; the encoding for the URL comes later. */
function quote(value: string): string {
  return `'${value.replaceAll("'", "''")}'`;
}

function toUser(body: Record<string, unknown>): GraphUser {
  const text = (name: string) => (typeof body[name] === 'string' ? body[name] : '');
  const list = (name: string) => (Array.isArray(body[name]) ? (body[name] as unknown[]) : []);
  if (!isGuid(text('id'))) throw new AzureFault('graph', 'answered a user without an id');
  const proxies = list('proxyAddresses').map((address) => String(address).replace(/^smtp:/i, ''));
  return {
    id: text('id').toLowerCase(),
    displayName: text('displayName'),
    mail: text('mail'),
    otherMails: [...list('otherMails').map(String), ...proxies],
    userType: text('userType'),
    accountEnabled: body['accountEnabled'] === true,
    externalUserState: text('externalUserState'),
    issuers: list('identities').flatMap(federatedIssuer),
  };
}

function federatedIssuer(identity: unknown): string[] {
  const { signInType, issuer } = (identity ?? {}) as { signInType?: unknown; issuer?: unknown };
  return signInType === 'federated' && typeof issuer === 'string' ? [issuer.toLowerCase()] : [];
}
