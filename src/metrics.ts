import type { AddressInfo } from 'node:net';
import { createServer } from 'node:http';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Commit, Log, Store } from './access/ports.ts';
import type { Answer } from './chat/card.ts';

/** What is looked up at each scrape. */
export interface Sight {
  /** Per class of the due index, ms and jobs. */
  headAgeMs(): Promise<Readonly<Record<string, number>>>;
  waiting(): Promise<Readonly<Record<string, number>>>;
  stuck(): Promise<number>;
  openGrants(): Promise<number>;
  clockSpreadMs(): number;
  clockInDoubt(): boolean;
}

/** The figures of this process, for Prometheus. */
export interface Metrics {
  /** The store, counting what goes through it. */
  watchStore(store: Store): Store;
  /** The door of the chats, counting what it answers. */
  watchAnswer(answer: Answer): Answer;
  /** Everything in Prometheus' text format. What Redis cannot tell now is left out, and `latchkey_redis_up` is 0. */
  read(): Promise<string>;
  contentType: string;
}

const LATENESS_MS = [5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000, 60_000, 300_000];
const WORKING_MS = [100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000, 60_000, 300_000, 600_000];

/** Makes the figures; `sight` is looked at whenever they are read. */
export function createMetrics(sight: Sight): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const refresh = createGauges(registry, sight);
  const counted = createCounts(registry);
  return {
    watchStore: (store) => ({
      ...store,
      commit: async (commit) => {
        await store.commit(commit);
        counted.commit(commit);
      },
    }),
    watchAnswer: (answer) => async (incoming) => {
      const reply = await answer(incoming);
      counted.answers.inc({ platform: incoming.actor.platform, kind: incoming.kind, reply: reply.kind });
      return reply;
    },
    read: async () => {
      await refresh();
      return registry.metrics();
    },
    contentType: registry.contentType,
  };
}

function createGauges(registry: Registry, sight: Sight): () => Promise<void> {
  const gauge = (name: string, help: string): Gauge =>
    new Gauge({ name: `latchkey_${name}`, help, registers: [registry] });
  const perClass = (name: string, help: string): Gauge<'class'> =>
    new Gauge({ name: `latchkey_${name}`, help, labelNames: ['class'], registers: [registry] });
  const redisUp = gauge('redis_up', '1 while Redis answers');
  const headAge = perClass('due_head_age_ms', 'How late the most overdue job of a class is');
  const waiting = perClass('due_waiting', 'Jobs that are due and not being worked on');
  const stuck = gauge('stuck_grants', 'Grants that cannot be taken away for now');
  const open = gauge('open_grants', 'Grants that have not ended, at the customers of the policy');
  const spread = gauge('clock_spread_ms', 'How far the clocks of Redis, this host and Azure are apart');
  const doubt = gauge('clock_in_doubt', '1 while the clocks are too far apart to grant');
  return async () => {
    spread.set(sight.clockSpreadMs());
    doubt.set(sight.clockInDoubt() ? 1 : 0);
    try {
      const [ages, counts, stuckNow, openNow] = await Promise.all([
        sight.headAgeMs(),
        sight.waiting(),
        sight.stuck(),
        sight.openGrants(),
      ]);
      for (const [name, ms] of Object.entries(ages)) headAge.set({ class: name }, ms);
      for (const [name, jobs] of Object.entries(counts)) waiting.set({ class: name }, jobs);
      stuck.set(stuckNow);
      open.set(openNow);
      redisUp.set(1);
    } catch {
      // What was true before would be taken for what is true now.
      for (const each of [headAge, waiting]) each.reset();
      for (const each of [stuck, open]) each.set(Number.NaN);
      redisUp.set(0);
    }
  };
}

interface Counts {
  commit(commit: Commit): void;
  answers: Counter<'platform' | 'kind' | 'reply'>;
}

function createCounts(registry: Registry): Counts {
  const registers = [registry];
  const lateness = new Histogram({
    name: 'latchkey_end_lateness_ms',
    help: 'From the end of a grant to verified gone',
    buckets: LATENESS_MS,
    registers,
  });
  const working = new Histogram({
    name: 'latchkey_decided_to_working_ms',
    help: 'From the last approval to access read back in Azure',
    buckets: WORKING_MS,
    registers,
  });
  const failures = new Counter({
    name: 'latchkey_azure_failures_total',
    help: 'Failed tries to make or take away access, by what was in the way',
    labelNames: ['kind'],
    registers,
  });
  const answers = new Counter({
    name: 'latchkey_chat_answers_total',
    help: 'What people were answered',
    labelNames: ['platform', 'kind', 'reply'],
    registers,
  });
  const commit = ({ grant, entries, jobs }: Commit): void => {
    if (!grant) return;
    const events = new Set(entries.map(({ event }) => event));
    const late = entries.find(({ event }) => event === 'grant.ended')?.facts?.lateMs;
    if (typeof late === 'number') lateness.observe(late);
    if (events.has('assignment.made') && grant.activeAt !== undefined) {
      working.observe(Math.max(0, grant.activeAt - grant.startAt));
    }
    // A failed try is stored with its next try, and nothing else has happened.
    const isFailure = events.has('grant.stuck') || (entries.length === 0 && grant.lastError !== undefined);
    if (isFailure && jobs !== undefined) failures.inc({ kind: grant.obstacle ?? 'other' });
  };
  return { commit, answers };
}

/** Where the figures can be read. */
export interface MetricsServer {
  port: number;
  stop(): Promise<void>;
}

/** Serves `GET /metrics` on a port of its own, so that it never stands where the chats' doors do. */
export async function startMetricsServer(
  at: { port: number; host: string },
  { metrics, log }: { metrics: Pick<Metrics, 'read' | 'contentType'>; log: Log },
): Promise<MetricsServer> {
  const server = createServer({ requestTimeout: 5_000, headersTimeout: 5_000 }, (request, response) => {
    if (request.method !== 'GET' || request.url?.split('?')[0] !== '/metrics') {
      response.writeHead(404).end();
      return;
    }
    metrics.read().then(
      (text) => response.writeHead(200, { 'content-type': metrics.contentType }).end(text),
      (error: unknown) => {
        log.error('metrics.failed', { error: String(error) });
        response.writeHead(503).end();
      },
    );
  });
  server.maxConnections = 20;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(at.port, at.host, resolve);
  });
  const { port } = server.address() as AddressInfo;
  log.info('metrics.started', { port });
  const stop = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { port, stop };
}
