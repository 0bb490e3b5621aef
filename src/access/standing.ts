import type { AccessDeps } from './deps.ts';
import { Refused, Unavailable } from './errors.ts';
import type { Person, Profile } from './person.ts';
import { samePerson } from './person.ts';
import type { Customer, Group, Policy, Stage } from './policy.ts';
import { approversOf } from './policy.ts';

type Deps = Pick<AccessDeps, 'directory'>;

/**
 * The person's account, read now, if it may act at all.
 * @throws {Refused} `accountDisabled` or `guestAccount`
 * @throws {Unavailable} when the directory does not answer
 */
export async function getActiveProfile(deps: Deps, person: Person): Promise<Profile> {
  const profile = await deps.directory.findProfile(person);
  if (!profile) throw new Refused('accountDisabled', 'This account is not in the directory any more.');
  if (!profile.accountEnabled) throw new Refused('accountDisabled', 'This account is blocked.');
  if (profile.userType === 'Guest') throw new Refused('guestAccount', 'Guest accounts decide nothing.');
  return profile;
}

/** Names of the policy's groups the person is in now. Entra groups are the partner's, so only its own people are in them. */
export async function groupsOf(deps: Deps, policy: Policy, person: Person): Promise<ReadonlySet<string>> {
  const groups = [...policy.groups.values()];
  const listed = groups.filter((group) => group.people.some((member) => samePerson(member, person)));
  const inEntra = await entraGroupsOf(deps, policy, { person, groups });
  return new Set([...listed, ...inEntra].map((group) => group.name));
}

async function entraGroupsOf(
  deps: Deps,
  policy: Policy,
  { person, groups }: { person: Person; groups: readonly Group[] },
): Promise<Group[]> {
  const ids = groups.flatMap((group) => (group.entraGroupId ? [group.entraGroupId] : []));
  if (ids.length === 0 || person.tenantId !== policy.partner.tenantId) return [];
  const held = new Set(await deps.directory.memberOf(person, ids));
  return groups.filter((group) => group.entraGroupId && held.has(group.entraGroupId));
}

/** True when the person may decide at this stage for this customer: right side, right group, read now. */
export async function isApprover(
  deps: Deps,
  policy: Policy,
  { person, customer, stage }: { person: Person; customer: Customer; stage: Pick<Stage, 'side' | 'from'> },
): Promise<boolean> {
  const home = stage.side === 'customer' ? customer.tenantId : policy.partner.tenantId;
  if (person.tenantId !== home) return false;
  const group = approversOf(policy, customer, stage);
  if (group.people.some((member) => samePerson(member, person))) return true;
  return (await entraGroupsOf(deps, policy, { person, groups: [group] })).length > 0;
}

/** The customer of a record, as the policy has it now. */
export function getCustomer(policy: Policy, slug: string): Customer {
  const customer = policy.customers.get(slug);
  if (!customer) {
    throw new Refused('policyChanged', `The policy no longer has a customer ${slug}.`, { customer: slug });
  }
  return customer;
}

/** Stops everything that gives while the clocks disagree. */
export function demandSureClock(deps: Pick<AccessDeps, 'clock'>): void {
  if (deps.clock.inDoubt()) {
    throw new Refused('clockInDoubt', 'The clocks of Redis, this host and Azure are more than 5 s apart.');
  }
}

/** True for failures that are worth trying again by themselves. */
export function isPassing(error: unknown): error is Unavailable {
  return error instanceof Unavailable;
}
