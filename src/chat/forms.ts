import type { Offer } from '../access/access.ts';
import type { AccessRequest } from '../access/access-request.ts';
import { formatDuration } from '../access/duration.ts';
import { MAX_FREE_TEXT } from '../access/names.ts';
import type { Field, Form } from './card.ts';
import { line } from './parts.ts';
import { durationWords, nameWords } from './words.ts';

/** Field ids, as they come back in `inputs`. */
export const INPUT = {
  customer: 'customer',
  role: 'role',
  scope: 'scope',
  duration: 'duration',
  ticket: 'ticket',
  reason: 'reason',
  why: 'why',
} as const;

/** Value of a choice that leaves it to the policy: the role's usual time, the customer's usual scope. */
export const USUAL = 'usual';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const STEPS_MS: readonly number[] = [
  ...[5, 15, 30].map((minutes) => minutes * MINUTE_MS),
  ...[1, 2, 3, 4, 6, 8, 12, 24, 48].map((hours) => hours * HOUR_MS),
];
// Slack shows at most 100 options, and nobody reads more.
const MAX_OPTIONS = 100;

type Option = { label: string; value: string };

/** Choices of duration up to `mostMs` and with it, values as people type them (`1h30m`). */
export function durationOptions(mostMs: number): Option[] {
  const most = Math.floor(mostMs / MINUTE_MS) * MINUTE_MS;
  const steps = STEPS_MS.filter((ms) => ms < most);
  return (most >= MINUTE_MS ? [...steps, most] : steps).map(durationOption);
}

function durationOption(ms: number): Option {
  return { label: durationWords(ms), value: formatDuration(ms) };
}

/** The choices of less time than `askedMs`; empty when it is as short as it gets. */
export function lessOptions(askedMs: number): Option[] {
  return STEPS_MS.filter((ms) => ms < askedMs).map(durationOption);
}

/** Approve, for a shorter time than asked. */
export function approveLessForm(askedMs: number): Form {
  const options = lessOptions(askedMs);
  return {
    title: 'Approve for less',
    intro: line(`Asked for: ${durationWords(askedMs)}. Choose how long you allow.`),
    fields: [choice(INPUT.duration, 'For', options, options.at(-1)?.value)],
    submitLabel: 'Approve',
  };
}

/** Deny, with the reason the requester will read. */
export function denyForm(request: Pick<AccessRequest, 'requesterName'>): Form {
  return {
    title: 'Deny',
    intro: line(`${nameWords(request.requesterName)} will read your reason.`),
    fields: [textField(INPUT.reason, 'Reason', { required: 'yes', multiline: 'yes' })],
    submitLabel: 'Deny',
  };
}

/** Why access is taken away, for those in a hurry: value → words. */
const WHY: Readonly<Record<string, string>> = {
  done: 'No longer needed',
  wrong: 'Should not have been given',
  security: 'Security concern',
  other: 'Another reason',
};

/** The reason out of a filled-in {@link revokeForm}. */
export function revokeReason({
  why,
  details,
}: {
  why?: string | undefined;
  details?: string | undefined;
}): string {
  const chosen = why !== undefined && Object.hasOwn(WHY, why) ? WHY[why] : undefined;
  return [why === 'other' && details !== undefined ? undefined : chosen, details].filter(Boolean).join(': ');
}

/** Take running access away. */
export function revokeForm(personName: string): Form {
  return {
    title: 'Revoke access',
    intro: line(`${nameWords(personName)} loses this access within a minute, and will read your reason.`),
    fields: [
      choice(
        INPUT.why,
        'Reason',
        Object.entries(WHY).map(([value, label]) => ({ label, value })),
        'done',
      ),
      // A choice always comes back; a text that is left empty may not.
      textField(INPUT.reason, 'In your words (if you like)', { required: 'no', multiline: 'yes' }),
    ],
    submitLabel: 'Revoke',
  };
}

/** Ask for more time, at most `mostMs`. */
export function extendForm(mostMs: number): Form {
  const options = durationOptions(Math.max(mostMs, MINUTE_MS));
  const hour = formatDuration(HOUR_MS);
  const initial = options.some(({ value }) => value === hour) ? hour : options.at(-1)?.value;
  return {
    title: 'Ask for more time',
    intro: line('The same people decide again. Until they do, the end stays where it is.'),
    fields: [choice(INPUT.duration, 'How much more', options, initial)],
    submitLabel: 'Ask',
  };
}

/** Ask for access, limited to what this person may ask for. */
export function askForm(offers: readonly Offer[]): Form {
  const customers = unique(offers.map(({ customer }) => customer.slug));
  const roles = unique(offers.map(({ role }) => role.name));
  const most = Math.max(...offers.map(({ maxMs }) => maxMs));
  const durations = [{ label: "The role's usual time", value: USUAL }, ...durationOptions(most)];
  return {
    title: 'Ask for access',
    intro: line('Your request goes to the people who decide for this customer.'),
    fields: [
      choiceOrText(
        INPUT.customer,
        'Customer',
        customers.map((slug) => customerOption(offers, slug)),
      ),
      choiceOrText(
        INPUT.role,
        'Role',
        roles.map((name) => roleOption(offers, name)),
      ),
      choice(INPUT.duration, 'For how long', durations, USUAL),
      scopeField(offers),
      textField(INPUT.ticket, 'Ticket (if there is one)', { required: 'no', multiline: 'no', maxLength: 64 }),
      textField(INPUT.reason, 'Reason', { required: 'yes', multiline: 'yes' }),
    ],
    submitLabel: 'Ask',
  };
}

function customerOption(offers: readonly Offer[], slug: string): Option {
  const offer = offers.find(({ customer }) => customer.slug === slug);
  return { label: clip(`${nameWords(offer?.customer.name ?? slug)} (${slug})`), value: slug };
}

function roleOption(offers: readonly Offer[], name: string): Option {
  const most = Math.max(...offers.filter(({ role }) => role.name === name).map(({ maxMs }) => maxMs));
  return { label: clip(`${name}, up to ${durationWords(most)}`), value: name };
}

function scopeField(offers: readonly Offer[]): Field {
  const byScope = new Map<string, Set<string>>();
  for (const { customer } of offers) {
    for (const scope of customer.scopes.keys()) {
      if (scope === 'default') continue;
      byScope.set(scope, (byScope.get(scope) ?? new Set()).add(customer.slug));
    }
  }
  const several = unique(offers.map(({ customer }) => customer.slug)).length > 1;
  const named = [...byScope].map(([scope, slugs]) => ({
    label: clip(several ? `${scope} (${[...slugs].join(', ')})` : scope),
    value: scope,
  }));
  if (named.length >= MAX_OPTIONS)
    return textField(INPUT.scope, 'Scope', { required: 'no', multiline: 'no' });
  return choice(
    INPUT.scope,
    'Scope',
    [{ label: "The customer's usual scope", value: USUAL }, ...named],
    USUAL,
  );
}

function choiceOrText(id: string, label: string, options: readonly Option[]): Field {
  if (options.length > MAX_OPTIONS)
    return textField(id, label, { required: 'yes', multiline: 'no', maxLength: 64 });
  return choice(id, label, options, options.length === 1 ? options[0]?.value : undefined);
}

function choice(id: string, label: string, options: readonly Option[], initial?: string): Field {
  return { kind: 'choice', id, label, options, ...(initial !== undefined && { initial }) };
}

function textField(
  id: string,
  label: string,
  shape: { required: 'yes' | 'no'; multiline: 'yes' | 'no'; maxLength?: number },
): Field {
  return { kind: 'text', id, label, maxLength: MAX_FREE_TEXT, ...shape };
}

function unique(names: readonly string[]): string[] {
  return [...new Set(names)];
}

/** Slack's options hold 75 characters. */
function clip(label: string): string {
  const characters = [...label];
  return characters.length <= 75 ? label : `${characters.slice(0, 74).join('')}…`;
}
