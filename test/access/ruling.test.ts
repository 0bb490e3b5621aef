import fc from 'fast-check';
import type { Customer, Group, Policy, Role, Rule } from '../../src/access/policy.ts';
import { capOf, offersTo, rule, stagesFor } from '../../src/access/ruling.ts';

const HOUR = 3_600_000;
const TENANT = '11111111-1111-4111-8111-111111111111';
const SUBSCRIPTION = '/subscriptions/22222222-2222-4222-8222-222222222222';
const ada = { tenantId: TENANT, objectId: 'aaaaaaaa-0000-4000-8000-000000000001' };
const bob = { tenantId: TENANT, objectId: 'bbbbbbbb-0000-4000-8000-000000000002' };

const group = (name: string, people: Group['people'] = []): Group => ({ name, people });
const role = (name: string, maxMs: number, defaultMs: number): Role => ({
  name,
  roleDefinitionId: '33333333-3333-4333-8333-333333333333',
  maxMs,
  defaultMs,
});
const customer = (slug: string, more: Partial<Customer> = {}): Customer => ({
  slug,
  name: slug.toUpperCase(),
  tenantId: TENANT,
  tags: [],
  places: [],
  owners: group('owners', [bob]),
  scopes: new Map([['default', SUBSCRIPTION]]),
  ...more,
});
const simple = (name: string, more: Partial<Rule>): Rule => ({
  name,
  customers: ['*'],
  roles: ['*'],
  requesters: ['team'],
  approve: [{ side: 'customer', from: 'owners', at: ['p'], count: 1, withinMs: HOUR }],
  ...more,
});
const named = <T>(key: (item: T) => string, items: readonly T[]): Map<string, T> =>
  new Map(items.map((item) => [key(item), item]));

function policyOf(rules: readonly Rule[]): Policy {
  return {
    digest: 'd',
    partner: { tenantId: TENANT, name: 'Northwind' },
    groups: named((each) => each.name, [group('team', [ada]), group('duty')]),
    places: new Map(),
    roles: named(
      (each) => each.name,
      [role('reader', 8 * HOUR, 2 * HOUR), role('contributor', 4 * HOUR, 3 * HOUR)],
    ),
    customers: named(
      (each) => each.slug,
      [
        customer('contoso', { tags: ['enterprise'] }),
        customer('fabrikam', {
          maxMs: HOUR,
          scopes: new Map([['web', `${SUBSCRIPTION}/resourceGroups/web`]]),
        }),
      ],
    ),
    rules,
    people: [],
    limits: { maxMs: 6 * HOUR, continuousMs: 24 * HOUR, requestsPerHour: 10, warnBeforeMs: 600_000 },
    operators: [],
    agentGroups: [],
  };
}

const nobody: ReadonlySet<string> = new Set();
const ask = (customerSlug: string, roleName: string, more: object = {}) => ({
  person: ada,
  memberOf: nobody,
  customerSlug,
  roleName,
  ...more,
});

describe('rule', () => {
  it('rules by the first rule that matches customer, role and group', () => {
    const policy = policyOf([
      simple('duty', { requesters: ['duty'] }),
      simple('tagged', { customers: ['tag:enterprise'], roles: ['reader'] }),
      simple('rest', {}),
    ]);
    expect(rule(policy, ask('contoso', 'reader'))).toMatchObject({
      kind: 'allowed',
      rule: { name: 'tagged' },
      scope: SUBSCRIPTION,
      scopeName: 'default',
      durationMs: 2 * HOUR,
      maxMs: 6 * HOUR,
      stages: [{ from: 'owners' }],
      why: ['rule "duty": is for members of duty', 'rule "tagged": matches', '2h is within the cap of 6h'],
    });
    expect(rule(policy, ask('contoso', 'contributor'))).toMatchObject({ rule: { name: 'rest' } });
    expect(rule(policy, ask('contoso', 'reader', { memberOf: new Set(['duty']) }))).toMatchObject({
      rule: { name: 'duty' },
    });
  });

  it('does not take a later rule when the first that matches is too short', () => {
    const policy = policyOf([simple('short', { maxMs: HOUR }), simple('long', {})]);
    expect(rule(policy, ask('contoso', 'reader', { durationMs: HOUR + 1 }))).toMatchObject({
      kind: 'refused',
      code: 'tooLong',
      near: ['1h'],
    });
    expect(rule(policy, ask('contoso', 'reader', { durationMs: HOUR }))).toMatchObject({ kind: 'allowed' });
  });

  it('cuts the default duration to the cap', () => {
    const policy = policyOf([simple('all', {})]);
    const ruling = rule(policy, ask('fabrikam', 'contributor', { scopeName: 'web' }));
    expect(ruling).toMatchObject({ kind: 'allowed', durationMs: HOUR, maxMs: HOUR, scopeName: 'web' });
  });

  it('refuses a person in none of the groups with the words for a customer that does not exist', () => {
    const policy = policyOf([simple('all', {})]);
    const stranger = { ...ada, objectId: 'cccccccc-0000-4000-8000-000000000003' };
    const known = rule(policy, { ...ask('contoso', 'reader'), person: stranger });
    const unknown = rule(policy, { ...ask('contosi', 'reader'), person: stranger });
    expect(known).toMatchObject({ kind: 'refused', code: 'noRule' });
    expect(unknown).toMatchObject({ kind: 'refused', code: 'noRule' });
    const texts = [known, unknown].map((each) => (each.kind === 'refused' ? [each.message, each.near] : []));
    expect(texts[1]).toEqual([String(texts[0]?.[0]).replace('contoso', 'contosi'), undefined]);
  });

  it('does not know a member of another tenant by the object id alone', () => {
    const policy = policyOf([simple('all', {})]);
    const foreign = { ...ada, tenantId: '99999999-9999-4999-8999-999999999999' };
    expect(rule(policy, { ...ask('contoso', 'reader'), person: foreign })).toMatchObject({ code: 'noRule' });
  });

  it('ignores membership in a group the policy does not have', () => {
    const policy = policyOf([simple('ghost', { requesters: ['ghost'] })]);
    expect(rule(policy, ask('contoso', 'reader', { memberOf: new Set(['ghost']) }))).toMatchObject({
      code: 'noRule',
    });
  });

  it('offers near names, only those the person may ask for', () => {
    const policy = policyOf([simple('only contoso', { customers: ['contoso'], roles: ['reader'] })]);
    expect(rule(policy, ask('contso', 'reader'))).toMatchObject({ code: 'noRule', near: ['contoso'] });
    expect(rule(policy, ask('fabricam', 'reader'))).not.toHaveProperty('near');
    expect(rule(policy, ask('contoso', 'raeder'))).toMatchObject({
      code: 'roleNotOffered',
      near: ['reader'],
    });
    expect(rule(policy, ask('contoso', 'contributor'))).toMatchObject({
      code: 'roleNotOffered',
      near: ['reader'],
    });
  });

  it('refuses a scope the customer does not have, and a missing one where there is no default', () => {
    const policy = policyOf([simple('all', {})]);
    expect(rule(policy, ask('fabrikam', 'reader', { scopeName: 'wbe' }))).toMatchObject({
      code: 'noRule',
      message: 'FABRIKAM has no scope "wbe". Its scopes: web.',
      near: ['web'],
    });
    expect(rule(policy, ask('fabrikam', 'reader'))).toMatchObject({ kind: 'refused', near: ['web'] });
  });

  it('takes names of the language itself for no names at all', () => {
    const policy = policyOf([simple('all', {})]);
    for (const name of ['__proto__', 'constructor', 'tag:enterprise', '*', '']) {
      expect(rule(policy, ask(name, 'reader'))).toMatchObject({ code: 'noRule' });
      expect(rule(policy, ask('contoso', name))).toMatchObject({ code: 'roleNotOffered' });
    }
  });

  it.each([0, -1, 1.5, NaN, Infinity, 2 ** 60])('does not rule on a duration of %d', (durationMs) => {
    expect(() => rule(policyOf([simple('all', {})]), ask('contoso', 'reader', { durationMs }))).toThrow(
      RangeError,
    );
  });

  it('never allows more than the smallest cap, and allows exactly that', () => {
    const cap = fc.integer({ min: 1, max: 10 * HOUR });
    fc.assert(
      fc.property(cap, cap, cap, cap, cap, (byRole, byCustomer, byRule, byHouse, durationMs) => {
        const base = policyOf([simple('all', { maxMs: byRule })]);
        const policy: Policy = {
          ...base,
          roles: new Map([['reader', role('reader', byRole, byRole)]]),
          customers: new Map([['contoso', customer('contoso', { maxMs: byCustomer })]]),
          limits: { ...base.limits, maxMs: byHouse },
        };
        const least = Math.min(byRole, byCustomer, byRule, byHouse);
        const ruling = rule(policy, ask('contoso', 'reader', { durationMs }));
        expect(ruling.kind).toBe(durationMs <= least ? 'allowed' : 'refused');
        expect(rule(policy, ask('contoso', 'reader'))).toMatchObject({ durationMs: least, maxMs: least });
      }),
    );
  });
});

describe('offersTo', () => {
  const policy = policyOf([
    simple('short', { customers: ['contoso'], roles: ['reader'], maxMs: HOUR }),
    simple('all', {}),
    simple('duty', { requesters: ['duty'] }),
  ]);

  it('lists each role of each customer once, as the first rule that matches has it', () => {
    const offers = offersTo(policy, { person: ada, memberOf: nobody });
    expect(offers.map((offer) => [offer.customer.slug, offer.role.name, offer.maxMs / HOUR])).toEqual([
      ['contoso', 'reader', 1],
      ['contoso', 'contributor', 4],
      ['fabrikam', 'reader', 1],
      ['fabrikam', 'contributor', 1],
    ]);
  });

  it('lists one customer when asked, and nothing for a stranger', () => {
    expect(offersTo(policy, { person: ada, memberOf: nobody, customerSlug: 'fabrikam' })).toHaveLength(2);
    expect(offersTo(policy, { person: bob, memberOf: nobody })).toEqual([]);
    expect(offersTo(policy, { person: bob, memberOf: new Set(['duty']) })).toHaveLength(4);
  });

  it('agrees with the ruling', () => {
    for (const offer of offersTo(policy, { person: ada, memberOf: nobody, customerSlug: 'contoso' })) {
      expect(rule(policy, ask('contoso', offer.role.name))).toMatchObject({
        kind: 'allowed',
        maxMs: offer.maxMs,
      });
    }
  });
});

describe('capOf', () => {
  it('lets absent caps be', () => {
    const policy = policyOf([]);
    expect(capOf(policy, { rule: {}, customer: {}, role: { maxMs: 9 * HOUR } })).toBe(6 * HOUR);
  });
});

describe('stagesFor', () => {
  it('puts in the places of the customer, each once', () => {
    const [stage] = simple('all', {}).approve;
    const approve = stage ? [{ ...stage, at: ['leads', 'place', 'hq'] }] : [];
    expect(stagesFor({ approve }, { places: ['contoso', 'hq'] })).toMatchObject([
      { at: ['leads', 'contoso', 'hq'] },
    ]);
  });
});
