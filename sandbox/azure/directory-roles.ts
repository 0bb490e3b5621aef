import { randomBytes } from 'node:crypto';
import type { SandboxAnswer } from '../http.ts';
import { notFoundInDirectory, Refusal } from './answers.ts';
import { findVisibleUser } from './directory.ts';
import { answerEntity, answerList } from './directory-lists.ts';
import type { GraphCall, GraphRoute } from './graph-router.ts';
import { NEEDS } from './permissions.ts';
import type { DirectoryRoleAssignment, Tenant } from './state.ts';

/** Built-in directory roles; https://learn.microsoft.com/entra/identity/role-based-access-control/permissions-reference. */
const BUILT_IN = [
  [
    '62e90394-69f5-4237-9190-012177145e10',
    'Global Administrator',
    'Can manage all aspects of Microsoft Entra ID and Microsoft services that use Microsoft Entra identities.',
    'microsoft.directory/allEntities/allTasks',
  ],
  [
    'f2ef992c-3afb-46b9-b7cf-a126ee74c451',
    'Global Reader',
    'Can read everything that a Global Administrator can, but not update anything.',
    'microsoft.directory/allEntities/standard/read',
  ],
  [
    '729827e3-9c14-49f7-bb1b-9608f156bbb8',
    'Helpdesk Administrator',
    'Can reset passwords for non-administrators and Helpdesk Administrators.',
    'microsoft.directory/users/password/update',
  ],
  [
    'fe930be7-5e62-47db-91af-98c3a49a38b1',
    'User Administrator',
    'Can manage all aspects of users and groups, including resetting passwords for limited admins.',
    'microsoft.directory/users/basic/update',
  ],
  [
    '88d8e3e3-8f55-4a1e-953a-9b9898b8876b',
    'Directory Readers',
    'Can read basic directory information. Commonly used to grant directory read access to applications and guests.',
    'microsoft.directory/users/standard/read',
  ],
  [
    '95e79109-95c0-4d8e-aee3-d01accf2d47b',
    'Guest Inviter',
    "Can invite guest users independent of the 'members can invite guests' setting.",
    'microsoft.directory/users/inviteGuest',
  ],
  [
    '5d6b6bb7-de71-4623-b4af-96380a352509',
    'Security Reader',
    'Can read security information and reports in Microsoft Entra ID and Office 365.',
    'microsoft.directory/auditLogs/allProperties/read',
  ],
] as const;

function definitions(): Array<Record<string, unknown>> {
  return BUILT_IN.map(([id, displayName, description, action]) => ({
    id,
    description,
    displayName,
    isBuiltIn: true,
    isEnabled: true,
    resourceScopes: ['/'],
    templateId: id,
    version: '1',
    rolePermissions: [{ allowedResourceActions: [action], condition: null }],
  }));
}

/** Adds a directory role assignment under an id of the server's making. */
export function addDirectoryRole(
  tenant: Tenant,
  assignment: Omit<DirectoryRoleAssignment, 'id' | 'removedAt'>,
): DirectoryRoleAssignment {
  const made = { ...assignment, id: `${randomBytes(36).toString('base64url')}-1`, removedAt: undefined };
  tenant.directoryRoles.push(made);
  return made;
}

function assignmentJson(assignment: DirectoryRoleAssignment): Record<string, unknown> {
  const { id, principalId, directoryScopeId, roleDefinitionId } = assignment;
  return { id, principalId, directoryScopeId, roleDefinitionId };
}

function assign(call: GraphCall): SandboxAnswer {
  const { roleDefinitionId, principalId, directoryScopeId } = call.body;
  if (
    typeof roleDefinitionId !== 'string' ||
    typeof principalId !== 'string' ||
    typeof directoryScopeId !== 'string'
  ) {
    throw new Refusal(
      400,
      'Request_BadRequest',
      "A value is required for 'roleDefinitionId', 'principalId' and 'directoryScopeId'.",
    );
  }
  if (!BUILT_IN.some(([id]) => id === roleDefinitionId.toLowerCase()))
    throw notFoundInDirectory(roleDefinitionId);
  if (!isPrincipal(call, principalId)) throw notFoundInDirectory(principalId);
  const triple = {
    roleDefinitionId: roleDefinitionId.toLowerCase(),
    principalId: principalId.toLowerCase(),
    directoryScopeId,
  };
  if (call.tenant.directoryRoles.some((r) => r.removedAt === undefined && sameTriple(r, triple)))
    throw conflict();
  const made = addDirectoryRole(call.tenant, {
    ...triple,
    createdAt: call.now,
    createdByClient: call.token.clientId,
  });
  call.state.changed(
    call.tenant,
    'directoryRoleAssigned',
    `${principalId} got directory role ${roleDefinitionId}`,
  );
  const context = `${call.base}/$metadata#roleManagement/directory/roleAssignments/$entity`;
  return {
    status: 201,
    headers: { location: `${call.base}/roleManagement/directory/roleAssignments/${made.id}` },
    json: { '@odata.context': context, ...assignmentJson(made), condition: null },
  };
}

function isPrincipal(call: GraphCall, id: string): boolean {
  if (findVisibleUser(call.tenant, id, call.now)) return true;
  if (call.tenant.groups.get(id.toLowerCase())?.isAssignableToRole) return true;
  return [...call.tenant.servicePrincipals.values()].some((p) => p.id === id.toLowerCase());
}

type Triple = Pick<DirectoryRoleAssignment, 'roleDefinitionId' | 'principalId' | 'directoryScopeId'>;

function sameTriple(a: Triple, b: Triple): boolean {
  return (
    a.roleDefinitionId === b.roleDefinitionId &&
    a.principalId === b.principalId &&
    a.directoryScopeId === b.directoryScopeId
  );
}

function conflict(): Refusal {
  const message =
    'A conflicting object with one or more of the specified property values is present in the directory.';
  const details = [{ code: 'ConflictingObjects', message, target: null }];
  return new Refusal(400, 'Request_BadRequest', message, { details });
}

function getAssignment(call: GraphCall): DirectoryRoleAssignment {
  const id = call.params[0] ?? '';
  const found = call.tenant.directoryRoles.find((r) => r.id === id && r.removedAt === undefined);
  if (!found) throw notFoundInDirectory(id);
  return found;
}

function listAssignments(call: GraphCall): SandboxAnswer {
  const delay = call.tenant.settings.listDelayMs;
  const shown = call.tenant.directoryRoles.filter(
    (r) => r.createdAt + delay <= call.now && (r.removedAt === undefined || r.removedAt + delay > call.now),
  );
  return answerList(call, {
    context: 'roleManagement/directory/roleAssignments',
    items: shown.map(assignmentJson),
  });
}

function removeAssignment(call: GraphCall): SandboxAnswer {
  const assignment = getAssignment(call);
  assignment.removedAt = call.now;
  call.state.changed(
    call.tenant,
    'directoryRoleRemoved',
    `${assignment.principalId} lost directory role ${assignment.roleDefinitionId}`,
  );
  return { status: 204 };
}

const LIST = /^\/roleManagement\/directory\/roleAssignments$/i;
const ONE = /^\/roleManagement\/directory\/roleAssignments\/([^/]+)$/i;

/** Directory roles by the unified API. */
export const directoryRoleRoutes: GraphRoute[] = [
  {
    method: 'GET',
    path: /^\/roleManagement\/directory\/roleDefinitions$/i,
    needs: NEEDS.readRoles,
    units: 1,
    run: (call) =>
      answerList(call, { context: 'roleManagement/directory/roleDefinitions', items: definitions() }),
  },
  {
    method: 'GET',
    path: /^\/roleManagement\/directory\/roleDefinitions\/([^/]+)$/i,
    needs: NEEDS.readRoles,
    units: 1,
    run: (call) => {
      const found = definitions().find((d) => d['id'] === call.params[0]?.toLowerCase());
      if (!found) throw notFoundInDirectory(call.params[0] ?? '');
      return answerEntity(call, 'roleManagement/directory/roleDefinitions', found);
    },
  },
  { method: 'GET', path: LIST, needs: NEEDS.readRoles, units: 1, run: listAssignments },
  { method: 'POST', path: LIST, needs: NEEDS.changeRoles, units: 1, run: assign },
  {
    method: 'GET',
    path: ONE,
    needs: NEEDS.readRoles,
    units: 1,
    run: (call) =>
      answerEntity(call, 'roleManagement/directory/roleAssignments', assignmentJson(getAssignment(call))),
  },
  { method: 'DELETE', path: ONE, needs: NEEDS.changeRoles, units: 1, run: removeAssignment },
];
