import type { Offer } from './access.ts';
import { formatDuration } from './duration.ts';
import type { RefusalCode } from './errors.ts';
import { nearest } from './names.ts';
import type { Person } from './person.ts';
import { samePerson } from './person.ts';
import type { Customer, Policy, Role, Rule, Stage } from './policy.ts';

/** Who asks for what, in the policy's names (already checked to be names). Durations in ms. */
export interface RulingAsk {
  person: Person;
  /** Names of the policy's groups the person is in, read from the directory. People listed by id are known anyway. */
  memberOf: ReadonlySet<string>;
  customerSlug: string;
  roleName: string;
  /** Absent: the customer's scope `default`. */
  scopeName?: string;
  /** Absent: the role's default, or the cap where that is shorter. */
  durationMs?: number;
}

/** She may ask. `scope` is the ARM id, `maxMs` the smallest of all caps. */
export interface AllowedRuling {
  kind: 'allowed';
  rule: Rule;
  customer: Customer;
  role: Role;
  scopeName: string;
  scope: string;
  durationMs: number;
  maxMs: number;
  /** With the customer's own places named. */
  stages: readonly Stage[];
  /** Each rule that was tried, and what came of it. For operators: it may name what the requester may not know. */
  why: readonly string[];
}

/** She may not. `near` are names she may use that look like what she typed. */
export interface RefusedRuling {
  kind: 'refused';
  code: RefusalCode;
  message: string;
  near?: readonly string[];
  why: readonly string[];
}

/** The policy's answer to "may she?". */
export type Ruling = AllowedRuling | RefusedRuling;

/** True when a rule speaks of this customer: by slug, by `tag:<tag>` or by `*`. */
export function coversCustomer(
  rule: Pick<Rule, 'customers'>,
  customer: Pick<Customer, 'slug' | 'tags'>,
): boolean {
  return rule.customers.some((each) =>
    each.startsWith('tag:') ? customer.tags.includes(each.slice(4)) : each === '*' || each === customer.slug,
  );
}

/** True when a rule speaks of this role: by name or by `*`. */
export function coversRole(rule: Pick<Rule, 'roles'>, roleName: string): boolean {
  return rule.roles.some((each) => each === '*' || each === roleName);
}

/** In a stage's `at`: the places of the customer the request is about. */
export const CUSTOMER_PLACE = 'place';

/** A rule's stages for one customer, with the names of the customer's own places put in. */
export function stagesFor(rule: Pick<Rule, 'approve'>, customer: Pick<Customer, 'places'>): Stage[] {
  return rule.approve.map((stage) => {
    const at = stage.at.flatMap((name) => (name === CUSTOMER_PLACE ? customer.places : [name]));
    return { ...stage, at: [...new Set(at)] };
  });
}

/** The longest time this rule lends this role at this customer: the smallest of all caps, ms. */
export function capOf(policy: Pick<Policy, 'limits'>, { rule, customer, role }: Matched): number {
  const caps = [role.maxMs, customer.maxMs, rule.maxMs, policy.limits.maxMs];
  return Math.min(...caps.filter((cap) => cap !== undefined));
}

interface Matched {
  rule: Pick<Rule, 'maxMs'>;
  customer: Pick<Customer, 'maxMs'>;
  role: Pick<Role, 'maxMs'>;
}

/**
 * Answers whether a person may ask for a role at a customer, by the first rule that speaks of the customer, the role
 * and one of the person's groups. Nothing matches: refused. The same policy and ask always give the same answer.
 *
 * A customer that does not exist and one the person has no rule for get the same words.
 *
 * @throws {RangeError} when `durationMs` is no positive whole number
 */
export function rule(policy: Policy, ask: RulingAsk): Ruling {
  if (ask.durationMs !== undefined && !(Number.isSafeInteger(ask.durationMs) && ask.durationMs > 0)) {
    throw new RangeError(`not a duration in ms: ${ask.durationMs}`);
  }
  const customer = policy.customers.get(ask.customerSlug);
  if (!customer) return noRule(policy, ask, [`no customer is called ${ask.customerSlug}`]);
  const why: string[] = [];
  for (const each of policy.rules) {
    const misses = missesOf(policy, { rule: each, customer, ask });
    why.push(`rule "${each.name}": ${misses.length === 0 ? 'matches' : misses.join(', ')}`);
    if (misses.length > 0) continue;
    const role = policy.roles.get(ask.roleName);
    if (role) return within(policy, { rule: each, customer, role, ask, why });
  }
  return notOffered(policy, { customer, ask, why });
}

/**
 * Everything this person may ask for, at one customer or at all, in the order of the policy file. A role that several
 * rules offer at one customer is listed once, as the first of them rules it.
 */
export function offersTo(
  policy: Policy,
  ask: Pick<RulingAsk, 'person' | 'memberOf'> & { customerSlug?: string },
): Offer[] {
  const customers = [...policy.customers.values()].filter(
    ({ slug }) => ask.customerSlug === undefined || slug === ask.customerSlug,
  );
  return customers.flatMap((customer) =>
    [...policy.roles.values()].flatMap((role) => {
      const found = policy.rules.find(
        (each) =>
          coversCustomer(each, customer) &&
          coversRole(each, role.name) &&
          groupOf(policy, each, ask) !== undefined,
      );
      if (!found) return [];
      return [
        {
          customer,
          role,
          maxMs: capOf(policy, { rule: found, customer, role }),
          approve: stagesFor(found, customer),
        },
      ];
    }),
  );
}

/** The requester group by which a rule takes this person, if any. */
function groupOf(
  policy: Policy,
  { requesters }: Rule,
  { person, memberOf }: Pick<RulingAsk, 'person' | 'memberOf'>,
): string | undefined {
  return requesters.find(
    (name) =>
      policy.groups.has(name) &&
      (memberOf.has(name) ||
        policy.groups.get(name)?.people.some((each) => samePerson(each, person)) === true),
  );
}

/** What keeps a rule from matching, in words; empty when it matches. */
function missesOf(
  policy: Policy,
  { rule: each, customer, ask }: { rule: Rule; customer: Customer; ask: RulingAsk },
): string[] {
  const misses: string[] = [];
  if (!coversCustomer(each, customer)) misses.push(`is for ${list(each.customers)}, not ${customer.slug}`);
  if (!policy.roles.has(ask.roleName)) misses.push(`there is no role ${ask.roleName}`);
  else if (!coversRole(each, ask.roleName)) misses.push(`lends ${list(each.roles)}, not ${ask.roleName}`);
  if (groupOf(policy, each, ask) === undefined) misses.push(`is for members of ${list(each.requesters)}`);
  return misses;
}

function within(
  policy: Policy,
  found: { rule: Rule; customer: Customer; role: Role; ask: RulingAsk; why: readonly string[] },
): Ruling {
  const { customer, role, ask, why } = found;
  const scopeName = ask.scopeName ?? 'default';
  const scope = customer.scopes.get(scopeName);
  if (scope === undefined) return noScope(customer, scopeName, why);
  const maxMs = capOf(policy, found);
  const durationMs = ask.durationMs ?? Math.min(role.defaultMs, maxMs);
  if (durationMs > maxMs) {
    const most = formatDuration(maxMs);
    const message = `${formatDuration(durationMs)} is too long: ${role.name} at ${customer.name} is lent for at most ${most}.`;
    return { kind: 'refused', code: 'tooLong', message, near: [most], why: [...why, `the cap is ${most}`] };
  }
  const stages = stagesFor(found.rule, customer);
  return {
    kind: 'allowed',
    rule: found.rule,
    customer,
    role,
    scopeName,
    scope,
    durationMs,
    maxMs,
    stages,
    why: [...why, `${formatDuration(durationMs)} is within the cap of ${formatDuration(maxMs)}`],
  };
}

function noScope(customer: Customer, scopeName: string, why: readonly string[]): RefusedRuling {
  const names = [...customer.scopes.keys()];
  const close = nearest(scopeName, names);
  const message = `${customer.name} has no scope "${scopeName}". Its scopes: ${list(names)}.`;
  const near = close.length > 0 ? close : names;
  return { kind: 'refused', code: 'noRule', message, near, why: [...why, `no scope ${scopeName}`] };
}

/** The customer is not one she may ask for, or not one at all: the same words, and only names she may know. */
function noRule(policy: Policy, ask: RulingAsk, why: readonly string[]): RefusedRuling {
  const known = new Set(
    offersTo(policy, { person: ask.person, memberOf: ask.memberOf }).map((offer) => offer.customer.slug),
  );
  const near = nearest(ask.customerSlug, known).filter((slug) => slug !== ask.customerSlug);
  const message = `No rule lets you ask for access to "${ask.customerSlug}".`;
  return { kind: 'refused', code: 'noRule', message, ...(near.length > 0 ? { near } : {}), why };
}

function notOffered(
  policy: Policy,
  { customer, ask, why }: { customer: Customer; ask: RulingAsk; why: readonly string[] },
): RefusedRuling {
  const { person, memberOf } = ask;
  const offers = offersTo(policy, { person, memberOf, customerSlug: customer.slug });
  if (offers.length === 0) return noRule(policy, ask, why);
  const names = offers.map((offer) => offer.role.name);
  const close = nearest(ask.roleName, names);
  const message = `You cannot ask for "${ask.roleName}" at ${customer.name}. You can ask for: ${list(names)}.`;
  return { kind: 'refused', code: 'roleNotOffered', message, near: close.length > 0 ? close : names, why };
}

function list(names: readonly string[]): string {
  return names.length > 0 ? names.join(', ') : 'nobody';
}
