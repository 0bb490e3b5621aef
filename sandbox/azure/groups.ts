import type { SandboxAnswer } from '../http.ts';
import { graphInstant, insufficientPrivileges, notFoundInDirectory, Refusal } from './answers.ts';
import { findVisibleUser, getVisibleUser, removeUser, userJson } from './directory.ts';
import { answerEntity, answerList } from './directory-lists.ts';
import type { GraphCall, GraphRoute } from './graph-router.ts';
import { isGranted, NEEDS } from './permissions.ts';
import {
  findDisplayName,
  findLivingUser,
  groupsContaining,
  type Group,
  type Membership,
  type Tenant,
} from './state.ts';

/** A group as Graph shows it. */
export function groupJson(group: Group): Record<string, unknown> {
  return {
    id: group.id,
    createdDateTime: graphInstant(group.createdAt),
    deletedDateTime: null,
    description: group.description,
    displayName: group.displayName,
    groupTypes: group.groupTypes,
    isAssignableToRole: group.isAssignableToRole,
    mail: null,
    mailEnabled: group.mailEnabled,
    mailNickname: group.displayName.replaceAll(/\W/g, ''),
    membershipRule: group.membershipRule,
    onPremisesSyncEnabled: group.onPremisesSyncEnabled,
    securityEnabled: group.securityEnabled,
    visibility: null,
  };
}

function getGroup(call: GraphCall): Group {
  const id = call.params[0] ?? '';
  const group = call.tenant.groups.get(id.toLowerCase());
  if (!group) throw notFoundInDirectory(id);
  return group;
}

/** A lagging list: additions appear late and removals disappear late. */
function listed(membership: Membership, delayMs: number, now: number): boolean {
  const appeared = membership.addedAt + delayMs <= now;
  return appeared && (membership.removedAt === undefined || membership.removedAt + delayMs > now);
}

function memberJson(tenant: Tenant, id: string, now: number): Record<string, unknown> | undefined {
  const user = findVisibleUser(tenant, id, now);
  if (user) return { '@odata.type': '#microsoft.graph.user', ...userJson(user) };
  const group = tenant.groups.get(id);
  if (group) return { '@odata.type': '#microsoft.graph.group', ...groupJson(group) };
  const principal = [...tenant.servicePrincipals.values()].find((p) => p.id === id);
  return (
    principal && {
      '@odata.type': '#microsoft.graph.servicePrincipal',
      id,
      displayName: principal.displayName,
    }
  );
}

function memberIds(call: GraphCall, group: Group, reach: 'direct' | 'transitive'): Set<string> {
  const found = new Set<string>();
  const queue = [group];
  for (let next = queue.pop(); next; next = queue.pop()) {
    for (const membership of next.members) {
      if (found.has(membership.memberId)) continue;
      if (!listed(membership, call.tenant.settings.listDelayMs, call.now)) continue;
      found.add(membership.memberId);
      const nested = call.tenant.groups.get(membership.memberId);
      if (nested && reach === 'transitive') queue.push(nested);
    }
  }
  return found;
}

function listMembers(call: GraphCall): SandboxAnswer {
  const group = getGroup(call);
  const reach = call.params[1]?.toLowerCase() === 'members' ? 'direct' : 'transitive';
  const cast = /\/microsoft\.graph\.(\w+)$/i.exec(call.path)?.[1]?.toLowerCase();
  const ids = [...memberIds(call, group, reach)];
  const found = ids
    .map((id) => memberJson(call.tenant, id, call.now))
    .filter((member) => member !== undefined);
  if (cast === undefined) return answerList(call, { context: 'directoryObjects', items: found });
  const items = found
    .filter((item) => String(item['@odata.type']).toLowerCase() === `#microsoft.graph.${cast}`)
    .map(({ '@odata.type': _type, ...rest }) => rest);
  return answerList(call, { context: `${cast}s`, items, cast: `microsoft.graph.${cast}` });
}

function referenced(call: GraphCall): string {
  const reference = call.body['@odata.id'];
  const match =
    typeof reference === 'string'
      ? /^(https:\/\/[^/]+)\/v1\.0\/(?:directoryObjects|users|groups|servicePrincipals)\/([\da-f-]{36})$/i.exec(
          reference,
        )
      : null;
  const hosts = ['https://graph.microsoft.com', new URL(call.base).origin];
  if (!match || !hosts.includes(match[1] ?? '')) {
    throw new Refusal(400, 'Request_BadRequest', "Invalid URL format specified in the '@odata.id' property.");
  }
  return (match[2] ?? '').toLowerCase();
}

function checkWritable(call: GraphCall, group: Group): void {
  if (group.isAssignableToRole && !isGranted(call.token.roles, NEEDS.changeRoles))
    throw insufficientPrivileges();
  const mailEnabledSecurity =
    group.mailEnabled && group.securityEnabled && !group.groupTypes.includes('Unified');
  if (group.membershipRule !== null || group.onPremisesSyncEnabled === true || mailEnabledSecurity) {
    throw new Refusal(400, 'Request_BadRequest', 'Insufficient privileges to complete the operation.');
  }
}

function addMember(call: GraphCall): SandboxAnswer {
  const group = getGroup(call);
  const memberId = referenced(call);
  checkWritable(call, group);
  if (!memberJson(call.tenant, memberId, call.now)) throw notFoundInDirectory(memberId);
  if (group.members.some((m) => m.memberId === memberId && m.removedAt === undefined)) {
    const message =
      "One or more added object references already exist for the following modified properties: 'members'.";
    throw new Refusal(400, 'Request_BadRequest', message);
  }
  group.members.push({
    memberId,
    addedAt: call.now,
    removedAt: undefined,
    addedByClient: call.token.clientId,
  });
  call.state.changed(
    call.tenant,
    'memberAdded',
    `${findDisplayName(call.tenant, memberId)} was added to ${group.displayName}`,
  );
  return { status: 204 };
}

function removeMember(call: GraphCall): SandboxAnswer {
  const group = getGroup(call);
  const memberId = (call.params[1] ?? '').toLowerCase();
  checkWritable(call, group);
  const membership = group.members.find((m) => m.memberId === memberId && m.removedAt === undefined);
  if (!membership) throw notFoundInDirectory(memberId);
  membership.removedAt = call.now;
  call.state.changed(
    call.tenant,
    'memberRemoved',
    `${findDisplayName(call.tenant, memberId) ?? memberId} was removed from ${group.displayName}`,
  );
  return { status: 204 };
}

/** `DELETE …/members/{id}` without `/$ref` addresses the member itself: the user is deleted. */
function deleteMemberObject(call: GraphCall): SandboxAnswer {
  const group = getGroup(call);
  const memberId = (call.params[1] ?? '').toLowerCase();
  if (!group.members.some((m) => m.memberId === memberId && m.removedAt === undefined)) {
    throw notFoundInDirectory(memberId);
  }
  const user = findLivingUser(call.tenant, memberId);
  if (!user || !isGranted(call.token.roles, NEEDS.deleteUser)) throw insufficientPrivileges();
  removeUser(call, user);
  return { status: 204 };
}

function listMemberOf(call: GraphCall): SandboxAnswer {
  const user = getVisibleUser(call, call.params[0] ?? '');
  const direct = call.params[1]?.toLowerCase() === 'memberof';
  const ids = groupsContaining(call.tenant, user.id);
  const groups = [...call.tenant.groups.values()].filter(
    (g) =>
      ids.has(g.id) &&
      (!direct || g.members.some((m) => m.memberId === user.id && m.removedAt === undefined)),
  );
  const items = groups.map((group) => ({ '@odata.type': '#microsoft.graph.group', ...groupJson(group) }));
  return answerList(call, { context: 'directoryObjects', items });
}

function checkMemberGroups(call: GraphCall): SandboxAnswer {
  const user = getVisibleUser(call, call.params[0] ?? '');
  const asked = call.body['groupIds'];
  if (!Array.isArray(asked) || asked.length > 20) {
    throw new Refusal(400, 'Request_BadRequest', 'groupIds must hold between 1 and 20 ids.');
  }
  const member = groupsContaining(call.tenant, user.id);
  const value = asked.map(String).filter((id) => member.has(id.toLowerCase()));
  const context = `${call.base}/$metadata#Collection(Edm.String)`;
  return { status: 200, json: { '@odata.context': context, value } };
}

function listGroups(call: GraphCall): SandboxAnswer {
  return answerList(call, { context: 'groups', items: [...call.tenant.groups.values()].map(groupJson) });
}

const READ = NEEDS.readMembers;

/** Groups and memberships. */
export const groupRoutes: GraphRoute[] = [
  { method: 'GET', path: /^\/groups$/i, needs: NEEDS.readGroups, units: 2, run: listGroups },
  {
    method: 'GET',
    path: /^\/groups\/([^/]+)$/i,
    needs: NEEDS.readGroups,
    units: 1,
    run: (call) => answerEntity(call, 'groups', groupJson(getGroup(call))),
  },
  {
    method: 'GET',
    path: /^\/groups\/([^/]+)\/(members)(?:\/microsoft\.graph\.\w+)?$/i,
    needs: READ,
    units: 3,
    run: listMembers,
  },
  {
    method: 'GET',
    path: /^\/groups\/([^/]+)\/(transitiveMembers)(?:\/microsoft\.graph\.\w+)?$/i,
    needs: READ,
    units: 5,
    run: listMembers,
  },
  {
    method: 'POST',
    path: /^\/groups\/([^/]+)\/members\/\$ref$/i,
    needs: NEEDS.changeMembers,
    units: 1,
    run: addMember,
  },
  {
    method: 'DELETE',
    path: /^\/groups\/([^/]+)\/members\/([^/]+)\/\$ref$/i,
    needs: NEEDS.changeMembers,
    units: 1,
    run: removeMember,
  },
  {
    method: 'DELETE',
    path: /^\/groups\/([^/]+)\/members\/([^/]+)$/i,
    needs: NEEDS.changeMembers,
    units: 1,
    run: deleteMemberObject,
  },
  {
    method: 'GET',
    path: /^\/users\/([^/]+)\/(memberOf|transitiveMemberOf)$/i,
    needs: NEEDS.readMemberOf,
    units: 2,
    run: listMemberOf,
  },
  {
    method: 'POST',
    path: /^\/users\/([^/]+)\/(?:microsoft\.graph\.)?checkMemberGroups$/i,
    needs: NEEDS.checkMembership,
    units: 4,
    run: checkMemberGroups,
  },
];
