import { createHash } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { IDS } from '../../sandbox/world/ids.ts';
import type { World } from '../../sandbox/world/world.ts';
import { createWorld } from '../../sandbox/world/world.ts';
import { readConfig } from '../../src/config.ts';
import { runChecks } from '../../src/operator/doctor.ts';
import { checksFor } from '../../src/operator/doctor-checks.ts';
import { readPolicy } from '../../src/policy/read-policy.ts';
import { redisCommand } from '../support/redis.ts';

const folder = mkdtempSync(join(tmpdir(), 'latchkey-doctor-'));
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
let world: World;

beforeAll(async () => void (world = await createWorld()));
afterAll(() => world.stop());

/** Every line the doctor says about the simulated world, with some of its settings changed. */
async function examine(change: Record<string, string> = {}, policyText = world.policy): Promise<string[]> {
  const lines: string[] = [];
  const env = { ...world.environment, LATCHKEY_REDIS_SERVER: redisCommand(), DATA_DIR: folder, ...change };
  const checks = checksFor(readConfig(env), readPolicy(policyText, { sha256 }));
  await runChecks(checks, (line) => void lines.push(...line.split('\n')), 10_000);
  return lines;
}

describe('checksFor', () => {
  it('finds nothing wrong with a world that works', async () => {
    const lines = await examine();
    expect(lines.filter((line) => !line.startsWith('✔'))).toEqual([]);
    expect(lines.join('\n')).toMatch(/✔ Certificate authority: .* can be read/);
    expect(lines.join('\n')).toMatch(/✔ Redis: a private server \(\d+\.\d+\)/);
    expect(lines.join('\n')).toContain('(partner): signed in, may read people and groups');
    expect(lines.join('\n')).toMatch(
      /✔ Azure, Contoso[^:]*: signed in, may lend and take back in \d+ scopes?/,
    );
    expect(lines.join('\n')).toMatch(/✔ Slack: installed in .*, signed HTTP/);
    expect(lines.join('\n')).toContain('✔ Teams, token: the bot can sign in');
    expect(lines.join('\n')).toContain('✔ Teams, signers: 127.0.0.1');
  });

  it('makes nothing', async () => {
    const before = JSON.stringify(world.azure.dump().tenants);
    await examine();
    expect(JSON.stringify(world.azure.dump().tenants)).toBe(before);
  });

  it('names what is wrong, each with a remedy, and shows no secret', async () => {
    const pem = join(folder, 'half.pem');
    writeFileSync(pem, '-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n');
    const lines = await examine({
      AZURE_CLIENT_SECRET: '',
      AZURE_CLIENT_CERTIFICATE_PATH: pem,
      SLACK_BOT_TOKEN: 'xoxb-999999999999-wrongwrong',
      TEAMS_APP_PASSWORD: 'not-the-right-client-value',
      TEAMS_OPENID_METADATA_URL: `${world.slack.url}/nowhere`,
      LATCHKEY_REDIS_SERVER: '/nowhere/valkey-server',
    });
    const said = lines.join('\n');
    expect(said).toContain(`✖ Azure credential: ${pem} has no PRIVATE KEY.`);
    expect(said).toContain('✖ Redis: /nowhere/valkey-server does not run.');
    expect(said).toMatch(/✖ Slack: Slack refuses SLACK_BOT_TOKEN \(invalid_auth\)/);
    expect(said).toContain('✖ Teams, token:');
    expect(said).toContain('✖ Teams, signers:');
    expect(lines.filter((line) => line.startsWith('✖')).length).toBeLessThanOrEqual(
      lines.filter((line) => line.startsWith('  → ')).length,
    );
    expect(said).not.toMatch(/wrongwrong|not-the-right-client-value/);
  });

  it('names a customer in which the app may not lend', async () => {
    const scope = '/subscriptions/5b8f2d1c-4a3e-4f6b-8c7d-2e1f0a9b8c05';
    const lines = await examine(
      {},
      world.policy.replaceAll(`/subscriptions/${IDS.contosoSubscription}`, scope),
    );
    expect(lines.join('\n')).toMatch(/✖ Azure, Contoso/);
  });

  it('says that Redis does not answer', async () => {
    const lines = await examine({ REDIS_URL: 'redis://:p4ssw0rd@127.0.0.1:1' });
    expect(lines.join('\n')).toContain('✖ Redis: Redis cannot serve us now');
    expect(lines.join('\n')).not.toContain('p4ssw0rd');
  });
});
