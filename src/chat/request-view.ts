import type { AccessRequest } from '../access/access-request.ts';
import type { Grant } from '../access/grant.ts';
import type { Button, Card, Fact, Line, Tone } from './card.ts';
import type { CardContext } from './request-facts.ts';

/** Who reads the card: approvers in their channel, the requester in private, or somebody who looks it up. */
export type Audience = 'approvers' | 'requester' | 'reader';

/** What a request's card is drawn from. `grant`: what came of it, or the one it extends. */
export interface RequestCardInput extends CardContext {
  request: AccessRequest;
  grant?: Grant | undefined;
  audience: Audience;
}

/** The parts of a card that differ from state to state. */
export interface View {
  tone: Tone;
  status: Line;
  facts?: readonly Fact[];
  notes?: readonly Line[];
  quote?: Card['quote'];
  buttons?: readonly Button[];
}
