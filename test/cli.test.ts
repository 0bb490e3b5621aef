import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Misconfigured, Unavailable } from '../src/access/errors.ts';
import { conditionAllows } from '../src/azure/condition.ts';
import type { CliDeps } from '../src/cli.ts';
import { runCli } from '../src/cli.ts';
import type { Config } from '../src/config.ts';

const EXAMPLE_FILE = fileURLToPath(new URL('../policy.example.yaml', import.meta.url));
const EXAMPLE = readFileSync(EXAMPLE_FILE, 'utf8');
const LENA = '9d6b1b7e-58b5-4f4e-8d55-7b0c1c0a4e02';
const ENV = {
  LINK_SECRET: 'kZ0vQ1mN8sT4wY7bC2eR5uX9aD3fG6hJ',
  REDIS_URL: 'redis://:p4ss@redis.internal:6379',
  AZURE_CLIENT_ID: '5f6e7d8c-9b0a-4c1d-8e2f-3a4b5c6d7e8f',
  AZURE_TENANT_ID: '6a1d0c52-3f1b-4f27-9a55-0d6f3f0f9b11',
  AZURE_CLIENT_SECRET: 'kJ8~azure-client-value',
  SLACK_BOT_TOKEN: 'xoxb-1234567890-abcdefgh',
  SLACK_SIGNING_SECRET: '8f742231b10e8888abcd99yyyzzz85a5',
  POLICY_FILE: EXAMPLE_FILE,
};

async function run(args: readonly string[], more: Partial<CliDeps> = {}) {
  const out: string[] = [];
  const err: string[] = [];
  const served: Config[] = [];
  const code = await runCli(args, {
    env: ENV,
    out: (line) => void out.push(line),
    err: (line) => void err.push(line),
    serve: async (config) => void served.push(config),
    checksFor: async () => [],
    openRecords: () => Promise.reject(new Error('was asked')),
    ...more,
  });
  return { code, out: out.join('\n'), err: err.join('\n'), served };
}

function fileWith(text: string): string {
  const file = join(mkdtempSync(join(tmpdir(), 'latchkey-cli-')), 'policy.yaml');
  writeFileSync(file, text);
  return file;
}

describe('latchkey', () => {
  it('shows help with examples, and its version', async () => {
    const help = await run(['--help']);
    expect(help).toMatchObject({ code: 0, err: '' });
    expect(help.out).toContain('latchkey explain "Ada Engineer" contoso contributor 2h');
    const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
      version: string;
    };
    expect(await run(['--version'])).toMatchObject({ code: 0, out: version });
  });

  it('fails at what it does not know, and says what was meant', async () => {
    const { code, err } = await run(['chek']);
    expect(code).toBe(1);
    expect(err).toContain('Did you mean check?');
  });
});

describe('latchkey check', () => {
  it('sums up a good file', async () => {
    expect(await run(['check'])).toMatchObject({
      code: 0,
      err: '',
      out: `✔ ${EXAMPLE_FILE}: 1 customer, 2 roles, 2 rules, 1 linked account`,
    });
  });

  it('lists all problems of a bad one and fails', async () => {
    const file = fileWith(EXAMPLE.replace('roles: [reader]', 'roles: [raeder]').replace('max: 8h', 'max: 8'));
    const { code, out, err } = await run(['check', file]);
    expect(code).toBe(1);
    expect(out).toBe('');
    expect(err).toContain(`${file}:56:13 rules[0].roles[0]: there is no role "raeder"; did you mean reader?`);
    expect(err).toContain('roles.reader.max: has no unit');
    expect(err).toContain('✖ 2 problems. Nothing of this file would be used.');
  });

  it('shows warnings without failing', async () => {
    const { code, out } = await run([
      'check',
      fileWith(EXAMPLE.replace('roles: [reader]\n', "roles: ['*']\n")),
    ]);
    expect(code).toBe(0);
    expect(out).toContain('(warning) never matches');
  });

  it('says which file is not there', async () => {
    const { code, err } = await run(['check', '/nowhere/policy.yaml']);
    expect(code).toBe(1);
    expect(err).toContain('/nowhere/policy.yaml cannot be read: it is not there.');
    expect(err).toContain('→ Name the file, or set POLICY_FILE.');
  });
});

describe('latchkey explain', () => {
  it('prints the path to a yes', async () => {
    const { code, out } = await run([
      'explain',
      'lena lead',
      'contoso',
      'contributor',
      '2h',
      '--in',
      'azure-team',
    ]);
    expect(code).toBe(0);
    expect(out.split('\n')).toEqual([
      `Lena Lead, 6a1d0c52-3f1b-4f27-9a55-0d6f3f0f9b11/${LENA}`,
      'listed in: leads',
      'taken to be in: azure-team',
      '- rule "readers need one lead": lends reader, not contributor',
      '- rule "azure team on enterprise": matches',
      '- 2h is within the cap of 3h',
      expect.stringMatching(/^may ask: contributor at Contoso Ltd, scope default \(\/subscriptions\/5b8f/),
      'for 2h, at most 3h, by rule "azure team on enterprise"',
      'stage 1: 1 of leads (partner side), asked at leads, within 1h',
      'stage 2: 1 of owners (customer side), asked at contoso, within 4h',
    ]);
  });

  it('says that it does not look up Entra groups, and what to type', async () => {
    const { code, out } = await run(['explain', LENA.toUpperCase(), 'contoso', 'reader']);
    expect(code).toBe(1);
    expect(out).toContain('not looked up, these are Entra groups: azure-team (say --in azure-team');
    expect(out).toContain('refused (noRule)');
  });

  it('says a no with the reason', async () => {
    const { code, out } = await run(['explain', LENA, 'contoso', 'contributor', '4h', '--in', 'azure-team']);
    expect(code).toBe(1);
    expect(out).toContain('refused (tooLong): 4h is too long');
  });

  it.each([
    [['explain', 'Nobody', 'contoso', 'reader'], 'people has nobody called "Nobody"'],
    [['explain', LENA, 'contoso', 'reader', 'soon'], '"soon" is not a duration'],
    [['explain', LENA, 'contoso', 'reader', '--in', 'azur-team'], 'Did you mean azure-team?'],
    [['explain', LENA, 'cont\u043fso', 'reader'], 'a Cyrillic letter'],
    [['explain', LENA], "missing required argument 'customer'"],
  ])('refuses %j', async (args, words) => {
    const { code, err } = await run(args);
    expect(code).toBe(1);
    expect(err).toContain(words);
  });
});

describe('latchkey doctor', () => {
  const checks = [
    { name: 'Redis', run: async () => 'reachable' },
    {
      name: 'Slack',
      run: () => Promise.reject(new Misconfigured('Slack refuses xoxb-1234567890-canary.', 'Copy it again.')),
    },
  ];

  it('says each check in a line, in order, with a remedy and without secrets', async () => {
    const { code, out } = await run(['doctor'], { checksFor: async () => checks });
    expect(code).toBe(1);
    expect(out.split('\n')).toEqual([
      '✔ Settings: complete',
      '✔ Policy: 2 rules, without errors',
      '✔ Redis: reachable',
      '✖ Slack: Slack refuses [redacted].',
      '  → Copy it again.',
      '1 thing to mend.',
    ]);
  });

  it('succeeds when all is well', async () => {
    const { code, out } = await run(['doctor'], { checksFor: async () => checks.slice(0, 1) });
    expect(code).toBe(0);
    expect(out).toContain('All is well.');
  });

  it('says everything that is wrong with settings and policy at once', async () => {
    const env = { ...ENV, LINK_SECRET: '', POLICY_FILE: '/nowhere/policy.yaml' };
    const { code, out } = await run(['doctor'], {
      env,
      checksFor: () => Promise.reject(new Error('was asked')),
    });
    expect(code).toBe(1);
    expect(out).toContain('LINK_SECRET is missing');
    expect(out).toContain('/nowhere/policy.yaml cannot be read');
  });

  it('prints a condition that allows the roles of the policy and nothing else', async () => {
    const {
      code,
      out: condition,
      err,
    } = await run(['doctor', '--print-condition'], { env: { POLICY_FILE: EXAMPLE_FILE } });
    expect(code).toBe(0);
    expect(condition.length).toBeLessThan(8_192);
    const allows = (roleDefinitionId: string, principalType: string) =>
      (['write', 'delete'] as const).map((action) =>
        conditionAllows(condition, action, { roleDefinitionId, principalType }),
      );
    expect(allows('b24988ac-6180-42a0-ab88-20f7382dd24c', 'User')).toEqual(['yes', 'yes']);
    expect(allows('acdd72a7-3385-48ef-bd42-f606fba81ae7', 'User')).toEqual(['yes', 'yes']);
    expect(allows('b24988ac-6180-42a0-ab88-20f7382dd24c', 'Group')).toEqual(['no', 'no']);
    expect(allows('8e3af657-a8ff-443c-a75c-2fe8c4bcb635', 'User')).toEqual(['no', 'no']);
    expect(err).toContain('az role assignment create');
  });
});

describe('latchkey serve', () => {
  it('starts with the settings of the environment', async () => {
    const { code, served } = await run(['serve']);
    expect(code).toBe(0);
    expect(served).toMatchObject([{ policyFile: EXAMPLE_FILE, slack: { via: { kind: 'http' } } }]);
  });

  it('does not start with settings that are wrong', async () => {
    const { code, err, served } = await run(['serve'], { env: { ...ENV, SLACK_SIGNING_SECRET: '' } });
    expect(code).toBe(1);
    expect(served).toEqual([]);
    expect(err).toContain('SLACK_SIGNING_SECRET is missing');
  });

  it('says why it could not start, and lets bugs through', async () => {
    const failing = (error: Error) => ({ serve: () => Promise.reject(error) });
    expect(await run(['serve'], failing(new Unavailable('Redis cannot serve us now.', 1)))).toMatchObject({
      code: 1,
      err: 'Redis cannot serve us now.\n  → Check the network and try again.',
    });
    const taken = Object.assign(new Error('listen EADDRINUSE: 127.0.0.1:3978'), { code: 'EADDRINUSE' });
    expect((await run(['serve'], failing(taken))).err).toContain('set PORT to a free one');
    await expect(run(['serve'], failing(new TypeError('x is undefined')))).rejects.toThrow(TypeError);
  });
});

// Older Nodes read TypeScript only when told.
const TYPES = process.features.typescript ? [] : ['--experimental-strip-types'];

describe('the program', () => {
  it('reads .env where it is started', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'latchkey-cli-'));
    writeFileSync(join(folder, '.env'), `POLICY_FILE=${EXAMPLE_FILE}\n`);
    const cli = fileURLToPath(new URL('../src/cli.ts', import.meta.url));
    const { stdout } = await promisify(execFile)(process.execPath, [...TYPES, cli, 'check'], {
      cwd: folder,
      env: {},
    });
    expect(stdout).toContain(`✔ ${EXAMPLE_FILE}`);
  });

  it('runs by itself', async () => {
    const cli = fileURLToPath(new URL('../src/cli.ts', import.meta.url));
    const { stdout } = await promisify(execFile)(process.execPath, [...TYPES, cli, 'check', EXAMPLE_FILE]);
    expect(stdout).toContain('✔');
    const failing = promisify(execFile)(process.execPath, [...TYPES, cli, 'serve'], {
      env: { PATH: '' },
      cwd: tmpdir(),
    });
    await expect(failing).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining('LINK_SECRET is missing'),
    });
  });
});
