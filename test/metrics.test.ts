import { Unavailable } from '../src/access/errors.ts';
import type { Grant } from '../src/access/grant.ts';
import { createMetrics, startMetricsServer } from '../src/metrics.ts';
import type { Sight } from '../src/metrics.ts';
import { createFakeStore } from './support/fake-store.ts';
import { sampleEntry, sampleGrant, START } from './contracts/samples.ts';
import { danaInSlack } from './support/chat-fakes.ts';
import { danasChat } from './support/house.ts';

const ID = 'AR-7K3M9PQX';
const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };

function sightOf(more: Partial<Sight> = {}): Sight {
  return {
    headAgeMs: async () => ({ take: 7, mail: 0 }),
    waiting: async () => ({ take: 2, mail: 0 }),
    stuck: async () => 1,
    openGrants: async () => 12,
    clockSpreadMs: () => 42,
    clockInDoubt: () => false,
    ...more,
  };
}

describe('createMetrics', () => {
  it('shows what is due, open, stuck, and the clocks, beside the figures of the process', async () => {
    const text = await createMetrics(sightOf()).read();
    for (const line of [
      'latchkey_due_head_age_ms{class="take"} 7',
      'latchkey_due_waiting{class="take"} 2',
      'latchkey_stuck_grants 1',
      'latchkey_open_grants 12',
      'latchkey_clock_spread_ms 42',
      'latchkey_clock_in_doubt 0',
      'latchkey_redis_up 1',
    ]) {
      expect(text.split('\n')).toContain(line);
    }
    expect(text).toMatch(/^process_cpu_seconds_total /m);
    expect(text).toMatch(/^nodejs_eventloop_lag_seconds /m);
  });

  it('shows nothing that was true before while Redis is away', async () => {
    let isAway = false;
    const stuck = async (): Promise<number> => {
      if (isAway) throw new Unavailable('Redis is away.', 1_000);
      return 1;
    };
    const metrics = createMetrics(sightOf({ stuck }));
    await metrics.read();
    isAway = true;
    const text = await metrics.read();
    expect(text).toMatch(/^latchkey_redis_up 0$/m);
    expect(text).toMatch(/^latchkey_stuck_grants Nan$/im);
    expect(text).not.toContain('latchkey_due_head_age_ms{');
  });

  it('measures ends and beginnings as they are stored, and counts what was in the way', async () => {
    const metrics = createMetrics(sightOf());
    const store = metrics.watchStore(createFakeStore());
    let revision = 0;
    const save = (more: Partial<Grant>, event?: string, facts: Record<string, number> = {}) =>
      store.commit({
        grant: sampleGrant({ id: ID, revision: ++revision, ...more }),
        jobs: [],
        entries: event === undefined ? [] : [{ ...sampleEntry(ID, event), facts }],
      });
    await save({}, 'grant.approved');
    await save({ state: 'active', activeAt: START + 700 }, 'assignment.made');
    const failed = { state: 'revoking', lastError: 'A lock.', obstacle: 'locked' } as const;
    await save(failed);
    await save({ ...failed, state: 'stuck' }, 'grant.stuck');
    await save({ ...failed, firstDeleteAt: START }, 'assignment.remove.intended');
    await save({ state: 'ended', endedAt: START }, 'grant.ended', { lateMs: 30 });
    const lost = store.commit({ grant: sampleGrant({ id: ID }), entries: [sampleEntry(ID, 'grant.ended')] });
    await expect(lost).rejects.toThrow();
    const lines = (await metrics.read()).split('\n');
    expect(lines).toContain('latchkey_decided_to_working_ms_bucket{le="500"} 0');
    expect(lines).toContain('latchkey_decided_to_working_ms_bucket{le="1000"} 1');
    expect(lines).toContain('latchkey_end_lateness_ms_bucket{le="25"} 0');
    expect(lines).toContain('latchkey_end_lateness_ms_count 1');
    expect(lines).toContain('latchkey_azure_failures_total{kind="locked"} 2');
  });

  it('counts answers by platform and kind', async () => {
    const metrics = createMetrics(sightOf());
    const answer = metrics.watchAnswer(async () => ({ kind: 'text', text: 'no' }));
    const command = { kind: 'command', actor: danaInSlack, place: danasChat, text: 'help' } as const;
    expect(await answer(command)).toEqual({ kind: 'text', text: 'no' });
    expect(await metrics.read()).toContain(
      'latchkey_chat_answers_total{platform="slack",kind="command",reply="text"} 1',
    );
  });
});

describe('startMetricsServer', () => {
  it('answers GET /metrics, and nothing else', async () => {
    const metrics = createMetrics(sightOf());
    const server = await startMetricsServer({ port: 0, host: '127.0.0.1' }, { metrics, log: quiet });
    const at = `http://127.0.0.1:${server.port}`;
    try {
      const answer = await fetch(`${at}/metrics`);
      expect(answer.headers.get('content-type')).toContain('text/plain');
      expect(await answer.text()).toContain('latchkey_open_grants 12');
      for (const path of ['/', '/health', '/slack/events']) expect((await fetch(at + path)).status).toBe(404);
      expect((await fetch(`${at}/metrics`, { method: 'POST' })).status).toBe(404);
    } finally {
      await server.stop();
    }
    await expect(fetch(`${at}/metrics`)).rejects.toThrow();
  });

  it('says 503 when it cannot read, without a word of why', async () => {
    const metrics = { read: () => Promise.reject(new Error('secret')), contentType: 'text/plain' };
    const server = await startMetricsServer({ port: 0, host: '127.0.0.1' }, { metrics, log: quiet });
    const answer = await fetch(`http://127.0.0.1:${server.port}/metrics`);
    expect([answer.status, await answer.text()]).toEqual([503, '']);
    await server.stop();
  });
});
