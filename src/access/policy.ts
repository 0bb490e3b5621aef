import type { Person } from './person.ts';
import type { Place } from './place.ts';

/** The two sides of every loan. */
export type Side = 'partner' | 'customer';

/** A named set of people: listed one by one, or the members of an Entra group in the partner's tenant. */
export interface Group {
  name: string;
  people: readonly Person[];
  /** Lower-case GUID. Membership is read from the directory at every decision. */
  entraGroupId?: string;
}

/** A role people can type, for one entitlement template. Durations in ms. */
export interface Role {
  name: string;
  /** Azure role definition, lower-case GUID. */
  roleDefinitionId: string;
  maxMs: number;
  defaultMs: number;
  /** The operator's own words for what the role allows; shown on cards. */
  summary?: string;
}

/** One customer tenant as the policy file describes it. */
export interface Customer {
  slug: string;
  name: string;
  /** Lower-case GUID. */
  tenantId: string;
  tags: readonly string[];
  /** Names of places in the policy where this customer's cards go. */
  places: readonly string[];
  owners: Group;
  /** Scope name (`default`, `web`) → ARM id. */
  scopes: ReadonlyMap<string, string>;
  maxMs?: number;
}

/** One stage of approval: who, how many, where they are asked, and how long they have. */
export interface Stage {
  side: Side;
  /** Group name; `owners` is the customer's own. */
  from: string;
  /** Names of places; the cards are posted there when the stage opens. */
  at: readonly string[];
  count: number;
  withinMs: number;
}

/** Who may ask for what. Customers are slugs, `tag:<tag>` or `*`; roles are names or `*`; requesters are groups. */
export interface Rule {
  name: string;
  customers: readonly string[];
  roles: readonly string[];
  requesters: readonly string[];
  maxMs?: number;
  approve: readonly Stage[];
}

/** A chat account that the operator vouches for. Teams accounts need none: their activities carry the Entra ids. */
export interface LinkedAccount {
  person: Person;
  name: string;
  slack: ReadonlyArray<{ teamId: string; userId: string }>;
}

/** House-wide caps. */
export interface Limits {
  /** No access is longer, whatever role, customer and rule say. Ms. */
  maxMs: number;
  /** Unbroken access for one person, role and customer, extensions included. Ms. */
  continuousMs: number;
  requestsPerHour: number;
  /** How long before the end the warning comes, at most a fifth of the grant. Ms. */
  warnBeforeMs: number;
}

/** The policy in force. `digest` is the SHA-256 (hex) of the file it was read from. */
export interface Policy {
  digest: string;
  partner: { tenantId: string; name: string };
  groups: ReadonlyMap<string, Group>;
  /** Place name → the channels it stands for, on one platform or several. */
  places: ReadonlyMap<string, readonly Place[]>;
  roles: ReadonlyMap<string, Role>;
  customers: ReadonlyMap<string, Customer>;
  rules: readonly Rule[];
  people: readonly LinkedAccount[];
  limits: Limits;
  /** Where the operators hear of what is stuck. */
  operators: readonly Place[];
  /** Object ids of AdminAgents and HelpdeskAgents in the partner's tenant: their members are never invited as guests. */
  agentGroups: readonly string[];
}

/** The group a stage draws its approvers from, for one customer. */
export function approversOf(policy: Policy, customer: Customer, stage: Pick<Stage, 'from' | 'side'>): Group {
  if (stage.from === 'owners') return customer.owners;
  const group = policy.groups.get(stage.from);
  if (!group) throw new RangeError(`policy names no group ${stage.from}`);
  return group;
}

/** The concrete places behind place names, each once. */
export function placesNamed(policy: Policy, names: readonly string[]): Place[] {
  return [...new Set(names)].flatMap((name) => [...(policy.places.get(name) ?? [])]);
}

/** The customer a channel belongs to, if it is one's place; channels are unique to one customer or to the partner. */
export function customersAt(policy: Policy, isHere: (place: Place) => boolean): Customer[] {
  return [...policy.customers.values()].filter((customer) =>
    placesNamed(policy, customer.places).some((place) => isHere(place)),
  );
}
