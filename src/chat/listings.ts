import type { Offer } from '../access/access.ts';
import type { AccessRequest } from '../access/access-request.ts';
import { formatDuration } from '../access/duration.ts';
import type { Grant, GrantState } from '../access/grant.ts';
import { inert } from '../access/names.ts';
import type { Customer } from '../access/policy.ts';
import type { Card, Line, Part } from './card.ts';
import { requesterButtons } from './grant-card.ts';
import { bold, button, code, fact, line, when } from './parts.ts';
import type { CardContext } from './request-facts.ts';
import { progressWords } from './request-facts.ts';
import { roleWords } from './role-words.ts';
import { count, durationWords, listWords, nameWords, relativeWords, sideWords } from './words.ts';

// Beyond this nobody reads on, and the platforms' limits come near.
const MOST_GRANTS = 20;
const MOST_PENDING = 10;
const MOST_OFFERS = 25;

type Draft = Pick<Card, 'tone' | 'title' | 'status'> & Partial<Card>;

/** A private answer that lists something. */
export function listing(draft: Draft): Card {
  const title = inert(draft.title, 150);
  return { facts: [], notes: [], commands: [], buttons: [], links: [], summary: title, ...draft, title };
}

/** Who has access to a customer now, and who is asking for it. */
export function whoCard(
  context: CardContext,
  found: { customer: Customer; grants: readonly Grant[]; pending: readonly AccessRequest[] },
): Card {
  const { customer, grants, pending } = found;
  const name = nameWords(customer.name);
  const people = new Set(grants.map(({ person }) => `${person.tenantId}/${person.objectId}`)).size;
  return listing({
    tone: 'neutral',
    title: `Access to ${name}`,
    status:
      grants.length === 0
        ? line(`Nobody has access to ${name} through Latchkey right now.`)
        : line(bold(count(people, 'person', 'people')), ` with access right now.`),
    notes: [
      ...bounded(grants, MOST_GRANTS, (grant) => grantLine(context, grant, nameWords(grant.personName))),
      ...bounded(pending, MOST_PENDING, (request) =>
        pendingLine(context, request, nameWords(request.requesterName)),
      ),
    ],
  });
}

/** What the person has and has asked for. With one running grant its buttons are there too. */
export function mineCard(
  context: CardContext,
  { grants, pending }: { grants: readonly Grant[]; pending: readonly AccessRequest[] },
): Card {
  const running = grants.filter(({ state }) => state === 'active' || state === 'provisioning');
  const [only] = running;
  return listing({
    tone: 'neutral',
    title: 'Your access',
    status:
      grants.length + pending.length === 0
        ? line('You have no access through Latchkey right now, and asked for none.')
        : line(bold(`${grants.length} running`), `, ${pending.length} waiting for an answer.`),
    notes: [
      ...bounded(grants, MOST_GRANTS, (grant) => grantLine(context, grant, nameWords(grant.customerName))),
      ...bounded(pending, MOST_PENDING, (request) =>
        pendingLine(context, request, nameWords(request.customerName)),
      ),
    ],
    commands:
      running.length > 1 ? [`/access extend ${only?.id ?? ''} 1h`, `/access finish ${only?.id ?? ''}`] : [],
    buttons: only && running.length === 1 ? requesterButtons(context, only) : [],
  });
}

/** A line for each record, up to the most; a last one says how many more there are. */
export function bounded<T>(records: readonly T[], most: number, draw: (record: T) => Line): Line[] {
  const rest = records.length - most;
  const lines = records.slice(0, most).map(draw);
  return rest > 0 ? [...lines, line(`and ${rest} more.`)] : lines;
}

function grantLine({ now }: CardContext, grant: Grant, subject: string): Line {
  return line(
    bold(subject),
    ` · ${grant.roleName} · ${grant.scopeName} · `,
    ...stateParts(grant, now),
    ' · ',
    code(grant.id),
  );
}

const LEAVING: Readonly<Record<Exclude<GrantState, 'active'>, string>> = {
  provisioning: 'being made, until ',
  revoking: 'being removed, was due ',
  stuck: 'STUCK, was due ',
  ended: 'ended, was due ',
};

function stateParts(grant: Grant, now: number): Array<string | Part> {
  const end = when(grant.endAt, now);
  if (grant.state === 'active') return ['until ', end, ` (${relativeWords(grant.endAt, now)})`];
  return [LEAVING[grant.state], end];
}

function pendingLine({ policy, now }: CardContext, request: AccessRequest, subject: string): Line {
  const more = request.extendsGrantId === undefined ? '' : ' more';
  return line(
    bold(subject),
    ` · ${request.roleName} · ${request.scopeName} · asks for ${durationWords(request.durationMs)}${more}, `,
    `${progressWords(policy, request)} until `,
    when(request.stageEndsAt, now),
    ' · ',
    code(request.id),
  );
}

/** What the person may ask for: everywhere in one line each, at one customer in full. */
export function rolesCard(
  { policy, seal }: CardContext,
  { offers, customerSlug }: { offers: readonly Offer[]; customerSlug?: string | undefined },
): Card {
  const [first] = offers;
  const where = customerSlug !== undefined && first ? ` at ${nameWords(first.customer.name)}` : '';
  const ref = seal.seal({ kind: 'offer', id: 'any', version: 0 });
  return listing({
    tone: 'neutral',
    title: `What you can ask for${where}`,
    status: first
      ? line(`${count(offers.length, 'offer')}${where}.`)
      : line('There is nothing you can ask for.'),
    notes: bounded(offers, MOST_OFFERS, (offer) =>
      customerSlug === undefined ? offerLine(offer) : fullOfferLine(policy, offer),
    ),
    commands: first ? [askExample(first)] : [],
    buttons: first ? [button('ask', 'Ask…', ref, 'primary')] : [],
  });
}

function offerLine({ customer, role, maxMs }: Offer): Line {
  return line(
    code(`${customer.slug} ${role.name}`),
    ` · up to ${durationWords(maxMs)} at ${nameWords(customer.name)}`,
  );
}

function fullOfferLine(policy: CardContext['policy'], { customer, role, maxMs, approve }: Offer): Line {
  const sides = approve.map(({ side }) => sideWords(side, { policy, customerName: customer.name }));
  const who = sides.length > 0 ? ` Decided by ${listWords(sides)}.` : '';
  return line(code(role.name), ` · up to ${durationWords(maxMs)}. ${roleWords(role).can}${who}`);
}

function askExample({ customer, role, maxMs }: Offer): string {
  return `/access ${customer.slug} ${role.name} ${formatDuration(Math.min(role.defaultMs, maxMs))} why you need it`;
}

/** How to use it, short, with examples that work for this person. */
export function helpCard({ seal }: CardContext, offers: readonly Offer[]): Card {
  const [first] = offers;
  const customer = first?.customer.slug ?? 'contoso';
  const ask = first ? askExample(first) : '/access contoso contributor 2h why you need it';
  const typed = (label: string, command: string): Card['facts'][number] => fact(label, code(command));
  return listing({
    tone: 'neutral',
    title: 'Latchkey lends access, and takes it back on time',
    status: line('Ask in one line (customer, role, how long, why), or type /access alone for a form.'),
    facts: [
      typed('Ask', ask),
      typed('With details', `${ask} scope=default ticket=INC-1042`),
      typed('What you can ask for', `/access roles ${customer}`),
      typed('What you have', '/access mine'),
      typed('Who has access', `/access who ${customer}`),
      typed('What is stuck', '/access stuck'),
      typed('How punctual', '/access slo 30d'),
      typed('One request', '/access show AR-7K3M9PQX'),
      typed('Take back', '/access cancel AR-7K3M9PQX'),
      typed('More time', '/access extend AR-7K3M9PQX 1h'),
      typed('Done early', '/access finish AR-7K3M9PQX'),
      typed('Take away', '/access revoke AR-7K3M9PQX why'),
    ],
    notes: [
      line(
        'The people who own the access decide on a card in their channel. ',
        'Before your time is up you get a warning, with buttons to extend or finish.',
      ),
      line(
        'In a Teams channel, mention Latchkey in place of /access; in our private chat the words alone do.',
      ),
    ],
    buttons: first
      ? [button('ask', 'Ask…', seal.seal({ kind: 'offer', id: 'any', version: 0 }), 'primary')]
      : [],
  });
}
