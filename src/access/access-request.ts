import type { Decision } from './decision.ts';
import type { Entitlement } from './entitlement.ts';
import type { Person } from './person.ts';
import type { Place } from './place.ts';
import type { Side } from './policy.ts';

/** `pending` is the only state that can change. `timedOut`: nobody answered. */
export type RequestState = 'pending' | 'approved' | 'denied' | 'cancelled' | 'timedOut';

/** A stage as it stood in the policy when the request was posted. Ms. */
export interface RequestStage {
  side: Side;
  from: string;
  count: number;
  withinMs: number;
  /** Where this stage's card is shown. */
  places: readonly Place[];
}

/** The asking. What it asks for never changes; state, stage, decisions and revision do. Instants are epoch ms, UTC. */
export interface AccessRequest {
  /** `AR-` and eight characters, e.g. `AR-7K3M9PQX`. A grant that comes of it has the same id. */
  id: string;
  /** Version of what was asked; a decision names the version it saw. */
  version: number;
  /** Counts every stored change; a write names the revision it read. */
  revision: number;
  state: RequestState;
  requester: Person;
  requesterName: string;
  customerSlug: string;
  customerName: string;
  roleName: string;
  scopeName: string;
  entitlement: Entitlement;
  durationMs: number;
  justification: string;
  ticket?: string;
  /** Set when this asks for more time on a running grant. */
  extendsGrantId?: string;
  ruleName: string;
  policyDigest: string;
  stages: readonly RequestStage[];
  /** Index of the open stage; equals `stages.length` once all are done. */
  stage: number;
  /** The furthest stage that was ever open, when an earlier one had to be opened again. */
  furthestStage?: number;
  decisions: readonly Decision[];
  /** SHA-256 (hex) over what is asked, see `digest.ts`. */
  digest: string;
  /** The requester's private chat with us, where answers go. */
  replyTo: Place;
  askedAt: number;
  /** When the open stage times out. */
  stageEndsAt: number;
  /** When it stopped being pending. */
  closedAt?: number;
  /** Who closed it (denied, cancelled), looked up by id. */
  closedByName?: string;
  closedReason?: string;
}

/** Which states may follow which. Final states have none. */
export const REQUEST_TRANSITIONS: Readonly<Record<RequestState, readonly RequestState[]>> = {
  pending: ['approved', 'denied', 'cancelled', 'timedOut'],
  approved: [],
  denied: [],
  cancelled: [],
  timedOut: [],
};

/** True when a request may go from one state to the other. */
export function canRequestMove(from: RequestState, to: RequestState): boolean {
  return REQUEST_TRANSITIONS[from].includes(to);
}

/** Every place that shows a card of this request so far: the stages opened up to now, each place once. */
export function cardPlaces(request: AccessRequest): Place[] {
  const seen = new Map<string, Place>();
  const furthest = Math.max(request.stage, request.furthestStage ?? 0);
  for (const stage of request.stages.slice(0, furthest + 1)) {
    for (const place of stage.places) seen.set(JSON.stringify(place), place);
  }
  return [...seen.values()];
}

/** What makes two pending requests identical: the person, the entitlement, and the grant it would extend. */
export function fingerprint(
  request: Pick<AccessRequest, 'requester' | 'entitlement' | 'extendsGrantId'>,
): string {
  const { requester, entitlement, extendsGrantId } = request;
  return [
    requester.tenantId,
    requester.objectId,
    entitlement.kind,
    entitlement.tenantId,
    entitlement.roleDefinitionId,
    entitlement.scope,
    extendsGrantId ?? '',
  ]
    .join('|')
    .toLowerCase();
}
