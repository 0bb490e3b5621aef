import type { Ack, Deliverer, Delivery, DeliveryKind } from './deliver.ts';
import type { Json, SlackState } from './state.ts';

/** How the last delivery comes again. */
export type Redelivery =
  /** Byte for byte, old signature and timestamp: a replay. In Socket Mode: the same envelope. */
  | { how: 'replay' }
  /** The same body with a fresh timestamp and signature. */
  | { how: 'resign' }
  /** As Slack repeats an event: fresh signature and `X-Slack-Retry-Num`. */
  | { how: 'retry'; attempt: 1 | 2 | 3; reason?: string };

/** What is wrong with a forged delivery; everything else is right. */
export type Tampering =
  | { how: 'badSignature' }
  | { how: 'noSignature' }
  | { how: 'wrongSecret' }
  /** The body says something else than what was signed. */
  | { how: 'alteredBody'; edit(payload: Json): Json }
  /** Signed with a timestamp that many seconds away; positive is the future. Correctly signed. */
  | { how: 'timestamp'; offsetSeconds: number }
  /** Correctly signed, but from a workspace without the app. Default `T0FOREIGN01`. */
  | { how: 'foreignTeam'; teamId?: string }
  /** Correctly signed, payload edited: what a Slack with other facts would have sent. */
  | { how: 'edited'; edit(payload: Json): Json };

/** Sends the newest delivery of a kind again. What the app answers is returned and shown to nobody. */
export async function redeliver(
  deliverer: Deliverer,
  kind: DeliveryKind,
  redelivery: Redelivery,
): Promise<Ack> {
  const last = deliverer.last(kind);
  if (redelivery.how === 'replay') return deliverer.send({ ...last, origin: 'repeated', ack: undefined });
  const fresh: Delivery = {
    ...deliverer.prepare(kind, last.payload),
    origin: 'repeated',
    envelopeId: last.envelopeId,
  };
  if (redelivery.how === 'resign') return deliverer.send(fresh);
  const retry = { attempt: redelivery.attempt, reason: redelivery.reason ?? 'http_timeout' };
  return deliverer.send({ ...fresh, retry });
}

/**
 * Forges the newest delivery of a kind.
 *
 * @throws in Socket Mode for what concerns signatures: there are none.
 */
export async function tamper(
  deps: { deliverer: Deliverer; state: SlackState },
  kind: DeliveryKind,
  tampering: Tampering,
): Promise<Ack> {
  const { deliverer } = deps;
  const { payload } = deliverer.last(kind);
  const isSigned = tampering.how !== 'foreignTeam' && tampering.how !== 'edited';
  if (isSigned && deliverer.isSocketMode()) {
    throw new Error('sandbox slack: nothing is signed in Socket Mode; disconnect it first');
  }
  const forged = forge(deliverer, { kind, payload: structuredClone(payload) }, tampering);
  return deliverer.send({ ...forged, origin: 'forged' });
}

function forge(
  deliverer: Deliverer,
  original: { kind: DeliveryKind; payload: Json },
  tampering: Tampering,
): Delivery {
  const { kind, payload } = original;
  const right = (): Delivery => deliverer.prepare(kind, payload);
  switch (tampering.how) {
    case 'badSignature':
      return { ...right(), signature: `v0=${'0'.repeat(64)}` };
    case 'noSignature':
      return { ...right(), signature: '' };
    case 'wrongSecret':
      return deliverer.prepare(kind, payload, { secret: 'not-the-signing-secret' });
    case 'alteredBody': {
      const signed = right();
      return { ...deliverer.prepare(kind, tampering.edit(payload)), signature: signed.signature };
    }
    case 'timestamp': {
      const timestamp = Number(right().timestamp) + tampering.offsetSeconds;
      return deliverer.prepare(kind, payload, { timestamp });
    }
    case 'foreignTeam':
      return deliverer.prepare(kind, asForeign(payload, tampering.teamId ?? 'T0FOREIGN01'));
    case 'edited':
      return deliverer.prepare(kind, tampering.edit(payload));
  }
}

/** Every id that names the installation or the actor's home becomes the foreign workspace. */
function asForeign(payload: Json, teamId: string): Json {
  const fields = ['team_id', 'context_team_id', 'app_installed_team_id', 'user_team', 'source_team', 'team'];
  const change = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(change);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, child]) => {
        if (fields.includes(key) && typeof child === 'string') return [key, teamId];
        if (key === 'team' && typeof child === 'object')
          return [key, { ...child, id: teamId, domain: 'foreign' }];
        return [key, change(child)];
      }),
    );
  };
  return change(payload) as Json;
}
