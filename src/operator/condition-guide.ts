import type { Policy } from '../access/policy.ts';
import { delegationCondition } from '../azure/condition.ts';

/** Role Based Access Control Administrator, the same in every tenant. */
const ADMINISTRATOR = 'f58310d9-a9f6-439a-9e8d-f62e7b41a168';

/** A condition, and how to apply it. */
export interface ConditionGuide {
  /** To be saved as it is. */
  condition: string;
  guide: string;
}

/**
 * The condition that keeps the app to the roles of the policy, and the command that applies it. Azure takes at most
 * 8 KB of it. https://learn.microsoft.com/azure/role-based-access-control/delegate-role-assignments-examples
 */
export function conditionGuide(policy: Policy): ConditionGuide {
  const roles = [...policy.roles.values()].map((role) => `  ${role.roleDefinitionId}  ${role.name}`);
  const guide = [
    'With this condition the app can lend and take back these roles, to users, and no others:',
    ...roles,
    'Save it (latchkey doctor --print-condition > condition.txt). Then, in each customer tenant',
    '(az login --tenant <tenant id>), per subscription or resource group:',
    "  az role assignment create --assignee-object-id <object id of the app's service principal there> \\",
    `    --assignee-principal-type ServicePrincipal --role ${ADMINISTRATOR} \\`,
    '    --scope /subscriptions/<subscription id> --condition-version 2.0 --condition "$(cat condition.txt)"',
    'az ad sp show --id <AZURE_CLIENT_ID> --query id -o tsv prints that object id, after consent.',
  ].join('\n');
  const roleDefinitionIds = [
    ...new Set([...policy.roles.values()].map((role) => role.roleDefinitionId)),
  ].sort();
  return { condition: delegationCondition({ roleDefinitionIds }), guide };
}
