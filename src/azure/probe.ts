import type { Arm } from './arm.ts';
import { translated } from './errors.ts';
import { readRights } from './rights.ts';
import type { Rights } from './rights.ts';
import { parseScope } from './scope.ts';
import { claimsOf } from './tokens.ts';
import type { Tokens } from './tokens.ts';

/** How our app stands in one tenant. */
export interface Probe {
  tenantId: string;
  /** Object id of our service principal there. */
  servicePrincipalId: string;
  /** Graph application permissions consented to. */
  permissions: readonly string[];
  /** What is missing, each as the least permission that would do. */
  missingPermissions: readonly string[];
  /** What we may do with role assignments, per scope asked for or per subscription seen. */
  scopes: ReadonlyArray<{ scope: string; title: string } & Rights>;
}

interface ProbeDeps {
  arm: Arm;
  tokens: Tokens;
  armScope: string;
  graphScope: string;
  partnerTenantId: string;
}

/**
 * Permissions that do, the least first. Source: https://learn.microsoft.com/graph/permissions-reference
 */
const CUSTOMER_NEEDS: ReadonlyArray<readonly string[]> = [
  ['User.Invite.All', 'User.ReadWrite.All', 'Directory.ReadWrite.All'],
  ['User.Read.All', 'User.ReadWrite.All', 'Directory.Read.All', 'Directory.ReadWrite.All'],
  ['User.DeleteRestore.All', 'User.ReadWrite.All'],
  ['Policy.Read.All', 'Policy.ReadWrite.Authorization'],
];
const PARTNER_NEEDS: ReadonlyArray<readonly string[]> = [
  ['User.Read.All', 'User.ReadWrite.All', 'Directory.Read.All', 'Directory.ReadWrite.All'],
  [
    'GroupMember.Read.All',
    'GroupMember.ReadBasic.All',
    'GroupMember.ReadWrite.All',
    'Group.Read.All',
    'Group.ReadWrite.All',
    'Directory.Read.All',
    'Directory.ReadWrite.All',
  ],
];

/**
 * Signs in to a tenant for both services and reads our rights there; makes nothing.
 * @throws {ConsentMissing | Misconfigured | Unavailable} when not even that works
 */
export async function probeTenant(
  deps: ProbeDeps,
  { tenantId, scopes }: { tenantId: string; scopes?: readonly string[] },
): Promise<Probe> {
  const [armToken, graphToken] = await Promise.all([
    deps.tokens.get({ tenantId, scope: deps.armScope }),
    deps.tokens.get({ tenantId, scope: deps.graphScope }),
  ]);
  const servicePrincipalId = claimsOf(armToken.token).objectId;
  const permissions = claimsOf(graphToken.token).roles;
  const isPartner = tenantId.toLowerCase() === deps.partnerTenantId.toLowerCase();
  const needs = isPartner && !scopes?.length ? PARTNER_NEEDS : CUSTOMER_NEEDS;
  const task = {
    direction: 'read' as const,
    doing: 'read our own rights',
    needs: 'a role in the subscription',
  };
  return {
    tenantId,
    servicePrincipalId,
    permissions,
    missingPermissions: needs
      .filter((any) => !any.some((permission) => permissions.includes(permission)))
      .flatMap(([least]) => least ?? []),
    scopes: await translated(task, () => probeScopes(deps, { tenantId, servicePrincipalId, scopes })),
  };
}

async function probeScopes(
  { arm }: ProbeDeps,
  ask: { tenantId: string; servicePrincipalId: string; scopes: readonly string[] | undefined },
): Promise<Probe['scopes']> {
  const { tenantId, servicePrincipalId } = ask;
  const wanted =
    ask.scopes?.map((scope) => ({ scope, title: scope })) ?? (await seenSubscriptions(arm, tenantId));
  return Promise.all(
    wanted.map(async ({ scope, title }) => ({
      scope,
      title,
      ...(await readRights(arm, { tenantId, servicePrincipalId, scope: parseScope(scope) })),
    })),
  );
}

/** Only those in which we hold some role are listed. */
async function seenSubscriptions(
  arm: Arm,
  tenantId: string,
): Promise<Array<{ scope: string; title: string }>> {
  const all = await arm.readAll(tenantId, { path: 'subscriptions', apiVersion: '2022-12-01' });
  return all.map((subscription) => ({
    scope: String(subscription['id']),
    title: String(subscription['displayName'] ?? subscription['subscriptionId']),
  }));
}
