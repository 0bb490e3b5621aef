import type { SandboxClock } from '../clock.ts';
import type { RoleDefinition } from './role-definitions.ts';
import type { TenantSettings } from './settings.ts';

/** What Azure writes into `principalType`. */
export type PrincipalType = 'User' | 'Group' | 'ServicePrincipal' | 'ForeignGroup' | 'Device';

/** A user of a tenant. Instants are epoch ms UTC. */
export interface User {
  id: string;
  displayName: string;
  givenName: string | null;
  surname: string | null;
  jobTitle: string | null;
  companyName: string | null;
  mail: string | null;
  userPrincipalName: string;
  userType: 'Member' | 'Guest';
  accountEnabled: boolean;
  creationType: 'Invitation' | null;
  externalUserState: 'PendingAcceptance' | 'Accepted' | null;
  externalUserStateChangedAt: number | null;
  otherMails: string[];
  proxyAddresses: string[];
  createdAt: number;
  /** Reads and Azure Resource Manager know the user from this instant on. */
  visibleFrom: number;
  /** Soft-deleted since; restorable for 30 days. */
  deletedAt: number | undefined;
  sessionsRevokedAt: number | undefined;
  /** Client id of the app that invited the user; null when the customer made it. */
  createdByClient: string | null;
}

/** One membership. A removed one stays for the lists that lag behind. */
export interface Membership {
  memberId: string;
  addedAt: number;
  removedAt: number | undefined;
  addedByClient: string | null;
}

/** A group of a tenant. */
export interface Group {
  id: string;
  displayName: string;
  description: string | null;
  mailEnabled: boolean;
  securityEnabled: boolean;
  isAssignableToRole: boolean;
  onPremisesSyncEnabled: boolean | null;
  groupTypes: string[];
  membershipRule: string | null;
  createdAt: number;
  members: Membership[];
}

/** An app's identity inside one tenant. `id` is the object id, the `oid` of its tokens. */
export interface ServicePrincipal {
  id: string;
  clientId: string;
  displayName: string;
  graphPermissions: string[];
}

/** A directory role assignment; the server chooses the id. */
export interface DirectoryRoleAssignment {
  id: string;
  roleDefinitionId: string;
  principalId: string;
  directoryScopeId: string;
  createdAt: number;
  removedAt: number | undefined;
  createdByClient: string | null;
}

/** An Azure role assignment. `scope` is canonical (`/` for the root); a removed one stays for lagging lists. */
export interface RoleAssignment {
  name: string;
  scope: string;
  roleGuid: string;
  principalId: string;
  principalType: PrincipalType;
  description: string | null;
  condition: string | null;
  conditionVersion: string | null;
  createdAt: number;
  updatedAt: number;
  removedAt: number | undefined;
  /** Object id of whoever made it. */
  createdBy: string;
  updatedBy: string;
  createdByClient: string | null;
}

/** A subscription with the resource groups and resources in it; map keys are lower case. */
export interface Subscription {
  id: string;
  tenantId: string;
  name: string;
  state: 'Enabled' | 'Warned' | 'PastDue' | 'Disabled' | 'Deleted';
  resourceGroups: Map<string, { name: string; location: string }>;
  resources: Map<string, { id: string; location: string }>;
}

/** A management lock. */
export interface Lock {
  name: string;
  scope: string;
  level: 'CanNotDelete' | 'ReadOnly';
  notes: string | null;
}

/** A deny assignment, as managed applications and deployment stacks make them. */
export interface DenyAssignment {
  name: string;
  displayName: string;
  scope: string;
  actions: string[];
  /** Object ids it binds; the all-zero id means everyone. */
  principalIds: string[];
  excludedPrincipalIds: string[];
}

/** One customer's or partner's tenant. */
export interface Tenant {
  id: string;
  name: string;
  /** The initial domain, `contoso.onmicrosoft.com`. */
  domain: string;
  /** All verified domains, the initial one included. */
  domains: string[];
  users: Map<string, User>;
  groups: Map<string, Group>;
  /** By client id. */
  servicePrincipals: Map<string, ServicePrincipal>;
  /** Mail addresses of contact objects. */
  contacts: string[];
  directoryRoles: DirectoryRoleAssignment[];
  roleAssignments: RoleAssignment[];
  customRoles: RoleDefinition[];
  locks: Lock[];
  denyAssignments: DenyAssignment[];
  subscriptions: Map<string, Subscription>;
  settings: TenantSettings;
}

/** An app registration. */
export interface App {
  clientId: string;
  name: string;
  secret: string | undefined;
  secretState: 'valid' | 'expired';
  /** Certificate (PEM) that client assertions are checked with; without it any well-formed one passes. */
  certificatePem: string | undefined;
  federatedCredentials: Array<{ issuer: string; subject: string }>;
  homeTenant: string;
}

/** One change of state, for a live page. `at` is epoch ms of the sandbox clock. */
export interface AzureChange {
  at: number;
  tenantId: string;
  kind: string;
  text: string;
}

/** Everything the simulated cloud knows. */
export interface AzureState {
  clock: SandboxClock;
  tenants: Map<string, Tenant>;
  apps: Map<string, App>;
  /** Tells every listener. */
  changed(tenant: Tenant, kind: string, text: string): void;
  onChange(listener: (change: AzureChange) => void): () => void;
}

/** An empty cloud. */
export function createState(clock: SandboxClock): AzureState {
  const listeners = new Set<(change: AzureChange) => void>();
  return {
    clock,
    tenants: new Map(),
    apps: new Map(),
    changed: (tenant, kind, text) => {
      const change = { at: clock.now(), tenantId: tenant.id, kind, text };
      for (const listener of listeners) listener(change);
    },
    onChange: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** The tenant by id or any of its domains. */
export function findTenant(state: AzureState, idOrDomain: string): Tenant | undefined {
  const key = idOrDomain.toLowerCase();
  const byId = state.tenants.get(key);
  return byId ?? [...state.tenants.values()].find((tenant) => tenant.domains.includes(key));
}

/** As `findTenant`. @throws {Error} when there is none: a seeding mistake */
export function getTenant(state: AzureState, idOrDomain: string): Tenant {
  const tenant = findTenant(state, idOrDomain);
  if (!tenant) throw new Error(`sandbox: no tenant '${idOrDomain}'; add it with addTenant first`);
  return tenant;
}

/** A user that exists now, whether or not reads know it yet. */
export function findLivingUser(tenant: Tenant, id: string): User | undefined {
  const user = tenant.users.get(id.toLowerCase());
  return user?.deletedAt === undefined ? user : undefined;
}

/** Object ids of every group that contains the object, through nested groups too. */
export function groupsContaining(tenant: Tenant, objectId: string): Set<string> {
  const found = new Set<string>();
  const queue = [objectId.toLowerCase()];
  for (let id = queue.pop(); id !== undefined; id = queue.pop()) {
    for (const group of tenant.groups.values()) {
      if (found.has(group.id)) continue;
      if (!group.members.some((m) => m.memberId === id && m.removedAt === undefined)) continue;
      found.add(group.id);
      queue.push(group.id);
    }
  }
  return found;
}

/** What people call the object; null when the directory knows it no more. */
export function findDisplayName(tenant: Tenant, id: string): string | null {
  const user = tenant.users.get(id);
  if (user) return user.deletedAt === undefined ? user.displayName : null;
  const group = tenant.groups.get(id);
  if (group) return group.displayName;
  return [...tenant.servicePrincipals.values()].find((p) => p.id === id)?.displayName ?? null;
}
