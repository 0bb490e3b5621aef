import { randomUUID } from 'node:crypto';
import { postHttp } from './post-http.ts';
import { signBody } from './signature.ts';
import type { Envelope, SocketServer } from './socket.ts';
import type { Json } from './state.ts';

/** What is delivered: a slash command, an interaction (buttons, menus, modals, shortcuts) or an event. */
export type DeliveryKind = 'command' | 'interaction' | 'event';

/** Why the person sees an error instead of an answer. */
export type AckProblem =
  /** The app has no such command here, or is not installed in the person's workspace. Nothing was delivered. */
  | 'invalid_command'
  /** The client objected before sending: a required input is empty. Nothing was delivered. */
  | 'invalid_input'
  /** No answer within three seconds. */
  | 'operation_timeout'
  /** The app could not be reached. */
  | 'dispatch_failed'
  /** The app answered with something else than 2xx. */
  | 'http_service_error'
  /** The answer was no valid message or view. */
  | 'invalid_response';

/** The app's acknowledgement. `status` is 0 when there was none; Socket Mode counts as 200. */
export interface Ack {
  status: number;
  body: string;
  /** The body as an object, when it is one. */
  json: Json | undefined;
  headers: Record<string, string>;
  problem?: AckProblem;
  /** Errors under inputs: block id → words. */
  errors?: Record<string, string>;
}

/** A delivery as it was sent, so that it can be sent again. */
export interface Delivery {
  kind: DeliveryKind;
  payload: Json;
  contentType: string;
  raw: string;
  /** Epoch seconds. */
  timestamp: string;
  signature: string;
  envelopeId: string;
  retry: { attempt: number; reason: string } | undefined;
  /** Somebody's act, the same again, or a forgery. */
  origin: 'genuine' | 'repeated' | 'forged';
  at: number;
  ack: Ack | undefined;
}

/** Sends things to the app and remembers them. */
export interface Deliverer {
  /** HTTP mode; undefined disconnects. Open sockets go before it. */
  requestUrl: string | undefined;
  deliver(kind: DeliveryKind, payload: Json): Promise<Ack>;
  /** Signs a payload without sending it. */
  prepare(kind: DeliveryKind, payload: Json, change?: { timestamp?: number; secret?: string }): Delivery;
  /** Sends a delivery exactly as it is. */
  send(delivery: Delivery): Promise<Ack>;
  deliveries: Delivery[];
  /** The newest genuine one of a kind. @throws when there is none. */
  last(kind: DeliveryKind): Delivery;
  /** Whether Socket Mode is on. */
  isSocketMode(): boolean;
  stop(): void;
}

interface DeliverDeps {
  signingSecret: string;
  /** Epoch ms for signatures. */
  now(): number;
  socket: SocketServer;
  ackTimeoutMs: number;
  /** An event was not accepted; the deliverer does not retry by itself. */
  eventFailed(delivery: Delivery): void;
}

/** Makes the deliverer. */
export function createDeliverer(deps: DeliverDeps): Deliverer {
  const deliveries: Delivery[] = [];
  const abort = new AbortController();

  const deliverer: Deliverer = {
    requestUrl: undefined,
    deliveries,
    isSocketMode: () => deps.socket.connections() > 0,
    prepare: (kind, payload, change) => {
      const raw = encode(kind, payload);
      const timestamp = String(change?.timestamp ?? Math.floor(deps.now() / 1000));
      return {
        kind,
        payload,
        contentType: kind === 'event' ? 'application/json' : 'application/x-www-form-urlencoded',
        raw,
        timestamp,
        signature: signBody(change?.secret ?? deps.signingSecret, timestamp, raw),
        envelopeId: randomUUID(),
        retry: undefined,
        origin: 'genuine',
        at: deps.now(),
        ack: undefined,
      };
    },
    deliver: async (kind, payload) => {
      const delivery = deliverer.prepare(kind, payload);
      const ack = await deliverer.send(delivery);
      if (kind === 'event' && ack.problem) deps.eventFailed(delivery);
      return ack;
    },
    send: async (delivery) => {
      deliveries.push(delivery);
      delivery.ack = deliverer.isSocketMode()
        ? await sendOverSocket(deps, delivery)
        : await sendOverHttp({ ...deps, requestUrl: deliverer.requestUrl, signal: abort.signal }, delivery);
      return delivery.ack;
    },
    last: (kind) => {
      const found = deliveries.findLast((one) => one.kind === kind && one.origin === 'genuine');
      if (!found) throw new Error(`sandbox slack: no ${kind} has been delivered yet`);
      return found;
    },
    stop: () => abort.abort(),
  };
  return deliverer;
}

function encode(kind: DeliveryKind, payload: Json): string {
  if (kind === 'event') return JSON.stringify(payload);
  if (kind === 'interaction') return new URLSearchParams({ payload: JSON.stringify(payload) }).toString();
  return new URLSearchParams(payload as Record<string, string>).toString();
}

async function sendOverHttp(
  deps: { requestUrl: string | undefined; ackTimeoutMs: number; signal: AbortSignal },
  delivery: Delivery,
): Promise<Ack> {
  if (!deps.requestUrl) return failed('dispatch_failed');
  const answer = await postHttp(deps.requestUrl, {
    headers: {
      'user-agent': 'Slackbot 1.0 (+https://api.slack.com/robots)',
      accept: '*/*',
      'content-type': delivery.contentType,
      'x-slack-request-timestamp': delivery.timestamp,
      ...(delivery.signature && { 'x-slack-signature': delivery.signature }),
      ...(delivery.retry && {
        'x-slack-retry-num': String(delivery.retry.attempt),
        'x-slack-retry-reason': delivery.retry.reason,
      }),
    },
    body: delivery.raw,
    timeoutMs: deps.ackTimeoutMs,
    signal: deps.signal,
  });
  if (answer === 'timedOut') return failed('operation_timeout');
  if (answer === 'unreachable') return failed('dispatch_failed');
  const isAccepted = answer.status >= 200 && answer.status < 300;
  return {
    ...answer,
    json: parseObject(answer.body),
    ...(!isAccepted && { problem: 'http_service_error' as const }),
  };
}

const ENVELOPE_TYPE = { command: 'slash_commands', interaction: 'interactive', event: 'events_api' } as const;

async function sendOverSocket(deps: DeliverDeps, delivery: Delivery): Promise<Ack> {
  const envelope: Envelope = {
    envelope_id: delivery.envelopeId,
    type: ENVELOPE_TYPE[delivery.kind],
    accepts_response_payload: delivery.kind !== 'event',
    ...(delivery.kind === 'event' && {
      retry_attempt: delivery.retry?.attempt ?? 0,
      retry_reason: delivery.retry?.reason ?? '',
    }),
    payload: delivery.payload,
  };
  const outcome = await deps.socket.send(envelope, deps.ackTimeoutMs);
  if (outcome.kind === 'timedOut') return failed('operation_timeout');
  if (outcome.kind === 'unreachable') return failed('dispatch_failed');
  const isEmpty = Object.keys(outcome.payload).length === 0;
  return {
    status: 200,
    body: isEmpty ? '' : JSON.stringify(outcome.payload),
    json: isEmpty ? undefined : outcome.payload,
    headers: {},
  };
}

/** An acknowledgement that never came. */
export function failed(problem: AckProblem, errors?: Record<string, string>): Ack {
  return { status: 0, body: '', json: undefined, headers: {}, problem, ...(errors && { errors }) };
}

function parseObject(body: string): Json | undefined {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : undefined;
  } catch {
    return undefined;
  }
}
