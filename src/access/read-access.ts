import type { Access, Offer } from './access.ts';
import type { AccessDeps } from './deps.ts';
import { NotFound, Refused } from './errors.ts';
import { rule } from './ruling.ts';
import { getActiveProfile, groupsOf } from './standing.ts';
import { getRequestFor, maySee } from './records.ts';

/** Who has access to a customer now, and who is asking. @throws {NotFound} also when the person may not see it */
export function createWhoHasAccess(deps: AccessDeps): Access['who'] {
  return async ({ person, customerSlug }) => {
    const policy = deps.policySource.current();
    await getActiveProfile(deps, person);
    const customer = policy.customers.get(customerSlug);
    if (!customer || !maySee(policy, person, customer)) {
      const visible = [...policy.customers.values()].filter((known) => maySee(policy, person, known));
      throw new NotFound(
        `There is no customer ${customerSlug}.`,
        visible.map((known) => known.slug),
      );
    }
    const [grants, pending] = await Promise.all([
      deps.store.openGrantsOfCustomer(customerSlug),
      deps.store.pendingRequestsOfCustomer(customerSlug),
    ]);
    return { customer, grants: grants.toSorted((a, b) => a.endAt - b.endAt), pending };
  };
}

/** What one person has and has asked for. */
export function createMyAccess(deps: AccessDeps): Access['mine'] {
  return async ({ person }) => {
    const [grants, pending] = await Promise.all([
      deps.store.openGrantsOfPerson(person),
      deps.store.pendingRequestsOfPerson(person),
    ]);
    return { grants: grants.toSorted((a, b) => a.endAt - b.endAt), pending };
  };
}

/** One request and what became of it. @throws {NotFound} also when the person may not see it */
export function createShowAccess(deps: AccessDeps): Access['show'] {
  return async ({ person, id }) => {
    await getActiveProfile(deps, person);
    const request = await getRequestFor(deps, id, person);
    const grant = await deps.store.findGrant(request.extendsGrantId ?? id);
    return { request, ...(grant && { grant }) };
  };
}

/** What this person may ask for, customer by customer. */
export function createOffers(deps: AccessDeps): Access['offers'] {
  return async ({ person, customerSlug }) => {
    const policy = deps.policySource.current();
    await getActiveProfile(deps, person);
    const memberOf = await groupsOf(deps, policy, person);
    const customers = [...policy.customers.values()].filter(
      (customer) => customerSlug === undefined || customer.slug === customerSlug,
    );
    const offers = customers.flatMap((customer) =>
      [...policy.roles.values()].flatMap((role): Offer[] => {
        const ruling = rule(policy, { person, memberOf, customerSlug: customer.slug, roleName: role.name });
        return ruling.kind === 'allowed'
          ? [{ customer, role, maxMs: ruling.maxMs, approve: ruling.stages }]
          : [];
      }),
    );
    if (customerSlug !== undefined && offers.length === 0) {
      throw new Refused('noRule', `There is nothing you can ask for at ${customerSlug}.`, {
        customer: customerSlug,
      });
    }
    return offers;
  };
}
