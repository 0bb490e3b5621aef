/** What a delegation condition may look at in the assignment that is made or removed. */
export interface ConditionSubject {
  /** Role definition, GUID. */
  roleDefinitionId: string;
  principalType: string;
}

/** Roles and principal types that our app may assign and remove. */
interface Allowed {
  roleDefinitionIds: readonly string[];
}

const WRITE = 'Microsoft.Authorization/roleAssignments/write';
const DELETE = 'Microsoft.Authorization/roleAssignments/delete';
const ATTRIBUTE = String.raw`\[Microsoft\.Authorization/roleAssignments:(RoleDefinitionId|PrincipalType|PrincipalId)\]`;
const TEST = new RegExp(
  String.raw`@(?:Request|Resource)${ATTRIBUTE}\s*(?:ForAnyOfAnyValues:|ForAnyOfAllValues:)?(\w+)\s*(\{[^}]*\}|'[^']*'|[\da-f-]{36})`,
  'gi',
);

/**
 * The condition that keeps our app to these roles and to users, for its role-assignment administrator role (version
 * 2.0). Writing looks at the request, removing at the resource.
 * Source: https://learn.microsoft.com/azure/role-based-access-control/delegate-role-assignments-examples
 */
export function delegationCondition({ roleDefinitionIds }: Allowed): string {
  const roles = roleDefinitionIds.map((id) => id.toLowerCase()).join(', ');
  const clause = (action: string, source: string): string =>
    [
      '(',
      ` (!(ActionMatches{'${action}'}))`,
      ' OR',
      ' (',
      `  @${source}[Microsoft.Authorization/roleAssignments:RoleDefinitionId] ForAnyOfAnyValues:GuidEquals {${roles}}`,
      '  AND',
      `  @${source}[Microsoft.Authorization/roleAssignments:PrincipalType] ForAnyOfAnyValues:StringEqualsIgnoreCase {'User'}`,
      ' )',
      ')',
    ].join('\n');
  return `${clause(WRITE, 'Request')}\nAND\n${clause(DELETE, 'Resource')}`;
}

/**
 * What a condition says about one action: `yes`, `no`, or `unclear` when it is written in a way that is not read here
 * (Azure itself decides then). An action that is not mentioned is not limited.
 */
export function conditionAllows(
  condition: string | null | undefined,
  action: 'write' | 'delete',
  subject: ConditionSubject,
): 'yes' | 'no' | 'unclear' {
  if (!condition) return 'yes';
  const wanted = (action === 'write' ? WRITE : DELETE).toLowerCase();
  const clauses = condition.split(/ActionMatches\s*\{\s*'/i).slice(1);
  if (clauses.length === 0) return 'unclear';
  const answers = clauses
    .filter((clause) => clause.slice(0, clause.indexOf("'")).toLowerCase() === wanted)
    .map((clause) => clauseAllows(clause, subject));
  if (answers.includes('no')) return 'no';
  return answers.includes('unclear') ? 'unclear' : 'yes';
}

function clauseAllows(clause: string, subject: ConditionSubject): 'yes' | 'no' | 'unclear' {
  const answers = [...clause.matchAll(TEST)].map(([, attribute = '', operator = '', values = '']) => {
    const listed = values
      .replaceAll(/[{}']/g, '')
      .split(',')
      .map((value) => value.trim().toLowerCase());
    const name = attribute.toLowerCase();
    if (name === 'principalid') return 'unclear';
    const value = name === 'principaltype' ? subject.principalType : subject.roleDefinitionId;
    return compare(operator.toLowerCase(), listed.includes(value.toLowerCase()));
  });
  if (answers.length === 0 || answers.includes('unclear')) return 'unclear';
  return answers.includes('no') ? 'no' : 'yes';
}

function compare(operator: string, isListed: boolean): 'yes' | 'no' | 'unclear' {
  if (['guidequals', 'stringequals', 'stringequalsignorecase'].includes(operator))
    return isListed ? 'yes' : 'no';
  if (['guidnotequals', 'stringnotequals', 'stringnotequalsignorecase'].includes(operator)) {
    return isListed ? 'no' : 'yes';
  }
  return 'unclear';
}
