import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCli } from '../../src/cli.ts';
import { openRecords } from '../../src/operator/open-records.ts';
import type { Records } from '../../src/operator/open-records.ts';
import { startPrivateRedis } from '../../src/redis/private-server.ts';
import { sampleGrant } from '../contracts/samples.ts';
import { createFakeStore } from '../support/fake-store.ts';
import { redisCommand } from '../support/redis.ts';

const ENV = {
  LINK_SECRET: 'kZ0vQ1mN8sT4wY7bC2eR5uX9aD3fG6hJ',
  REDIS_URL: 'redis://redis.internal:6379',
  AZURE_CLIENT_ID: '5f6e7d8c-9b0a-4c1d-8e2f-3a4b5c6d7e8f',
  AZURE_TENANT_ID: '6a1d0c52-3f1b-4f27-9a55-0d6f3f0f9b11',
  AZURE_CLIENT_SECRET: 'kJ8~azure-client-value',
  SLACK_BOT_TOKEN: 'xoxb-1234567890-abcdefgh',
  SLACK_SIGNING_SECRET: '8f742231b10e8888abcd99yyyzzz85a5',
};
const NOW = Date.UTC(2026, 10, 20, 9);
const ID = 'AR-7K3M9PQX';

function setUp() {
  const store = createFakeStore();
  let closed = 0;
  const records: Records = {
    store,
    clock: { now: () => NOW, inDoubt: () => false },
    close: () => void (closed += 1),
  };
  const run = async (...args: string[]) => {
    const said: string[] = [];
    const say = (line: string): void => void said.push(line);
    const code = await runCli(args, {
      env: ENV,
      out: say,
      err: say,
      serve: async () => undefined,
      checksFor: async () => [],
      openRecords: async () => records,
    });
    return { code, said: said.join('\n') };
  };
  const stuck = sampleGrant({
    id: ID,
    state: 'stuck',
    endAt: NOW - 600_000,
    stuckAt: NOW - 540_000,
    nextTryAt: NOW + 120_000,
    lastError: 'A lock.\u202e',
    obstacle: 'locked',
  });
  return { store, run, stuck, closings: () => closed };
}

describe('latchkey stuck', () => {
  it('succeeds while nothing is stuck', async () => {
    const { run, closings } = setUp();
    expect(await run('stuck')).toEqual({ code: 0, said: 'Nothing is stuck.' });
    expect(closings()).toBe(1);
  });

  it('lists what is stuck with reason and remedy, and fails', async () => {
    const { run, store, stuck } = setUp();
    await store.commit({ grant: stuck, entries: [] });
    const { code, said } = await run('stuck');
    expect(code).toBe(1);
    expect(said.split('\n')).toEqual([
      `${ID}  contributor at Contoso Ltd, held by Anna Berg`,
      '  was due 08:50 UTC, stuck since 08:51 UTC, next try in 2 min',
      '  why: A lock.',
      expect.stringContaining('  what to do: Have the customer remove the lock'),
    ]);
  });
});

describe('latchkey stuck retry', () => {
  it('makes the next try due now, of one or of all', async () => {
    const { run, store, stuck, closings } = setUp();
    await store.commit({ grant: stuck, entries: [] });
    for (const args of [[ID.toLowerCase()], []]) {
      expect(await run('stuck', 'retry', ...args)).toEqual({ code: 0, said: `${ID} is tried again now.` });
      expect(store.jobs.get(`grant:${ID}`)?.at).toBe(NOW);
    }
    expect(store.ledger.map(({ event }) => event)).toEqual(['grant.retry.asked', 'grant.retry.asked']);
    expect(closings()).toBe(2);
  });

  it('says what is wrong with an id, and closes the records all the same', async () => {
    const { run, closings } = setUp();
    expect(await run('stuck', 'retry', 'AR-00000000')).toMatchObject({
      code: 1,
      said: 'There is no access AR-00000000.',
    });
    expect((await run('stuck', 'retry', 'contoso')).said).toContain('not a request id');
    expect(closings()).toBe(2);
  });
});

describe('latchkey slo', () => {
  it('says the figures of the period', async () => {
    const { run, store } = setUp();
    const ended = sampleGrant({
      id: ID,
      state: 'ended',
      endAt: NOW - 9_000,
      endedAt: NOW - 8_880,
      askedAt: 1,
    });
    await store.commit({ grant: ended, entries: [] });
    const { code, said } = await run('slo', '1d');
    expect(code).toBe(0);
    expect(said).toContain('1 of 1 taken away (100 %).\n0 stuck now; nothing is overdue.');
    expect(said).toContain('End to verified gone: half within 120 ms');
    expect((await run('slo', '91d')).said).toContain('kept for 90 days');
  });
});

describe('openRecords', () => {
  it('finds the private server that runs on these settings, and says when none does', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'latchkey-records-'));
    const command = redisCommand();
    const redis = { kind: 'private', command, dir } as const;
    await expect(openRecords({ redis })).rejects.toMatchObject({ name: 'Misconfigured' });
    const log = { info: () => undefined, warn: () => undefined };
    const server = await startPrivateRedis({ command, dir, log });
    const records = await openRecords({ redis });
    try {
      expect(Math.abs(records.clock.now() - Date.now())).toBeLessThan(5_000);
      expect(await records.store.stuckGrants()).toEqual([]);
    } finally {
      records.close();
      await server.stop();
      await rm(dir, { recursive: true, force: true });
    }
  });
});
