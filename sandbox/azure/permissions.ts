/**
 * Graph application permissions per operation: the least privileged first, then the higher ones.
 * Source: https://github.com/microsoftgraph/microsoft-graph-devx-content `permissions/new/permissions.json`.
 */
export const NEEDS = {
  invite: ['User.Invite.All', 'Directory.ReadWrite.All', 'User.ReadWrite.All'],
  readUsers: ['User.ReadBasic.All', 'User.Read.All', 'Directory.Read.All', 'User.ReadWrite.CrossCloud'],
  changeUser: ['User.ReadWrite.All', 'Directory.ReadWrite.All', 'User.EnableDisableAccount.All'],
  deleteUser: ['User.DeleteRestore.All', 'User.ReadWrite.All', 'User.ReadWrite.CrossCloud'],
  revokeSessions: ['User.RevokeSessions.All', 'Directory.ReadWrite.All', 'User.ReadWrite.All'],
  readDeleted: ['User.Read.All', 'Directory.Read.All', 'User.DeleteRestore.All'],
  readGroups: ['Group.ReadBasic.All', 'Group.Read.All', 'GroupMember.Read.All', 'Directory.Read.All'],
  readMembers: ['GroupMember.ReadBasic.All', 'Group.Read.All', 'Group.ReadBasic.All', 'Directory.Read.All'],
  readMemberOf: ['Directory.Read.All', 'GroupMember.ReadBasic.All', 'Group.ReadBasic.All'],
  checkMembership: [
    'Application.Read.All',
    'Group.ReadBasic.All',
    'GroupMember.ReadBasic.All',
    'User.Read.All',
    'Directory.Read.All',
  ],
  changeMembers: ['GroupMember.ReadWrite.All', 'Group.ReadWrite.All', 'Directory.ReadWrite.All'],
  changeRoles: ['RoleManagement.ReadWrite.Directory'],
  readRoles: ['RoleManagement.Read.Directory', 'Directory.Read.All', 'RoleManagement.Read.All'],
  readPolicies: ['Policy.Read.All', 'Policy.ReadWrite.Authorization'],
  readCrossTenant: ['Policy.Read.All', 'Policy.ReadWrite.CrossTenantAccess'],
  readOrganization: ['Organization.Read.All', 'Directory.Read.All', 'User.Read.All'],
  readApplications: ['Application.Read.All', 'Application.ReadWrite.OwnedBy', 'Directory.Read.All'],
} as const;

/** True when a held permission is one of those needed; `X.ReadWrite.Y` holds `X.Read.Y`, that holds `X.ReadBasic.Y`. */
export function isGranted(held: readonly string[], needed: readonly string[]): boolean {
  if (needed.length === 0) return true;
  const all = new Set(held.flatMap((permission) => weaker(permission)));
  return needed.some((permission) => all.has(permission));
}

function weaker(permission: string): string[] {
  const read = permission.replace('.ReadWrite.', '.Read.');
  return [permission, read, read.replace('.Read.', '.ReadBasic.')];
}
