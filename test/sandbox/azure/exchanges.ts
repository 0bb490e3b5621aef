import {
  assignment,
  assignmentPath,
  CLIENT,
  CONTOSO,
  GROUP_SCOPE,
  HELPDESK,
  OWNER,
  PRINCIPAL,
  RBAC_ADMINISTRATOR,
  READER,
  SCOPE,
  type Contoso,
} from './contoso.ts';

/** The guest, the group and the assignment that the samples speak of. */
export const GUEST = '50000000-0000-4000-8000-000000000001';
export const GROUP = '63000000-0000-4000-8000-000000000001';
const ENGINEER = '51000000-0000-4000-8000-000000000001';
const APPROVERS = '60000000-0000-4000-8000-000000000001';
const NAME = '70000000-0000-4000-8000-000000000001';
const SECOND = '70000000-0000-4000-8000-000000000002';
const MARKER = 'jit/1 g=01JHZX3Q7M8V9W2Y4K6N8P0R2T e=2026-01-15T13:00:00Z by=fabrikam';
const JAN = { displayName: 'Jan de Vries (Fabrikam)', mail: 'jan.devries@fabrikam-cloud.example' };
const ROLES = '/v1.0/roleManagement/directory/roleAssignments';

type Arrange = (world: Contoso) => unknown;

const nothing: Arrange = () => undefined;

const guest: Arrange = ({ azure }) => azure.addUser(CONTOSO, { id: GUEST, ...JAN, userType: 'Guest' });

const pending: Arrange = ({ azure }) =>
  azure.addUser(CONTOSO, { id: GUEST, ...JAN, userType: 'Guest', externalUserState: 'PendingAcceptance' });

const deleted: Arrange = (world) => {
  guest(world);
  world.azure.changeUser(CONTOSO, GUEST, {
    deletedAt: world.azure.clock.now(),
    userPrincipalName: `${GUEST.replaceAll('-', '')}jan.devries_fabrikam-cloud.example#EXT#@contoso.onmicrosoft.com`,
  });
};

const assigned: Arrange = async (world) => {
  guest(world);
  await world.send('PUT', assignmentPath(NAME), { properties: assignment(GUEST, READER, MARKER) });
};

const assignedTwice: Arrange = async (world) => {
  await assigned(world);
  await world.send('PUT', assignmentPath(SECOND, GROUP_SCOPE), {
    properties: assignment(GUEST, READER, MARKER),
  });
};

/** A group, with the guest in it if said so. */
const group =
  (seed: object = {}): Arrange =>
  (world) => {
    guest(world);
    world.azure.addGroup(CONTOSO, { id: GROUP, displayName: 'JIT', ...seed });
  };
const member = group({ members: [GUEST] });

const approver: Arrange = ({ azure }) => {
  azure.addUser(CONTOSO, { id: ENGINEER, ...JAN });
  azure.addGroup(CONTOSO, { id: APPROVERS, displayName: 'Approvers', members: [ENGINEER] });
};

const helpdesk: Arrange = async (world) => {
  guest(world);
  await world.send('POST', ROLES, { roleDefinitionId: HELPDESK, principalId: GUEST, directoryScopeId: '/' });
};

/** A second assignment for the app, without a condition. */
const unbound: Arrange = ({ azure }) =>
  azure.assignRole({
    scope: SCOPE,
    roleGuid: RBAC_ADMINISTRATOR,
    principalId: PRINCIPAL,
    principalType: 'ServicePrincipal',
  });

const settings =
  (change: object): Arrange =>
  ({ azure }) =>
    Object.assign(azure.settings(CONTOSO), change);

const app =
  (change: object): Arrange =>
  ({ azure }) =>
    Object.assign(azure.app(CLIENT), change);

/** Consents to these permissions only. */
const permitted =
  (...graphPermissions: string[]): Arrange =>
  ({ azure }) =>
    azure.consent(CONTOSO, CLIENT, { graphPermissions, objectId: PRINCIPAL });

const powerless: Arrange = ({ azure }) =>
  azure.unassignRole(CONTOSO, azure.dump().tenants[1]?.roleAssignments[0]?.name ?? '');

const emptyBuckets: Arrange = ({ azure }) => {
  const behaviour = azure.settings(CONTOSO);
  behaviour.throttling = 'on';
  behaviour.armBuckets.write = { size: 0, perSecond: 1 / 10 };
  behaviour.graphBuckets.invitations = { size: 0, perSecond: 1 / 17 };
};

const all =
  (...arranges: Arrange[]): Arrange =>
  async (world) => {
    for (const arrange of arranges) await arrange(world);
  };

const foreignName: Arrange = ({ azure }) =>
  azure.addUser(CONTOSO, { ...JAN, userPrincipalName: 'jan@contoso.example' });

const blocked: Arrange = ({ azure }) =>
  azure.addUser(CONTOSO, { id: GUEST, ...JAN, userType: 'Guest', accountEnabled: false });

const owner =
  (scope: string, roleGuid: string, principalId = GUEST): Arrange =>
  ({ azure }) =>
    azure.assignRole({ name: NAME, scope, roleGuid, principalId });

/** Sample by sample: how the cloud stands when the sample's request comes. */
export const EXCHANGES: Array<[sample: string, arrange: Arrange]> = [
  ['login-openid-configuration-200', nothing],
  ['login-openid-configuration-unknown-tenant-400', nothing],
  ['login-token-secret-200', nothing],
  ['login-token-arm-cae-200', nothing],
  ['login-token-invalid-secret-401', nothing],
  ['login-token-expired-secret-401', app({ secret: 'old', secretState: 'expired' })],
  ['login-token-not-consented-400', settings({ app: 'removed' })],
  ['login-token-app-disabled-401', all(app({ name: 'JIT access bot' }), settings({ app: 'disabled' }))],
  ['graph-invitation-existing-guest-201', pending],
  ['graph-invitation-reset-redemption-201', guest],
  ['graph-invitation-forbidden-403', settings({ allowInvitesFrom: 'none' })],
  ['graph-invitation-cross-tenant-blocked-403', settings({ crossTenantInvites: 'blocked' })],
  ['graph-invitation-existing-blocked-400', blocked],
  ['graph-invitation-nonexternal-mail-400', foreignName],
  ['graph-invitation-proxyaddress-conflict-400', ({ azure }) => azure.addContact(CONTOSO, JAN.mail)],
  ['graph-authorization-policy-200', nothing],
  ['graph-xtap-partner-404', nothing],
  ['graph-deleted-users-200', deleted],
  ['graph-user-restore-200', deleted],
  [
    'graph-user-restore-conflict-400',
    all(deleted, ({ azure }) => azure.addUser(CONTOSO, { ...JAN, userType: 'Guest' })),
  ],
  ['graph-user-get-200', pending],
  ['graph-user-get-404', nothing],
  ['graph-user-get-accepted-200', guest],
  ['graph-user-get-default-properties-200', guest],
  ['graph-user-patch-204', all(guest, permitted('User.ReadWrite.All'))],
  ['graph-user-delete-204', guest],
  ['graph-user-delete-404', nothing],
  ['graph-user-delete-privileged-403', helpdesk],
  ['graph-user-revoke-sessions-200', guest],
  ['graph-users-by-mail-200', guest],
  ['graph-users-by-mail-empty-200', nothing],
  ['graph-users-page-200', all(guest, ({ azure }) => azure.addUser(CONTOSO, { displayName: 'Anna' }))],
  ['graph-users-pending-guests-advanced-200', pending],
  ['graph-users-advanced-missing-header-400', guest],
  ['graph-user-check-member-groups-200', approver],
  ['graph-group-transitive-members-200', approver],
  ['graph-group-members-200', member],
  ['graph-group-add-member-204', group()],
  ['graph-group-add-member-404', ({ azure }) => azure.addGroup(CONTOSO, { id: GROUP, displayName: 'JIT' })],
  ['graph-group-add-member-duplicate-400', member],
  ['graph-group-add-member-dynamic-400', group({ membershipRule: 'user.mail -ne null' })],
  ['graph-group-remove-member-204', member],
  ['graph-group-remove-member-404', group()],
  ['graph-group-remove-member-without-ref-DANGER-204', member],
  ['graph-role-assignment-created-201', guest],
  ['graph-role-assignment-duplicate-400', helpdesk],
  ['graph-role-assignment-principal-404', nothing],
  ['graph-role-assignment-delete-404', nothing],
  ['graph-role-assignments-list-200', helpdesk],
  ['graph-role-definitions-200', nothing],
  ['arm-role-assignment-created-201', guest],
  ['arm-role-assignment-double-slash-path-201', guest],
  ['arm-role-assignment-put-again-200', assigned],
  ['arm-role-assignment-update-description-200', assigned],
  ['arm-role-assignment-get-200', assigned],
  ['arm-role-assignment-get-404', nothing],
  ['arm-role-assignment-delete-200', assigned],
  ['arm-role-assignment-delete-204', nothing],
  ['arm-role-assignment-exists-409', assigned],
  ['arm-role-assignment-limit-400', all(guest, settings({ roleAssignmentLimit: 1 }))],
  ['arm-role-assignment-update-not-permitted-400', all(guest, owner(SCOPE, OWNER))],
  ['arm-role-assignments-list-subscription-200', assignedTwice],
  ['arm-role-definitions-by-name-200', nothing],
  ['arm-role-assignments-list-forbidden-403', powerless],
  ['arm-throttled-429', emptyBuckets],
  ['graph-throttled-429', emptyBuckets],
  ['graph-forbidden-403', permitted('User.Read.All')],
  ['graph-unauthenticated-401', settings({ tokenLifetimeS: 0 })],
  ['graph-role-assignment-forbidden-403', all(guest, permitted('User.Read.All'))],
  [
    'graph-group-add-member-role-assignable-403',
    all(group({ isAssignableToRole: true }), permitted('GroupMember.ReadWrite.All')),
  ],
  ['arm-principal-not-found-400', unbound],
  ['arm-unmatched-principal-type-400', unbound],
  ['arm-invalid-name-400', guest],
  ['arm-resource-group-not-found-404', guest],
  ['arm-subscription-not-found-404', guest],
  ['arm-authorization-failed-403', guest],
  ['arm-deny-assignments-200', nothing],
  ['arm-subscriptions-list-200', nothing],
  ['arm-foreign-group-assignment-201', unbound],
  [
    'arm-role-assignment-delete-locked-409',
    all(guest, owner(GROUP_SCOPE, READER), ({ azure }) => azure.addLock(GROUP_SCOPE, 'CanNotDelete')),
  ],
  ['arm-role-assignment-delete-last-owner-412', all(unbound, owner(SCOPE, OWNER, ENGINEER))],
];
