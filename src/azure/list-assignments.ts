import type { RoleAssignment } from '@azure/arm-authorization';
import { findMarker } from '../access/marker.ts';
import type { Entitlements, FoundAssignment } from '../access/ports.ts';
import type { Arm } from './arm.ts';
import { isScopeGone, translated } from './errors.ts';
import { demandGuid } from './scope.ts';

interface ListDeps {
  arm: Arm;
  /** Object id of our service principal in a tenant, lower case. */
  servicePrincipalOf(tenantId: string): Promise<string>;
}

/**
 * The assignments of a subscription that are ours or say so. Without a filter Azure lists everything at, below and above
 * the subscription, in pages.
 * @see https://learn.microsoft.com/azure/role-based-access-control/role-assignments-list-rest
 */
export async function listAssignments(
  { arm, servicePrincipalOf }: ListDeps,
  { tenantId, subscriptionId }: Parameters<Entitlements['list']>[0],
): Promise<FoundAssignment[]> {
  const path = `subscriptions/${demandGuid(subscriptionId, 'subscription id')}`;
  const task = {
    direction: 'read' as const,
    doing: `list the role assignments of /${path}`,
    needs: `the right to read role assignments at /${path}`,
  };
  return translated(task, async () => {
    const us = await servicePrincipalOf(tenantId);
    const all = await arm
      .list(tenantId, (client, options) => client.roleAssignments.listForScope(path, options))
      .catch((error: unknown) => {
        if (isScopeGone(error)) return [];
        throw error;
      });
    return all.map((each) => describe(each, us)).filter(({ byUs, marker }) => byUs || marker !== undefined);
  });
}

function describe(assignment: RoleAssignment, us: string): FoundAssignment {
  const marker = findMarker(assignment.description);
  const createdAt = assignment.createdOn?.getTime();
  return {
    assignmentId: assignment.name?.toLowerCase() ?? '',
    principalId: assignment.principalId?.toLowerCase() ?? '',
    roleDefinitionId: assignment.roleDefinitionId?.split('/').at(-1)?.toLowerCase() ?? '',
    scope: assignment.scope ?? '',
    ...(createdAt !== undefined && { createdAt }),
    ...(marker && { marker }),
    byUs: assignment.createdBy?.toLowerCase() === us.toLowerCase(),
  };
}
