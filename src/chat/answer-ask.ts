import type { AccessAsk } from '../access/access.ts';
import { Refused } from '../access/errors.ts';
import type { Turn } from './answer-deps.ts';
import { contextOf } from './answer-deps.ts';
import type { Inputs } from './ask-form.ts';
import { readAskForm } from './ask-form.ts';
import type { Card, Reply } from './card.ts';
import { askForm, INPUT } from './forms.ts';
import { line } from './parts.ts';
import type { RequestCardInput } from './request-view.ts';
import { requestCard } from './request-card.ts';

/** The form for asking, with only what this person may ask for. */
export async function openAskForm({ deps, person }: Turn): Promise<Reply> {
  const offers = await deps.access.offers({ person });
  if (offers.length === 0) {
    return {
      kind: 'text',
      text: 'No rule lets you ask for anything. Nothing was asked. If that is wrong, tell your Latchkey operators.',
    };
  }
  const ref = deps.seal.seal({ kind: 'offer', id: 'any', version: 0 });
  return { kind: 'form', form: askForm(offers), verb: 'ask', ref };
}

/** A filled-in form for asking. Errors that belong to a field go there. */
export async function answerAsk(turn: Turn, inputs: Inputs): Promise<Reply> {
  const filledIn = readAskForm(inputs);
  if (filledIn.kind === 'errors') {
    const text = `Nothing was asked. ${Object.values(filledIn.errors).join(' ')}`;
    return { kind: 'fieldErrors', errors: filledIn.errors, text };
  }
  try {
    return await askFor(turn, filledIn.ask);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    const now = turn.deps.clock.now();
    const { text, field } = turn.replies(error, { doing: 'ask', now });
    const at = isAboutScope(turn, error, filledIn.ask) ? INPUT.scope : field;
    return at === undefined ? { kind: 'text', text } : { kind: 'fieldErrors', errors: { [at]: text }, text };
  }
}

/** True when the names offered instead are scopes of the customer that was asked for. */
function isAboutScope(
  { deps }: Turn,
  { code, facts }: Refused,
  ask: Pick<AccessAsk, 'customerSlug'>,
): boolean {
  const near = String(facts.near ?? '')
    .split(', ')
    .filter(Boolean);
  const scopes = deps.policySource.current().customers.get(ask.customerSlug)?.scopes;
  return code === 'noRule' && near.length > 0 && near.every((name) => scopes?.has(name));
}

/** Asks, and answers with the request as it now stands. */
export async function askFor(turn: Turn, ask: Omit<AccessAsk, 'requester' | 'replyTo'>): Promise<Reply> {
  const { deps, person, replyTo } = turn;
  const request = await deps.access.request({ ...ask, requester: person, replyTo });
  return { kind: 'card', card: askedCard({ ...contextOf(deps), request, audience: 'requester' }) };
}

/** The requester's own card of what was just asked. */
export function askedCard(input: RequestCardInput): Card {
  const card = requestCard(input);
  if (input.request.state !== 'pending') return card;
  const next = line(
    'The people who decide have it in front of them. You will hear here as soon as they have.',
  );
  return { ...card, notes: [...card.notes, next] };
}
