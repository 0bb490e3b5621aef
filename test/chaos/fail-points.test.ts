import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Commit } from '../../src/access/ports.ts';
import { readConfig } from '../../src/config.ts';
import { FAIL_POINTS, RECORDED_EVENTS, withFailPoints } from '../../src/fail-points.ts';
import type { FailingPorts } from '../../src/fail-points.ts';
import { createDice } from './dice.ts';
import { killAtEach, TOLD_POINTS } from './points.ts';

/** Each run takes others; `npm run chaos -- --points` takes them all. */
const KILLS = 3;
const seed = Date.now() % 1_000_000;

const GOOD = {
  LINK_SECRET: 'kZ0vQ1mN8sT4wY7bC2eR5uX9aD3fG6hJ',
  AZURE_CLIENT_ID: '3f2c9b7e-1d2c-4b3a-9f10-00000000a9b1',
  AZURE_TENANT_ID: '5c1a0f0e-7a11-4c0d-8e11-0000000c0de1',
  AZURE_CLIENT_SECRET: 'kJ8~azure-client-value',
  SLACK_BOT_TOKEN: 'xoxb-1234567890-abcdefghij',
  SLACK_SIGNING_SECRET: '8f742231b10e8888abcd99yyyzzz85a5',
  REDIS_URL: 'redis://127.0.0.1:6379',
};

describe('withFailPoints', () => {
  it('passes a point before and after each change, and none when something is read', async () => {
    const passed: string[] = [];
    const change = async (): Promise<void> => void passed.push('change');
    const read = async (): Promise<boolean> => true;
    const ports = withFailPoints(
      {
        store: { commit: change, findGrant: async () => undefined },
        guests: { remove: change, exists: read },
        entitlements: { unassign: change, exists: read },
      } as unknown as FailingPorts,
      async (point) => void passed.push(point),
    );
    const entries = [{ at: 1, event: 'grant.leaving', customerSlug: 'contoso', subjectId: 'AR-7K3M9PQX' }];
    await ports.store.findGrant('AR-7K3M9PQX');
    await ports.store.commit({ entries } satisfies Commit);
    await ports.store.commit({ entries: [] });
    await ports.guests.remove({ tenantId: 't', objectId: 'o' });
    await ports.guests.exists({ tenantId: 't', objectId: 'o' });
    expect(passed).toEqual([
      'before commit grant.leaving',
      'change',
      'after commit grant.leaving',
      'before commit quiet',
      'change',
      'after commit quiet',
      'before guest.remove',
      'change',
      'after guest.remove',
    ]);
  });
});

describe('FAIL_POINTS', () => {
  it('knows every event that a record is written with', () => {
    const room = resolve(import.meta.dirname, '../../src/access');
    const texts = readdirSync(room).map((name) => readFileSync(join(room, name), 'utf8'));
    const written = texts.flatMap((text) =>
      [...text.matchAll(/(?:\bentry\(\s*|\{ name: )'((?:request|grant|guest|assignment)\.[\w.]+)'/g)].map(
        ([, event = '']) => event,
      ),
    );
    expect([...new Set(written)].sort()).toEqual([...RECORDED_EVENTS].sort());
  });
});

describe('LATCHKEY_FAIL_POINT', () => {
  const point = 'after guest.invite';

  it('is off unless it is set', () => {
    expect(readConfig(GOOD)).not.toHaveProperty('failPoint');
    expect(readConfig({ ...GOOD, LATCHKEY_FAIL_POINT: point }).failPoint).toBe(point);
  });

  it('is refused where people can reach the app, and when it is none', () => {
    const open = { ...GOOD, PUBLIC_URL: 'https://latchkey.example.com', LATCHKEY_FAIL_POINT: point };
    expect(() => readConfig(open)).toThrow('is for tests');
    expect(() => readConfig({ ...GOOD, LATCHKEY_FAIL_POINT: 'during lunch' })).toThrow('is not a fail point');
  });
});

describe('a process that is killed', () => {
  const dice = createDice(seed);
  const left = [...TOLD_POINTS];
  const points = Array.from({ length: KILLS }, () =>
    left.splice(Math.floor(dice.roll() * left.length), 1),
  ).flat();

  it(`agrees with Azure within 30 s of its death at: ${points.join(', ')} (seed ${seed})`, async () => {
    const told = await killAtEach(points, { grounds: KILLS });
    expect(told.flatMap(({ point, problems }) => problems.map((problem) => `${point}: ${problem}`))).toEqual(
      [],
    );
    expect(told).toHaveLength(KILLS);
    for (const { recoveredInMs } of told) expect(recoveredInMs).toBeLessThan(30_000);
  }, 90_000);

  it('has a story for each point but those that need a minute or a customer', () => {
    expect(FAIL_POINTS.filter((point) => !TOLD_POINTS.includes(point))).toEqual([
      'before commit request.timedOut',
      'after commit request.timedOut',
      'before commit grant.stuck',
      'after commit grant.stuck',
      'before commit grant.retry.asked',
      'after commit grant.retry.asked',
      'before commit guest.late',
      'after commit guest.late',
    ]);
  });
});
