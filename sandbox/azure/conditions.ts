/** What a delegation condition can look at in the assignment that is written or deleted. */
export interface AssignmentAttributes {
  roleGuid: string;
  principalId: string;
  principalType: string;
}

interface Clause {
  action: string;
  roleGuids: string[] | undefined;
  principalTypes: string[] | undefined;
  principalIds: string[] | undefined;
}

const WRITE = 'Microsoft.Authorization/roleAssignments/write';
const DELETE = 'Microsoft.Authorization/roleAssignments/delete';

/**
 * The condition text that lets someone assign and remove only these roles to these kinds of principals.
 * Source: https://learn.microsoft.com/azure/role-based-access-control/delegate-role-assignments-examples
 */
export function delegationCondition(roleGuids: readonly string[], principalTypes: readonly string[]): string {
  const types = principalTypes.map((type) => `'${type}'`).join(', ');
  const clause = (action: string, source: string) =>
    `((!(ActionMatches{'${action}'})) OR (@${source}[Microsoft.Authorization/roleAssignments:RoleDefinitionId] ForAnyOfAnyValues:GuidEquals {${roleGuids.join(', ')}} AND @${source}[Microsoft.Authorization/roleAssignments:PrincipalType] ForAnyOfAnyValues:StringEqualsIgnoreCase {${types}}))`;
  return `${clause(WRITE, 'Request')} AND ${clause(DELETE, 'Resource')}`;
}

/**
 * Evaluates a delegation condition: clauses joined by AND, each `!(ActionMatches{…}) OR (attribute tests joined by AND)`.
 * Other forms of the condition language are not read.
 */
export function isAllowedByCondition(
  condition: string | null,
  action: string,
  attributes: AssignmentAttributes | undefined,
): boolean {
  if (condition === null) return true;
  const clauses = parseCondition(condition).filter((c) => c.action.toLowerCase() === action.toLowerCase());
  return clauses.every((clause) => attributes !== undefined && holds(clause, attributes));
}

function holds(clause: Clause, attributes: AssignmentAttributes): boolean {
  const within = (allowed: string[] | undefined, value: string) =>
    allowed === undefined || allowed.includes(value.toLowerCase());
  return (
    within(clause.roleGuids, attributes.roleGuid) &&
    within(clause.principalTypes, attributes.principalType) &&
    within(clause.principalIds, attributes.principalId)
  );
}

/** Reads a condition. @throws {Error} when it holds nothing this sandbox can enforce */
export function parseCondition(condition: string): Clause[] {
  const parts = condition.split(/ActionMatches\s*\{\s*'/i).slice(1);
  const clauses = parts.map((part): Clause => {
    const action = part.slice(0, part.indexOf("'"));
    const source = action.toLowerCase().endsWith('/delete') ? 'Resource' : 'Request';
    return {
      action,
      roleGuids: valuesOf(part, source, 'RoleDefinitionId', 'GuidEquals'),
      principalTypes: valuesOf(part, source, 'PrincipalType', 'StringEqualsIgnoreCase'),
      principalIds: valuesOf(part, source, 'PrincipalId', 'GuidEquals'),
    };
  });
  if (clauses.some((c) => c.roleGuids ?? c.principalTypes ?? c.principalIds)) return clauses;
  throw new Error(`sandbox: cannot enforce the condition ${condition}`);
}

function valuesOf(part: string, source: string, attribute: string, operator: string): string[] | undefined {
  const pattern = new RegExp(
    String.raw`@${source}\[Microsoft\.Authorization/roleAssignments:${attribute}\]\s*(?:ForAnyOfAnyValues:)?${operator}\s*(?:\{([^}]*)\}|('[^']*'))`,
    'i',
  );
  const [, set, single] = pattern.exec(part) ?? [];
  const list = set ?? single;
  return list?.split(',').map((value) => value.trim().replaceAll("'", '').toLowerCase());
}
