import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { parse, stringify } from 'yaml';
import { Misconfigured } from '../../src/access/errors.ts';
import { rule } from '../../src/access/ruling.ts';
import { PolicyInvalid } from '../../src/policy/policy-problem.ts';
import { checkPolicy, readPolicy } from '../../src/policy/read-policy.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const deps = { sha256 };
const EXAMPLE = readFileSync(new URL('../../policy.example.yaml', import.meta.url), 'utf8');
const HOUR = 3_600_000;
const PARTNER = '6a1d0c52-3f1b-4f27-9a55-0d6f3f0f9b11';
const CONTOSO = '3c5d8a4e-1b2f-4c6d-9e8f-7a6b5c4d3e21';
const LENA = '9d6b1b7e-58b5-4f4e-8d55-7b0c1c0a4e02';
const MAX = '1f0c7c1e-9c0b-4d35-b2a4-5c1f6f7a8e03';
const SUBSCRIPTION = '/subscriptions/5b8f2d1c-4a3e-4f6b-8c7d-2e1f0a9b8c05';

/** The example with one text of it replaced, every time it occurs once. */
function edited(...changes: ReadonlyArray<readonly [string, string]>): string {
  return changes.reduce((text, [from, to]) => {
    expect(text.split(from)).toHaveLength(2);
    return text.replace(from, () => to);
  }, EXAMPLE);
}

/** Every problem as `line path: message`. */
function problemsOf(text: string): string[] {
  return checkPolicy(text, deps).problems.map(
    ({ line, path, message, level }) =>
      `${line} ${path}: ${level === 'warning' ? '(warning) ' : ''}${message}`,
  );
}

function lineOf(text: string, needle: string): number {
  return text.slice(0, text.indexOf(needle)).split('\n').length;
}

describe('readPolicy', () => {
  it('reads the example: ids lowered, durations in ms, people with their tenants', () => {
    const text = edited(['b24988ac-6180-42a0-ab88-20f7382dd24c', 'B24988AC-6180-42A0-AB88-20F7382DD24C']);
    const policy = readPolicy(text, deps);
    expect(policy.digest).toBe(sha256(text));
    expect(policy.partner).toEqual({ tenantId: PARTNER, name: 'Northwind Cloud' });
    expect(policy.roles.get('contributor')).toMatchObject({
      roleDefinitionId: 'b24988ac-6180-42a0-ab88-20f7382dd24c',
      maxMs: 4 * HOUR,
      defaultMs: 2 * HOUR,
    });
    expect(policy.groups.get('leads')?.people).toContainEqual({ tenantId: PARTNER, objectId: LENA });
    expect(policy.groups.get('azure-team')).toEqual({
      name: 'azure-team',
      people: [],
      entraGroupId: '0b4e6a0d-7a52-4a1c-8f0e-2f8a8c6f5d21',
    });
    const contoso = policy.customers.get('contoso');
    expect(contoso?.owners.people).toEqual([
      { tenantId: CONTOSO, objectId: '7e2a9c4b-6d1f-4b8a-a3c5-9f0e1d2c3b04' },
    ]);
    expect(contoso?.scopes.get('web')).toBe(`${SUBSCRIPTION}/resourceGroups/web`);
    expect(policy.places.get('contoso')).toMatchObject([{ platform: 'teams', tenantId: CONTOSO }]);
    expect(policy.operators).toEqual([{ platform: 'slack', teamId: 'T0NORTHW', channelId: 'C0LEADS' }]);
    expect(policy.people).toEqual([
      {
        person: { tenantId: PARTNER, objectId: LENA },
        name: 'Lena Lead',
        slack: [{ teamId: 'T0NORTHW', userId: 'U0LENA' }],
      },
    ]);
    expect(policy.limits).toEqual({
      maxMs: 12 * HOUR,
      continuousMs: 24 * HOUR,
      requestsPerHour: 10,
      warnBeforeMs: HOUR / 6,
    });
  });

  it('gives the rulings the file says, with the places of the customer named', () => {
    const ruling = rule(readPolicy(EXAMPLE, deps), {
      person: { tenantId: PARTNER, objectId: MAX },
      memberOf: new Set(['azure-team']),
      customerSlug: 'contoso',
      roleName: 'contributor',
    });
    expect(ruling).toMatchObject({
      kind: 'allowed',
      rule: { name: 'azure team on enterprise' },
      maxMs: 3 * HOUR,
      stages: [
        { side: 'partner', at: ['leads'], withinMs: HOUR },
        { side: 'customer', from: 'owners', at: ['contoso'], withinMs: 4 * HOUR },
      ],
    });
  });

  it('takes several places for one, and one place on both platforms', () => {
    const text = edited(
      ['    place: contoso\n', '    place: [contoso, contoso-slack]\n'],
      [
        'places:\n  leads:\n',
        'places:\n  contoso-slack: { slack: { team: T0CONT, channel: C0CONT } }\n  leads:\n    teams:\n      tenant: 6a1d0c52-3f1b-4f27-9a55-0d6f3f0f9b11\n      team: 19:nw@thread.tacv2\n      channel: 19:nwleads@thread.tacv2\n',
      ],
    );
    const policy = readPolicy(text, deps);
    expect(policy.customers.get('contoso')?.places).toEqual(['contoso', 'contoso-slack']);
    expect(policy.places.get('leads')?.map(({ platform }) => platform)).toEqual(['slack', 'teams']);
  });

  it('throws a Misconfigured that lists every problem with path, line and column', () => {
    const text = edited(
      ['roles: [reader]', 'roles: [raeder]'],
      ['max: 3h', 'max: 13h'],
      ['    tags: [enterprise]', '    tagz: [enterprise]\n    tags: [enterprise]'],
      ['azureRole: acdd72a7-3385-48ef-bd42-f606fba81ae7', 'azureRole: Reader'],
    );
    let thrown: unknown;
    try {
      readPolicy(text, deps);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(Misconfigured);
    expect(thrown).toBeInstanceOf(PolicyInvalid);
    const { message } = thrown as PolicyInvalid;
    expect(message.split('\n')).toEqual([
      'The policy file has 4 problems:',
      '  30:16 roles.reader.azureRole: is not a GUID, like b24988ac-6180-42a0-ab88-20f7382dd24c',
      '  44:5 customers.contoso.tagz: there is no setting "tagz" here; did you mean tags?',
      '  57:13 rules[0].roles[0]: there is no role "raeder"; did you mean reader?',
      '  65:10 rules[1].max: is longer than limits.max, 12h',
    ]);
  });
});

describe('checkPolicy', () => {
  it('finds nothing in the example', () => {
    expect(problemsOf(EXAMPLE)).toEqual([]);
  });

  const OWNER = '7e2a9c4b-6d1f-4b8a-a3c5-9f0e1d2c3b04';
  const OTHER =
    '\n  fabrikam:\n    name: Fabrikam\n    tenant: 2a7b6c5d-1e2f-4a3b-8c4d-5e6f7a8b9c06\n    place: fabrikam\n    owners: { people: [0a1b2c3d-4e5f-4a6b-9c7d-8e9f0a1b2c07] }\n    scopes: { default: /subscriptions/4c3b2a1d-0e9f-4d8c-b7a6-5f4e3d2c1b08 }\n';
  const FABRIKAM_PLACE = '\n  fabrikam: { slack: { team: T0FAB, channel: C0FAB } }\n';
  const withFabrikam = [
    ['\ncustomers:', `\ncustomers:${OTHER}`],
    ['\nplaces:', `\nplaces:${FABRIKAM_PLACE}`],
  ] as const;

  it('finds nothing wrong with a second customer', () => {
    expect(problemsOf(edited(...withFabrikam))).toEqual([]);
  });

  const cases: ReadonlyArray<readonly [string, ReadonlyArray<readonly [string, string]>, string]> = [
    [
      'an unknown setting',
      [['operators: leads', 'operator: leads']],
      'operator: there is no setting "operator" here; did you mean operators?',
    ],
    ['a missing setting', [['  name: Northwind Cloud', '']], 'partner.name: is missing'],
    ['a number for a duration', [['max: 8h', 'max: 8']], 'roles.reader.max: has no unit'],
    [
      'a duration of nonsense',
      [['max: 8h', 'max: 8 hours']],
      'roles.reader.max: "8 hours" is not a duration',
    ],
    [
      'a duration over 30 days',
      [['continuous: 24h', 'continuous: 31d']],
      'limits.continuous: "31d" is longer than 30d',
    ],
    [
      'a name with a look-alike letter',
      [['  reader:\n', '  re\u0430der:\n']],
      'roles."re\u0430der": The name "re\u0430der" has a Cyrillic letter (U+0430) at position 3.',
    ],
    [
      'a name in capitals',
      [['  contoso:\n    name', '  Contoso:\n    name']],
      'customers.Contoso: "Contoso" has capital letters; write contoso',
    ],
    [
      'a key that would vanish',
      [['  leads:\n    slack', '  __proto__:\n    slack']],
      ': "__proto__" cannot be a key',
    ],
    ['a key that is there twice', [['limits: {', 'limits: { max: 1h,']], ': Map keys must be unique'],
    [
      'a list for a name',
      [['operators: leads', 'operators: { a: 1 }']],
      'operators: is to be a name or a list of names',
    ],
    [
      'a side that is none',
      [['side: customer', 'side: both']],
      'rules[1].approve[1].side: is to be partner or customer',
    ],
    [
      'an unknown group',
      [
        [
          'from: leads, at: leads, count: 1, within: 1h }\n  - name',
          'from: laeds, at: leads, count: 1, within: 1h }\n  - name',
        ],
      ],
      'rules[0].approve[0].from: there is no group "laeds"; did you mean leads?',
    ],
    [
      'an unknown place',
      [['operators: leads', 'operators: [laeds]']],
      'operators[0]: there is no place "laeds"; did you mean leads?',
    ],
    [
      'an unknown place of a customer',
      [['    place: contoso\n', '    place: contosso\n']],
      'customers.contoso.place: there is no place "contosso"',
    ],
    [
      'an unknown customer',
      [["customers: ['*']", 'customers: [contosso]']],
      'rules[0].customers[0]: there is no customer "contosso"; did you mean contoso?',
    ],
    [
      'an unknown tag',
      [['tag:enterprise', 'tag:enterprize']],
      'rules[1].customers[0]: there is no customer with the tag "enterprize"; did you mean enterprise?',
    ],
    [
      'a role that gives access',
      [['b24988ac-6180-42a0-ab88-20f7382dd24c', '8E3AF657-a8ff-443c-a75c-2fe8c4bcb635']],
      'roles.contributor.azureRole: is Owner, which can hand out access',
    ],
    [
      'User Access Administrator',
      [['b24988ac-6180-42a0-ab88-20f7382dd24c', '18d7d88d-d35e-4fb5-a5c3-7773c20a72d9']],
      'is User Access Administrator',
    ],
    [
      'RBAC Administrator',
      [['b24988ac-6180-42a0-ab88-20f7382dd24c', 'f58310d9-a9f6-439a-9e8d-f62e7b41a168']],
      'is Role Based Access Control Administrator',
    ],
    [
      'a default over the cap',
      [['max: 8h\n    default: 2h', 'max: 1h\n    default: 2h']],
      "roles.reader.default: is longer than the role's max, 1h",
    ],
    ['a role over the house', [['max: 8h', 'max: 13h']], 'roles.reader.max: is longer than limits.max, 12h'],
    [
      'a house over continuous access',
      [['continuous: 24h', 'continuous: 11h']],
      'limits.continuous: continuous access (11h) is shorter than one grant (12h)',
    ],
    [
      'a stage that waits too long',
      [['within: 4h', 'within: 8d']],
      'rules[1].approve[1].within: is longer than 7d',
    ],
    [
      'the tenant of the partner',
      [[`name: Contoso Ltd\n    tenant: ${CONTOSO}`, `name: Contoso Ltd\n    tenant: ${PARTNER}`]],
      "customers.contoso.tenant: is the partner's own tenant",
    ],
    [
      'a placeholder',
      [[`tenant: ${PARTNER}`, 'tenant: 00000000-0000-0000-0000-000000000000']],
      'partner.tenant: is still the placeholder',
    ],
    [
      'a reserved word',
      [['  contoso:\n    name', '  revoke:\n    name']],
      'customers.revoke: "revoke" is a command word',
    ],
    [
      'the word owners',
      [['  leads:\n    people', '  owners:\n    people']],
      'groups.owners: "owners" always means',
    ],
    [
      'a scope elsewhere',
      [[`default: ${SUBSCRIPTION}\n`, 'default: /providers/Microsoft.Management/managementGroups/x\n']],
      'customers.contoso.scopes.default: does not start with /subscriptions/<id>',
    ],
    [
      'a scope with steps up',
      [['/resourceGroups/web', '/../5b8f2d1c-4a3e-4f6b-8c7d-2e1f0a9b8c06']],
      'customers.contoso.scopes.web: has "." or ".." as a step',
    ],
    [
      'a scope with hidden steps up',
      [['/resourceGroups/web', '/%2e%2e/x']],
      'customers.contoso.scopes.web: has percent-encoding',
    ],
    [
      'a scope that ends in a slash',
      [['/resourceGroups/web', '/resourceGroups/web/']],
      'customers.contoso.scopes.web: is not a subscription, resource group or resource',
    ],
    [
      'a place of two customers',
      [...withFabrikam, ['    place: fabrikam\n', '    place: contoso\n']],
      'customers.contoso.place: "contoso" is a channel of fabrikam already',
    ],
    [
      'a channel of two customers under two names',
      [...withFabrikam, ['{ team: T0FAB, channel: C0FAB }', '{ team: T0NORTHW, channel: C0LEADS }']],
      'operators: "leads" is a channel of fabrikam, which would read about the operators',
    ],
    [
      'one customer reading about another',
      [
        ...withFabrikam,
        [
          'from: leads, at: leads, count: 1, within: 1h }\n  - name',
          'from: leads, at: fabrikam, count: 1, within: 1h }\n  - name',
        ],
      ],
      'rules[0].approve[0].at: "fabrikam" is a channel of fabrikam, which would read about contoso',
    ],
    [
      'a channel in a strange tenant',
      [[`teams:\n      tenant: ${CONTOSO}`, 'teams:\n      tenant: 2a7b6c5d-1e2f-4a3b-8c4d-5e6f7a8b9c06']],
      'customers.contoso.place: "contoso" is in the tenant of neither the partner nor the customer',
    ],
    [
      'a tenant of two customers',
      [...withFabrikam, ['2a7b6c5d-1e2f-4a3b-8c4d-5e6f7a8b9c06', CONTOSO.toUpperCase()]],
      'customers.contoso.tenant: is the tenant of fabrikam already',
    ],
    [
      'a subscription of two customers',
      [...withFabrikam, ['4c3b2a1d-0e9f-4d8c-b7a6-5f4e3d2c1b08', '5B8F2D1C-4a3e-4f6b-8c7d-2e1f0a9b8c05']],
      'customers.contoso.scopes.default: is in a subscription of fabrikam',
    ],
    [
      'more decisions than people',
      [['from: owners, at: place, count: 1', 'from: owners, at: place, count: 2']],
      'rules[1].approve[1].count: asks for 2 decisions, and only 1 of contoso are in the owners of contoso',
    ],
    [
      'a group of the wrong side',
      [['side: customer, from: owners', 'side: customer, from: leads']],
      'rules[1].approve[1].count: nobody of contoso is in "leads"',
    ],
    [
      'owners on the partner side',
      [['side: customer, from: owners', 'side: partner, from: owners']],
      'rules[1].approve[1].side: is partner, and owners are people of the customer',
    ],
    [
      'owners of another tenant',
      [[`people: [${OWNER}]`, `people: [${PARTNER}/${OWNER}]`]],
      'customers.contoso.owners.people[0]: is not in the tenant of contoso',
    ],
    [
      'nobody who approves',
      [[`people: [${OWNER}]`, 'people: []']],
      'customers.contoso.owners.people: is to be at least 1 in the list',
    ],
    [
      'a group with nobody',
      [['{ entraGroup: 0b4e6a0d-7a52-4a1c-8f0e-2f8a8c6f5d21 }', '{}']],
      'groups.azure-team: has nobody',
    ],
    [
      'a person listed twice',
      [[`- ${MAX}`, `- ${LENA.toUpperCase()}`]],
      'groups.leads.people[1]: is listed twice',
    ],
    [
      'one Slack account for two people',
      [['\nlimits:', `\n  - { oid: ${MAX}, name: Max, slack: [{ team: T0NORTHW, user: U0LENA }] }\nlimits:`]],
      'people[1].slack[0]: is linked to Lena Lead already',
    ],
    [
      'one person twice',
      [
        [
          '\nlimits:',
          `\n  - { oid: ${LENA}, name: Lena, slack: [{ team: T0NORTHW, user: U0OTHER }] }\nlimits:`,
        ],
      ],
      'people[1].oid: is Lena Lead already',
    ],
    [
      'requesters who are the only approvers',
      [
        ['{ entraGroup: 0b4e6a0d-7a52-4a1c-8f0e-2f8a8c6f5d21 }', `{ people: [${LENA}] }`],
        [`      - ${MAX} # Max Muster\n`, ''],
      ],
      'rules[0].approve[0].count: nobody may decide on their own request',
    ],
    [
      'two rules of one name',
      [['name: azure team on enterprise', 'name: readers need one lead']],
      'rules[1].name: is the name of an earlier rule',
    ],
    [
      'a rule that is never reached',
      [['roles: [reader]\n', "roles: ['*']\n"]],
      'rules[1]: (warning) never matches: the earlier rule "readers need one lead" covers all of it',
    ],
  ];

  it.each(cases)('finds %s', (_, changes, problem) => {
    const problems = problemsOf(edited(...changes));
    expect(problems.map((line) => line.replace(/^\d+ /, '')).join('\n')).toContain(problem);
  });

  it('keeps a policy that has warnings only', () => {
    const { policy, problems } = checkPolicy(edited(['roles: [reader]\n', "roles: ['*']\n"]), deps);
    expect(problems.map(({ level }) => level)).toEqual(['warning']);
    expect(policy?.rules).toHaveLength(2);
  });

  it.each([
    ['nothing at all', ''],
    ['a list', '- 1\n'],
    ['no YAML', 'a: [1\nb: }'],
    [
      'an alias bomb',
      `a: &a [1,1,1,1,1,1,1,1,1]\n${'bcdefghi'
        .split('')
        .map((key, at) => `${key}: &${key} [${`*${'abcdefgh'[at]},`.repeat(9)}]`)
        .join('\n')}`,
    ],
    ['a huge text', `# ${'x'.repeat(2_000_001)}`],
  ])('finds what is wrong with %s', (_, text) => {
    const { policy, problems } = checkPolicy(text, deps);
    expect(policy).toBeUndefined();
    expect(problems.length).toBeGreaterThan(0);
    expect(problems.every(({ line, column }) => line >= 1 && column >= 1)).toBe(true);
  });

  it('puts a problem on the line it is on', () => {
    const text = edited(['within: 4h', 'within: 8d']);
    expect(problemsOf(text)).toEqual([
      `${lineOf(text, 'within: 8d')} rules[1].approve[1].within: is longer than 7d`,
    ]);
  });

  it('never throws, and never takes a file with something of it gone for a good one that is weaker', () => {
    const whole: unknown = parse(EXAMPLE);
    const paths = leavesOf(whole, []);
    const junk = fc.constantFrom<unknown>(
      null,
      '',
      0,
      -1,
      true,
      [],
      {},
      'x',
      '*',
      'owners',
      '\u202e',
      ['*'],
      { a: 1 },
    );
    fc.assert(
      fc.property(fc.constantFrom(...paths), fc.option(junk, { nil: undefined }), (path, value) => {
        const { policy, problems } = checkPolicy(stringify(replaced(whole, path, value)), deps);
        expect(policy === undefined).toBe(problems.some(({ level }) => level === 'error'));
        for (const each of policy?.rules ?? []) {
          expect(each.approve.length).toBeGreaterThan(0);
          expect(each.requesters.length).toBeGreaterThan(0);
          for (const stage of each.approve) expect(stage.count).toBeGreaterThan(0);
        }
      }),
      { numRuns: 400 },
    );
  });
});

function leavesOf(value: unknown, path: ReadonlyArray<string>): Array<ReadonlyArray<string>> {
  if (typeof value !== 'object' || value === null) return [path];
  return Object.entries(value).flatMap(([key, each]) => [[...path, key], ...leavesOf(each, [...path, key])]);
}

/** A copy with the thing at a path replaced; gone for undefined. */
function replaced(value: unknown, [first, ...rest]: readonly string[], by: unknown): unknown {
  if (first === undefined) return by;
  if (Array.isArray(value)) {
    const list: unknown[] = [...value];
    const next = replaced(list[Number(first)], rest, by);
    list.splice(Number(first), 1, ...(next === undefined ? [] : [next]));
    return list;
  }
  const map: Record<string, unknown> = { ...(value as Record<string, unknown>) };
  const next = replaced(map[first], rest, by);
  if (next === undefined) delete map[first];
  else map[first] = next;
  return map;
}
