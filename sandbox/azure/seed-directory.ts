import { randomUUID } from 'node:crypto';
import { addDirectoryRole } from './directory-roles.ts';
import { acceptInvitation } from './login.ts';
import { defaultSettings, type TenantSettings } from './settings.ts';
import { getTenant, type App, type AzureState, type Group, type Tenant, type User } from './state.ts';

/** A tenant to add. `domain` is its initial domain; `domains` are further verified ones. */
export interface TenantSeed extends Partial<TenantSettings> {
  id: string;
  name: string;
  domain: string;
  domains?: string[];
}

/** An app registration to add; it gets a service principal in its home tenant if that exists. */
export interface AppSeed {
  clientId: string;
  homeTenant: string;
  name?: string;
  secret?: string;
  certificatePem?: string;
  federatedCredentials?: Array<{ issuer: string; subject: string }>;
}

/** What a tenant's administrator consented to. */
export interface ConsentSeed {
  /** Graph application permissions. Default: none. */
  graphPermissions?: string[];
  /** Object id of the service principal; made up when absent. */
  objectId?: string;
}

/** A user the customer or partner made. */
export interface UserSeed {
  id?: string;
  displayName: string;
  mail?: string | null;
  /** Default: the mail address, or the display name at the initial domain. */
  userPrincipalName?: string;
  userType?: 'Member' | 'Guest';
  accountEnabled?: boolean;
  /** A guest whom the customer invited itself. */
  creationType?: 'Invitation' | null;
  externalUserState?: 'PendingAcceptance' | 'Accepted' | null;
  otherMails?: string[];
  proxyAddresses?: string[];
}

/** A security group unless said otherwise. */
export interface GroupSeed {
  id?: string;
  displayName: string;
  description?: string;
  /** Object ids of users and groups. */
  members?: string[];
  isAssignableToRole?: boolean;
  groupTypes?: string[];
  membershipRule?: string;
  onPremisesSyncEnabled?: boolean;
  mailEnabled?: boolean;
  securityEnabled?: boolean;
}

/** Adds to the directory as the customers' administrators would; nothing here is checked as an API call is. */
export function createDirectorySeed(state: AzureState) {
  return {
    addTenant: (seed: TenantSeed): void => addTenant(state, seed),
    addApp: (seed: AppSeed): void => addApp(state, seed),
    consent: (tenantId: string, clientId: string, seed: ConsentSeed = {}) =>
      consent(state, getTenant(state, tenantId), clientId, seed),
    addUser: (tenantId: string, seed: UserSeed) => addUser(state, getTenant(state, tenantId), seed),
    addGroup: (tenantId: string, seed: GroupSeed) => addGroup(state, getTenant(state, tenantId), seed),
    /** A contact object with the address, as mail administrators make them. */
    addContact: (tenantId: string, mail: string): void => {
      getTenant(state, tenantId).contacts.push(mail.toLowerCase());
    },
    addMember: (tenantId: string, groupId: string, memberId: string): void =>
      addMember(state, getTenant(state, tenantId), groupId, memberId),
    removeMember: (tenantId: string, groupId: string, memberId: string): void =>
      removeMember(state, getTenant(state, tenantId), groupId, memberId),
    assignDirectoryRole: (tenantId: string, principalId: string, roleDefinitionId: string): string =>
      addDirectoryRole(getTenant(state, tenantId), {
        roleDefinitionId: roleDefinitionId.toLowerCase(),
        principalId: principalId.toLowerCase(),
        directoryScopeId: '/',
        createdAt: state.clock.now(),
        createdByClient: null,
      }).id,
    /** Changes a user as the customer's administrator: block sign-in, rename, delete (`deletedAt`). */
    changeUser: (tenantId: string, userId: string, change: Partial<Omit<User, 'id'>>): void => {
      const tenant = getTenant(state, tenantId);
      const user = tenant.users.get(userId.toLowerCase());
      if (!user) throw new Error(`sandbox: no user '${userId}' in tenant '${tenant.name}'`);
      Object.assign(user, change);
      state.changed(tenant, 'userChanged', `${user.displayName} was changed by an administrator`);
    },
    acceptInvitation: (tenantId: string, userId: string): void =>
      acceptInvitation(state, getTenant(state, tenantId), userId),
  };
}

function addTenant(state: AzureState, seed: TenantSeed): void {
  const { id, name, domain, domains = [], ...settings } = seed;
  state.tenants.set(id.toLowerCase(), {
    id: id.toLowerCase(),
    name,
    domain: domain.toLowerCase(),
    domains: [domain, ...domains].map((d) => d.toLowerCase()),
    users: new Map(),
    groups: new Map(),
    servicePrincipals: new Map(),
    contacts: [],
    directoryRoles: [],
    roleAssignments: [],
    customRoles: [],
    locks: [],
    denyAssignments: [],
    subscriptions: new Map(),
    settings: { ...defaultSettings(), ...settings },
  });
}

function addApp(state: AzureState, seed: AppSeed): void {
  const app: App = {
    clientId: seed.clientId.toLowerCase(),
    name: seed.name ?? 'Access bot',
    secret: seed.secret,
    secretState: 'valid',
    certificatePem: seed.certificatePem,
    federatedCredentials: seed.federatedCredentials ?? [],
    homeTenant: seed.homeTenant.toLowerCase(),
  };
  state.apps.set(app.clientId, app);
  const home = state.tenants.get(app.homeTenant);
  if (home && !home.servicePrincipals.has(app.clientId)) consent(state, home, app.clientId, {});
}

/** Consenting again changes the permissions and keeps the object id. */
function consent(
  state: AzureState,
  tenant: Tenant,
  clientId: string,
  seed: ConsentSeed,
): { objectId: string } {
  const key = clientId.toLowerCase();
  const app = state.apps.get(key);
  if (!app) throw new Error(`sandbox: no app '${clientId}'; add it with addApp first`);
  const known = tenant.servicePrincipals.get(key);
  const id = (seed.objectId ?? known?.id ?? randomUUID()).toLowerCase();
  const graphPermissions = seed.graphPermissions ?? [];
  tenant.servicePrincipals.set(key, { id, clientId: key, displayName: app.name, graphPermissions });
  state.changed(tenant, 'consented', `${app.name} was consented to in ${tenant.name}`);
  return { objectId: id };
}

function addUser(state: AzureState, tenant: Tenant, seed: UserSeed): User {
  const now = state.clock.now();
  const guest = seed.userType === 'Guest';
  const mail = seed.mail ?? null;
  const localPart = mail ?? seed.displayName.replaceAll(/\W+/g, '.').toLowerCase();
  const name = guest && mail ? `${mail.replace('@', '_')}#EXT#@${tenant.domain}` : localPart;
  const user: User = {
    id: (seed.id ?? randomUUID()).toLowerCase(),
    displayName: seed.displayName,
    givenName: null,
    surname: null,
    jobTitle: null,
    companyName: null,
    mail,
    userPrincipalName: seed.userPrincipalName ?? (name.includes('@') ? name : `${name}@${tenant.domain}`),
    userType: seed.userType ?? 'Member',
    accountEnabled: seed.accountEnabled ?? true,
    creationType: seed.creationType ?? (guest ? 'Invitation' : null),
    externalUserState: seed.externalUserState ?? (guest ? 'Accepted' : null),
    externalUserStateChangedAt: guest ? now : null,
    otherMails: seed.otherMails ?? (guest && mail ? [mail] : []),
    proxyAddresses: seed.proxyAddresses ?? (mail ? [`SMTP:${mail}`] : []),
    createdAt: now,
    visibleFrom: now,
    deletedAt: undefined,
    sessionsRevokedAt: undefined,
    createdByClient: null,
  };
  tenant.users.set(user.id, user);
  return user;
}

function addGroup(state: AzureState, tenant: Tenant, seed: GroupSeed): Group {
  const now = state.clock.now();
  const group: Group = {
    id: (seed.id ?? randomUUID()).toLowerCase(),
    displayName: seed.displayName,
    description: seed.description ?? null,
    mailEnabled: seed.mailEnabled ?? false,
    securityEnabled: seed.securityEnabled ?? true,
    isAssignableToRole: seed.isAssignableToRole ?? false,
    onPremisesSyncEnabled: seed.onPremisesSyncEnabled ?? null,
    groupTypes: seed.groupTypes ?? (seed.membershipRule === undefined ? [] : ['DynamicMembership']),
    membershipRule: seed.membershipRule ?? null,
    createdAt: now,
    // Members a test starts with have been there for long: no list lags behind them.
    members: (seed.members ?? []).map((id) => ({
      memberId: id.toLowerCase(),
      addedAt: 0,
      removedAt: undefined,
      addedByClient: null,
    })),
  };
  tenant.groups.set(group.id, group);
  return group;
}

function getGroup(tenant: Tenant, groupId: string): Group {
  const group = tenant.groups.get(groupId.toLowerCase());
  if (!group) throw new Error(`sandbox: no group '${groupId}' in tenant '${tenant.name}'`);
  return group;
}

function addMember(state: AzureState, tenant: Tenant, groupId: string, memberId: string): void {
  const group = getGroup(tenant, groupId);
  const addedAt = state.clock.now();
  group.members.push({
    memberId: memberId.toLowerCase(),
    addedAt,
    removedAt: undefined,
    addedByClient: null,
  });
  state.changed(tenant, 'memberAdded', `${memberId} was added to ${group.displayName} by an administrator`);
}

function removeMember(state: AzureState, tenant: Tenant, groupId: string, memberId: string): void {
  const group = getGroup(tenant, groupId);
  for (const membership of group.members) {
    if (membership.memberId === memberId.toLowerCase()) membership.removedAt ??= state.clock.now();
  }
  state.changed(
    tenant,
    'memberRemoved',
    `${memberId} was removed from ${group.displayName} by an administrator`,
  );
}
