import type { SandboxClock } from '../clock.ts';
import type { Delivery, Deliverer } from './deliver.ts';

/** Slack repeats an event at once, after a minute, after five. Source: https://docs.slack.dev/apis/events-api#retries */
const DELAYS_MS = [0, 60_000, 300_000];
/** How often the clock is looked at. */
const LOOK_MS = 50;

const REASON = {
  operation_timeout: 'http_timeout',
  dispatch_failed: 'connection_failed',
  http_service_error: 'http_error',
} as Record<string, string>;

/** Repeats events that were not accepted, unless the app answered `X-Slack-No-Retry: 1`. */
export interface EventRetries {
  failed(delivery: Delivery): void;
  /** How many events wait for another try. */
  pending(): number;
  stop(): void;
}

/** Makes the retries; due times are on the sandbox's clock. */
export function createEventRetries(clock: SandboxClock, deliverer: () => Deliverer): EventRetries {
  let queue: Array<{ delivery: Delivery; attempt: number; dueAt: number }> = [];

  const schedule = (delivery: Delivery, attempt: number): void => {
    const delayMs = DELAYS_MS[attempt - 1];
    if (delayMs === undefined || delivery.ack?.headers['x-slack-no-retry'] === '1') return;
    queue.push({ delivery, attempt, dueAt: clock.now() + delayMs });
  };

  const repeat = async ({ delivery, attempt }: { delivery: Delivery; attempt: number }): Promise<void> => {
    const reason = REASON[delivery.ack?.problem ?? ''] ?? 'unknown_error';
    const fresh = deliverer().prepare('event', delivery.payload);
    const again: Delivery = {
      ...fresh,
      origin: 'repeated',
      envelopeId: delivery.envelopeId,
      retry: { attempt, reason },
    };
    const ack = await deliverer().send(again);
    if (ack.problem) schedule(again, attempt + 1);
  };

  const timer = setInterval(() => {
    const now = clock.now();
    const due = queue.filter((entry) => entry.dueAt <= now);
    queue = queue.filter((entry) => entry.dueAt > now);
    for (const entry of due) void repeat(entry);
  }, LOOK_MS);
  timer.unref();

  return {
    failed: (delivery) => schedule(delivery, 1),
    pending: () => queue.length,
    stop: () => {
      clearInterval(timer);
      queue = [];
    },
  };
}
