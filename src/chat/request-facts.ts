import type { AccessRequest, RequestStage } from '../access/access-request.ts';
import type { Decision } from '../access/decision.ts';
import { inert } from '../access/names.ts';
import { samePerson } from '../access/person.ts';
import type { Policy } from '../access/policy.ts';
import { approversOf } from '../access/policy.ts';
import type { Card, Fact, Line } from './card.ts';
import { bold, code, date, fact, line } from './parts.ts';
import type { RoleWords } from './role-words.ts';
import { roleWords } from './role-words.ts';
import type { Sealer } from './seal.ts';
import { count, durationWords, listWords, nameWords, scopeWords, sideWords } from './words.ts';

/** What every card is drawn with. `now`: epoch ms, trusted time. */
export interface CardContext {
  policy: Policy;
  now: number;
  seal: Sealer;
}

/** What requests and grants have in common: what is lent, to whom, where. */
export type Lent = Pick<
  AccessRequest,
  'customerName' | 'customerSlug' | 'roleName' | 'scopeName' | 'entitlement' | 'ticket'
>;

// What reads as an address of some kind is not shown among the facts.
const TICKET = /^(?!.*\/\/)(?!www\.)[A-Za-z0-9#][A-Za-z0-9#._:/-]{0,63}$/i;
const MAX_NAMES = 5;

/** The role in plain words, as the policy in force describes it. */
export function roleOf(policy: Policy, lent: Pick<Lent, 'roleName' | 'entitlement'>): RoleWords {
  return roleWords({
    roleDefinitionId: lent.entitlement.roleDefinitionId,
    summary: policy.roles.get(lent.roleName)?.summary,
  });
}

/** Customer, role and scope, by id: never in the requester's words. */
export function lentFacts(policy: Policy, lent: Lent): Fact[] {
  const role = roleOf(policy, lent);
  const mark = role.weight === 'privileged' ? [bold(' PRIVILEGED')] : [];
  const title = role.title && role.title.toLowerCase() !== lent.roleName ? ` (${role.title})` : '';
  return [
    fact('Customer', bold(nameWords(lent.customerName)), ' · tenant ', code(lent.entitlement.tenantId)),
    fact('Role', bold(lent.roleName), ...mark, `${title}: ${role.can}`),
    fact('Scope', bold(lent.scopeName), `: ${scopeWords(lent.entitlement.scope)}`),
  ];
}

/** Who asked, with the house they belong to. */
export function requesterFact(policy: Policy, request: AccessRequest): Fact {
  const { tenantId } = request.requester;
  const house =
    tenantId === policy.partner.tenantId
      ? policy.partner.name
      : ([...policy.customers.values()].find((customer) => customer.tenantId === tenantId)?.name ??
        `tenant ${tenantId}`);
  return fact('Requested by', bold(nameWords(request.requesterName)), ` of ${nameWords(house)}`);
}

/** The ticket, when it looks like one; anything else is free text and goes with it. */
export function ticketFacts(lent: Pick<Lent, 'ticket'>): Fact[] {
  return lent.ticket !== undefined && TICKET.test(lent.ticket) ? [fact('Ticket', code(lent.ticket))] : [];
}

/** The id to type, and the beginning of the digest that every decision names. */
export function referenceFact(record: Pick<AccessRequest, 'id' | 'digest'>): Fact {
  return fact('Reference', code(record.id), ' · digest ', code(record.digest.slice(0, 12)));
}

/** What the requester wrote, inert. */
export function justificationQuote(record: {
  justification: string;
  ticket?: string;
}): NonNullable<Card['quote']> {
  const { justification, ticket } = record;
  const strange = ticket !== undefined && !TICKET.test(ticket) ? ` (ticket: ${ticket})` : '';
  return { label: 'Reason', text: inert(`${justification}${strange}`) || 'none given' };
}

/** The shortest time allowed so far, at most what was asked. Ms. */
export function allowedMs(request: AccessRequest): number {
  const approvals = request.decisions.filter(({ verdict }) => verdict === 'approve');
  return Math.min(request.durationMs, ...approvals.map(({ durationMs }) => durationMs));
}

/** `1 of 2: waiting for Contoso Ltd`. */
export function progressWords(policy: Policy, request: AccessRequest): string {
  const stage = request.stages[request.stage];
  if (!stage) return 'everybody has approved';
  const who = sideWords(stage.side, { policy, customerName: request.customerName });
  const given = approvalsAt(request, request.stage).length;
  const more = stage.count > 1 ? ` (${given} of ${count(stage.count, 'approval')})` : '';
  const step = request.stages.length > 1 ? `${request.stage + 1} of ${request.stages.length}: ` : '';
  return `${step}waiting for ${who}${more}`;
}

function approvalsAt(request: AccessRequest, stage: number): Decision[] {
  return request.decisions.filter((decision) => decision.stage === stage && decision.verdict === 'approve');
}

/** Who can decide at the open stage: names that the operator vouches for, else the group. */
export function decidersFact(policy: Policy, request: AccessRequest): Fact[] {
  const stage = request.stages[request.stage];
  if (!stage) return [];
  const names = deciderNames(policy, request, stage);
  const shown = names.slice(0, MAX_NAMES);
  const rest = names.length - shown.length;
  const people = rest > 0 ? `${shown.join(', ')} and ${rest} more` : listWords(shown, 'or');
  const group = groupWords(policy, request, stage);
  return [fact('Can decide', people ? `${people} (${group})` : capital(group))];
}

function deciderNames(policy: Policy, request: AccessRequest, stage: RequestStage): string[] {
  const customer = policy.customers.get(request.customerSlug);
  if (!customer || (stage.from !== 'owners' && !policy.groups.has(stage.from))) return [];
  const group = approversOf(policy, customer, stage);
  // A group that also has members in Entra is more than the people listed.
  if (group.entraGroupId) return [];
  const linked = group.people
    .filter((person) => !samePerson(person, request.requester))
    .map((person) => policy.people.find((account) => samePerson(account.person, person))?.name);
  return linked.every((name) => name !== undefined) ? linked.map(nameWords) : [];
}

function groupWords(policy: Policy, request: AccessRequest, stage: RequestStage): string {
  const side = sideWords(stage.side, { policy, customerName: request.customerName });
  return stage.from === 'owners' ? `the owners at ${side}` : `${stage.from} at ${side}`;
}

function capital(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** One line per approval given: who, for which side, when, and for how long if less than asked. */
export function approvalLines(policy: Policy, request: AccessRequest): Line[] {
  return request.decisions
    .filter(({ verdict }) => verdict === 'approve')
    .map((decision) => {
      const side = sideWords(decision.side, { policy, customerName: request.customerName });
      const less =
        decision.durationMs < request.durationMs ? `, for ${durationWords(decision.durationMs)}` : '';
      return line(
        '✓ ',
        bold(nameWords(decision.name)),
        ` approved for ${side}${less}, `,
        date(decision.decidedAt),
      );
    });
}
