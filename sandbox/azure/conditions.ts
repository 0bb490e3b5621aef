/** What a delegation condition can look at in the assignment that is written or deleted. */
export interface AssignmentAttributes {
  roleGuid: string;
  principalId: string;
  principalType: string;
}

/** One attribute test: the value must be, or must not be, one of these. Values are lower case. */
interface AttributeTest {
  attribute: keyof AssignmentAttributes;
  wants: 'listed' | 'unlisted';
  values: string[];
}

/** What must hold for one action. */
interface Clause {
  action: string;
  tests: AttributeTest[];
}

const WRITE = 'Microsoft.Authorization/roleAssignments/write';
const DELETE = 'Microsoft.Authorization/roleAssignments/delete';

const ATTRIBUTES: Record<string, keyof AssignmentAttributes> = {
  roledefinitionid: 'roleGuid',
  principalid: 'principalId',
  principaltype: 'principalType',
};

const TEST =
  /@(Request|Resource)\[Microsoft\.Authorization\/roleAssignments:(\w+)\]\s*(?:ForAnyOfAnyValues:|ForAnyOfAllValues:)?(Guid|String)(Not)?Equals(?:IgnoreCase)?\s*(\{[^}]*\}|'[^']*'|[\da-f-]{36})/gi;

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
 * An action without a clause is not limited. Other forms of the condition language are not read.
 */
export function isAllowedByCondition(
  condition: string | null,
  action: string,
  attributes: AssignmentAttributes | undefined,
): boolean {
  if (condition === null) return true;
  const clauses = parseCondition(condition).filter((c) => c.action.toLowerCase() === action.toLowerCase());
  return clauses.every(
    ({ tests }) => attributes !== undefined && tests.every((test) => holds(test, attributes)),
  );
}

function holds(test: AttributeTest, attributes: AssignmentAttributes): boolean {
  const listed = test.values.includes(attributes[test.attribute].toLowerCase());
  return listed === (test.wants === 'listed');
}

/** Reads a condition. @throws {Error} when a clause holds nothing this sandbox can enforce */
export function parseCondition(condition: string): Clause[] {
  const parts = condition.split(/ActionMatches\s*\{\s*'/i).slice(1);
  const clauses = parts.map((part) => ({ action: part.slice(0, part.indexOf("'")), tests: testsOf(part) }));
  if (clauses.length > 0 && clauses.every(({ tests }) => tests.length > 0)) return clauses;
  throw new Error(`sandbox: cannot enforce the condition ${condition}`);
}

/** Writing can be tested by the request only, deleting by the resource only; a test of the other one never holds. */
function testsOf(part: string): AttributeTest[] {
  const source = part.slice(0, part.indexOf("'")).toLowerCase().endsWith('/delete') ? 'resource' : 'request';
  return [...part.matchAll(TEST)].map(([, of = '', name = '', , not, list = '']) => {
    const attribute = ATTRIBUTES[name.toLowerCase()];
    if (!attribute) throw new Error(`sandbox: no attribute '${name}' in role assignments`);
    const values = list.replaceAll(/[{}']/g, '').split(',');
    const reachable = of.toLowerCase() === source;
    return {
      attribute,
      wants: not === undefined ? 'listed' : 'unlisted',
      values: reachable ? values.map((value) => value.trim().toLowerCase()) : [],
    };
  });
}
