import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Misconfigured } from '../../src/access/errors.ts';
import { PolicyInvalid } from '../../src/policy/policy-problem.ts';
import type { LivePolicy } from '../../src/policy/policy-source.ts';
import { createPolicySource } from '../../src/policy/policy-source.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const GOOD = readFileSync(new URL('../../policy.example.yaml', import.meta.url), 'utf8');
const BETTER = GOOD.replace('max: 8h', 'max: 6h');
const BAD = GOOD.replace('max: 8h', 'max: 80h');

interface World {
  text: string | Error;
  modifiedAt: number;
  reads: number;
  said: string[];
  facts: unknown[];
}

function worldWith(text: string | Error): World {
  return { text, modifiedAt: 1, reads: 0, said: [], facts: [] };
}

function write(world: World, text: string | Error): void {
  world.text = text;
  world.modifiedAt += 1;
}

function open(world: World): Promise<LivePolicy> {
  const say = (level: string) => (event: string, facts?: unknown) => {
    world.said.push(`${level} ${event}`);
    world.facts.push(facts);
  };
  return createPolicySource({
    path: '/etc/latchkey/policy.yaml',
    readFile: async (path) => {
      expect(path).toBe('/etc/latchkey/policy.yaml');
      world.reads += 1;
      if (world.text instanceof Error) throw world.text;
      return world.text;
    },
    modifiedAt: async () => {
      if (world.text instanceof Error) throw world.text;
      return world.modifiedAt;
    },
    sha256,
    log: { info: say('info'), warn: say('warn'), error: say('error') },
  });
}

const readerMax = (source: LivePolicy) => source.current().roles.get('reader')?.maxMs;
const HOUR = 3_600_000;

describe('createPolicySource', () => {
  it('does not start with a policy that is invalid or unreadable', async () => {
    await expect(open(worldWith(BAD))).rejects.toThrow(PolicyInvalid);
    const missing = open(worldWith(new Error('ENOENT')));
    await expect(missing).rejects.toThrow(Misconfigured);
    await expect(missing).rejects.toThrow('/etc/latchkey/policy.yaml cannot be read: ENOENT');
  });

  it('replaces the policy when the file changes', async () => {
    const world = worldWith(GOOD);
    const source = await open(world);
    expect(await source.reload()).toBe('unchanged');
    write(world, BETTER);
    expect(await source.reload()).toBe('replaced');
    expect(readerMax(source)).toBe(6 * HOUR);
    expect(source.current().digest).toBe(sha256(BETTER));
    expect(world.said).toEqual(['info policy.replaced']);
  });

  it('reads a file that has not changed once only', async () => {
    const world = worldWith(GOOD);
    const source = await open(world);
    await source.reload();
    await source.reload();
    expect(world.reads).toBe(1);
  });

  it.each([
    ['invalid', BAD],
    ['empty', ''],
    ['half written', GOOD.slice(0, GOOD.length / 2)],
    ['gone', new Error('ENOENT')],
  ])(
    'keeps the last good policy while the file is %s, raises an alarm once, and comes back',
    async (_, bad) => {
      const world = worldWith(GOOD);
      const source = await open(world);
      write(world, BETTER);
      await source.reload();
      const before = source.current();
      write(world, bad);
      expect(await source.reload()).toBe('refused');
      expect(await source.reload()).toBe('refused');
      expect(source.current()).toBe(before);
      expect(before.digest).toBe(sha256(BETTER));
      expect(world.said.slice(1)).toEqual(['error policy.refused']);
      expect(world.facts[1]).toMatchObject({ alarm: 'policy', inForce: sha256(BETTER) });
      write(world, GOOD);
      expect(await source.reload()).toBe('replaced');
      expect(readerMax(source)).toBe(8 * HOUR);
      expect(world.said.slice(2)).toEqual(['info policy.readable', 'info policy.replaced']);
    },
  );

  it('sees a change by itself while it watches', async () => {
    const world = worldWith(GOOD);
    const source = await open(world);
    source.watch(1);
    write(world, BETTER);
    const deadline = Date.now() + 5_000;
    while (readerMax(source) !== 6 * HOUR && Date.now() < deadline) await new Promise(setImmediate);
    expect(readerMax(source)).toBe(6 * HOUR);
    source.stop();
  });

  it('says warnings of the file without refusing it', async () => {
    const world = worldWith(GOOD.replace('roles: [reader]\n', "roles: ['*']\n"));
    await open(world);
    expect(world.said).toEqual(['warn policy.warning']);
  });
});
