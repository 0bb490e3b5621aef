import type { SandboxAnswer } from '../http.ts';
import { graphInstant, insufficientPrivileges, notFoundInDirectory, Refusal } from './answers.ts';
import { answerEntity, answerList } from './directory-lists.ts';
import type { GraphCall, GraphRoute } from './graph-router.ts';
import { NEEDS } from './permissions.ts';
import type { Tenant, User } from './state.ts';

const DEFAULTS = [
  'businessPhones',
  'displayName',
  'givenName',
  'jobTitle',
  'mail',
  'mobilePhone',
  'officeLocation',
  'preferredLanguage',
  'surname',
  'userPrincipalName',
  'id',
] as const;

const RESTORABLE_MS = 30 * 86_400_000;

/** A user as Graph shows it, with every property. */
export function userJson(user: User): Record<string, unknown> {
  return {
    businessPhones: [],
    displayName: user.displayName,
    givenName: user.givenName,
    jobTitle: user.jobTitle,
    mail: user.mail,
    mobilePhone: null,
    officeLocation: null,
    preferredLanguage: null,
    surname: user.surname,
    userPrincipalName: user.userPrincipalName,
    id: user.id,
    accountEnabled: user.accountEnabled,
    companyName: user.companyName,
    createdDateTime: graphInstant(user.createdAt),
    creationType: user.creationType,
    deletedDateTime: user.deletedAt === undefined ? null : graphInstant(user.deletedAt),
    externalUserState: user.externalUserState,
    externalUserStateChangeDateTime:
      user.externalUserStateChangedAt === null ? null : graphInstant(user.externalUserStateChangedAt),
    otherMails: user.otherMails,
    proxyAddresses: user.proxyAddresses,
    signInSessionsValidFromDateTime: graphInstant(user.sessionsRevokedAt ?? user.createdAt),
    userType: user.userType,
  };
}

/** The user a read would find now: alive, and no longer replicating. Id or user principal name. */
export function findVisibleUser(tenant: Tenant, key: string, now: number): User | undefined {
  const wanted = key.toLowerCase();
  const user =
    tenant.users.get(wanted) ??
    [...tenant.users.values()].find(
      (u) => u.deletedAt === undefined && u.userPrincipalName.toLowerCase() === wanted,
    );
  return user && user.deletedAt === undefined && user.visibleFrom <= now ? user : undefined;
}

/** As `findVisibleUser`. @throws {Refusal} 404 */
export function getVisibleUser(call: GraphCall, key: string): User {
  const user = findVisibleUser(call.tenant, key, call.now);
  if (!user) throw notFoundInDirectory(key);
  return user;
}

/** Every user a list may show. */
export function visibleUsers(tenant: Tenant, now: number): User[] {
  return [...tenant.users.values()].filter((u) => u.deletedAt === undefined && u.visibleFrom <= now);
}

function listUsers(call: GraphCall): SandboxAnswer {
  const items = visibleUsers(call.tenant, call.now).map(userJson);
  return answerList(call, { context: 'users', items, defaults: DEFAULTS });
}

function readUser(call: GraphCall): SandboxAnswer {
  return answerEntity(call, 'users', userJson(getVisibleUser(call, call.params[0] ?? '')), DEFAULTS);
}

const CHANGEABLE = ['displayName', 'givenName', 'surname', 'jobTitle', 'companyName'] as const;

function changeUser(call: GraphCall): SandboxAnswer {
  const user = getVisibleUser(call, call.params[0] ?? '');
  for (const name of CHANGEABLE) {
    const value = call.body[name];
    if (typeof value === 'string') user[name] = value;
  }
  if (typeof call.body['accountEnabled'] === 'boolean') user.accountEnabled = call.body['accountEnabled'];
  call.state.changed(call.tenant, 'userChanged', `${user.displayName} was changed`);
  return { status: 204 };
}

function deleteUser(call: GraphCall): SandboxAnswer {
  const user = getVisibleUser(call, call.params[0] ?? '');
  removeUser(call, user);
  return { status: 204 };
}

/**
 * Soft-deletes a user; its Azure role assignments stay behind, its memberships go.
 * @throws {Refusal} 403 while the user holds a directory role
 */
export function removeUser(call: Pick<GraphCall, 'state' | 'tenant' | 'now'>, user: User): void {
  const { tenant, now } = call;
  const holds = tenant.directoryRoles.some((r) => r.principalId === user.id && r.removedAt === undefined);
  if (holds) throw insufficientPrivileges();
  user.deletedAt = now;
  user.userPrincipalName = `${user.id.replaceAll('-', '')}${user.userPrincipalName}`;
  for (const group of tenant.groups.values()) {
    for (const membership of group.members) {
      if (membership.memberId === user.id) membership.removedAt ??= now;
    }
  }
  call.state.changed(tenant, 'userDeleted', `${user.displayName} was deleted`);
}

function revokeSessions(call: GraphCall): SandboxAnswer {
  const user = getVisibleUser(call, call.params[0] ?? '');
  user.sessionsRevokedAt = call.now;
  call.state.changed(call.tenant, 'sessionsRevoked', `Sessions of ${user.displayName} were ended`);
  return { status: 200, json: { '@odata.context': `${call.base}/$metadata#Edm.Boolean`, value: true } };
}

function restorableUsers(call: GraphCall): User[] {
  const users = [...call.tenant.users.values()];
  return users.filter((u) => u.deletedAt !== undefined && call.now - u.deletedAt < RESTORABLE_MS);
}

function getRestorable(call: GraphCall): User {
  const id = (call.params[0] ?? '').toLowerCase();
  const user = restorableUsers(call).find((u) => u.id === id);
  if (!user) throw notFoundInDirectory(call.params[0] ?? '');
  return user;
}

function listDeleted(call: GraphCall): SandboxAnswer {
  const items = restorableUsers(call).map(userJson);
  return answerList(call, { context: 'users', items, defaults: [...DEFAULTS, 'deletedDateTime'] });
}

function readDeleted(call: GraphCall): SandboxAnswer {
  const user = { '@odata.type': '#microsoft.graph.user', ...userJson(getRestorable(call)) };
  return answerEntity(call, 'directoryObjects', user, [...DEFAULTS, 'deletedDateTime']);
}

function restoreUser(call: GraphCall): SandboxAnswer {
  const user = getRestorable(call);
  const name = user.userPrincipalName.slice(user.id.replaceAll('-', '').length);
  const taken = [...call.tenant.users.values()].some(
    (u) => u.deletedAt === undefined && u.userPrincipalName.toLowerCase() === name.toLowerCase(),
  );
  if (taken) {
    const message = 'Another object with the same value for property userPrincipalName already exists.';
    throw new Refusal(400, 'Request_BadRequest', message);
  }
  user.userPrincipalName = name;
  user.deletedAt = undefined;
  call.state.changed(call.tenant, 'userRestored', `${user.displayName} was restored`);
  const entity = { '@odata.type': '#microsoft.graph.user', ...userJson(user) };
  return answerEntity(call, 'directoryObjects', entity, ['id', 'displayName', 'userPrincipalName', 'mail']);
}

function purgeUser(call: GraphCall): SandboxAnswer {
  const user = getRestorable(call);
  call.tenant.users.delete(user.id);
  call.state.changed(call.tenant, 'userPurged', `${user.displayName} was deleted for good`);
  return { status: 204 };
}

/** Users, deleted users and what may be done with them. */
export const userRoutes: GraphRoute[] = [
  { method: 'GET', path: /^\/users$/i, needs: NEEDS.readUsers, units: 2, run: listUsers },
  { method: 'GET', path: /^\/users\/([^/]+)$/i, needs: NEEDS.readUsers, units: 1, run: readUser },
  { method: 'PATCH', path: /^\/users\/([^/]+)$/i, needs: NEEDS.changeUser, units: 1, run: changeUser },
  { method: 'DELETE', path: /^\/users\/([^/]+)$/i, needs: NEEDS.deleteUser, units: 1, run: deleteUser },
  {
    method: 'POST',
    path: /^\/users\/([^/]+)\/(?:microsoft\.graph\.)?revokeSignInSessions$/i,
    needs: NEEDS.revokeSessions,
    units: 1,
    run: revokeSessions,
  },
  {
    method: 'GET',
    path: /^\/directory\/deletedItems\/microsoft\.graph\.user$/i,
    needs: NEEDS.readDeleted,
    units: 1,
    run: listDeleted,
  },
  {
    method: 'GET',
    path: /^\/directory\/deletedItems\/([^/]+)$/i,
    needs: NEEDS.readDeleted,
    units: 1,
    run: readDeleted,
  },
  {
    method: 'DELETE',
    path: /^\/directory\/deletedItems\/([^/]+)$/i,
    needs: NEEDS.deleteUser,
    units: 1,
    run: purgeUser,
  },
  {
    method: 'POST',
    path: /^\/directory\/deletedItems\/([^/]+)\/restore$/i,
    needs: NEEDS.deleteUser,
    units: 1,
    run: restoreUser,
  },
];
