import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import fc from 'fast-check';
import { Misconfigured } from '../src/access/errors.ts';
import { ConfigInvalid, readConfig, readPolicyPath } from '../src/config.ts';
import { VARIABLES } from '../src/config-variables.ts';
import { envExample } from '../src/operator/env-example.ts';

const LINK_SECRET = 'kZ0vQ1mN8sT4wY7bC2eR5uX9aD3fG6hJ';
const AZURE = {
  AZURE_CLIENT_ID: '5F6E7D8C-9b0a-4c1d-8e2f-3a4b5c6d7e8f',
  AZURE_TENANT_ID: '6a1d0c52-3f1b-4f27-9a55-0d6f3f0f9b11',
  AZURE_CLIENT_SECRET: 'kJ8~azure-client-value',
};
const SLACK = {
  SLACK_BOT_TOKEN: 'xoxb-1234567890-abcdefgh',
  SLACK_SIGNING_SECRET: '8f742231b10e8888abcd99yyyzzz85a5',
};
const TEAMS = {
  TEAMS_APP_ID: '7d8c9b0a-1c2d-4e3f-8a4b-5c6d7e8f9a0b',
  TEAMS_APP_TENANT_ID: '6a1d0c52-3f1b-4f27-9a55-0d6f3f0f9b11',
  TEAMS_APP_PASSWORD: 'tP9~teams-client-value',
};
const GOOD: Record<string, string> = {
  LINK_SECRET,
  REDIS_URL: 'redis://:p4ss@redis.internal:6379',
  ...AZURE,
  ...SLACK,
};

/** Every problem as `VARIABLE problem`. */
function problemsOf(env: Record<string, string | undefined>): string[] {
  try {
    readConfig(env);
    return [];
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigInvalid);
    expect(error).toBeInstanceOf(Misconfigured);
    return error instanceof ConfigInvalid
      ? error.problems.map((each) => `${each.variable} ${each.problem}`)
      : [];
  }
}

describe('readConfig', () => {
  it('reads the least that starts, with everything else as documented', () => {
    expect(readConfig(GOOD)).toEqual({
      server: { host: '127.0.0.1', port: 3978 },
      policyFile: resolve('policy.yaml'),
      dataDir: resolve('.run'),
      linkSecret: LINK_SECRET,
      logLevel: 'info',
      redis: { kind: 'server', url: 'redis://:p4ss@redis.internal:6379', assumeDurable: false },
      azure: {
        clientId: '5f6e7d8c-9b0a-4c1d-8e2f-3a4b5c6d7e8f',
        tenantId: AZURE.AZURE_TENANT_ID,
        credential: { kind: 'secret', secret: AZURE.AZURE_CLIENT_SECRET },
        authorityHost: 'https://login.microsoftonline.com',
        armEndpoint: 'https://management.azure.com',
        armScope: 'https://management.azure.com/.default',
        graphEndpoint: 'https://graph.microsoft.com',
      },
      slack: {
        botToken: SLACK.SLACK_BOT_TOKEN,
        via: { kind: 'http', signingSecret: SLACK.SLACK_SIGNING_SECRET },
        apiUrl: 'https://slack.com/api/',
      },
    });
  });

  it('reads both chats at other endpoints', () => {
    const config = readConfig({
      ...GOOD,
      ...TEAMS,
      SLACK_SIGNING_SECRET: '',
      SLACK_APP_TOKEN: 'xapp-1-A0123-456-abcdef',
      SLACK_API_URL: 'http://127.0.0.1:4001/api/',
      TEAMS_OPENID_METADATA_URL: 'http://localhost:4002/openid',
      TEAMS_SERVICE_HOSTS: '127.0.0.1:4003, SMBA.trafficmanager.net',
      AZURE_AUTHORITY_HOST: 'https://localhost:4004/',
      NODE_EXTRA_CA_CERTS: '/tmp/ca.pem',
      PORT: '0',
    });
    expect(config.slack).toMatchObject({
      via: { kind: 'socket', appToken: 'xapp-1-A0123-456-abcdef' },
      apiUrl: 'http://127.0.0.1:4001/api/',
    });
    expect(config.teams).toEqual({
      appId: TEAMS.TEAMS_APP_ID,
      tenantId: TEAMS.TEAMS_APP_TENANT_ID,
      credential: { kind: 'secret', secret: TEAMS.TEAMS_APP_PASSWORD },
      openIdMetadataUrl: 'http://localhost:4002/openid',
      serviceHosts: ['127.0.0.1:4003', 'smba.trafficmanager.net'],
    });
    expect(config.azure).toMatchObject({ authorityHost: 'https://localhost:4004', caFile: '/tmp/ca.pem' });
    expect(config.server.port).toBe(0);
  });

  it.each([
    ['AZURE_CLIENT_CERTIFICATE_PATH', '/etc/app.pem', { kind: 'certificate', path: '/etc/app.pem' }],
    ['AZURE_FEDERATED_TOKEN_FILE', '/var/token', { kind: 'federatedToken', file: '/var/token' }],
    ['AZURE_MANAGED_IDENTITY', 'system', { kind: 'managedIdentity' }],
    [
      'AZURE_MANAGED_IDENTITY',
      '7D8C9B0A-1c2d-4e3f-8a4b-5c6d7e8f9a0b',
      { kind: 'managedIdentity', clientId: '7d8c9b0a-1c2d-4e3f-8a4b-5c6d7e8f9a0b' },
    ],
  ])('takes %s=%s for the proof', (name, value, credential) => {
    const env = { ...GOOD, AZURE_CLIENT_SECRET: undefined, [name]: value };
    expect(readConfig(env).azure.credential).toEqual(credential);
  });

  it('takes the word of the operator for a managed Redis', () => {
    expect(readConfig({ ...GOOD, REDIS_ASSUME_DURABLE: 'yes' }).redis).toMatchObject({
      assumeDurable: true,
    });
  });

  it('starts a private Redis with the program on PATH', () => {
    const dir = mkdtempSync(join(tmpdir(), 'latchkey-config-'));
    writeFileSync(join(dir, 'redis-server'), '');
    const env = { ...GOOD, REDIS_URL: '', DATA_DIR: '/var/lib/latchkey', PATH: `/nowhere:${dir}` };
    expect(readConfig(env).redis).toEqual({
      kind: 'private',
      command: join(dir, 'redis-server'),
      dir: '/var/lib/latchkey/redis',
    });
    expect(readConfig({ ...env, LATCHKEY_REDIS_SERVER: '/opt/valkey' }).redis).toMatchObject({
      command: '/opt/valkey',
    });
    expect(problemsOf({ ...env, PATH: '' })).toEqual([
      expect.stringContaining('REDIS_URL is missing, and there is no valkey-server or redis-server on PATH'),
    ]);
  });

  it.each([
    ['PORT', '80a', 'is not a port number'],
    ['PORT', '65536', 'is not a port number'],
    ['HOST', 'not a host', 'is not an address'],
    ['PUBLIC_URL', 'latchkey.example.com', 'is not a URL'],
    ['PUBLIC_URL', 'http://latchkey.example.com', 'is not https'],
    ['PUBLIC_URL', 'https://me:pw@latchkey.example.com', 'has a user or password in it'],
    ['LOG_LEVEL', 'loud', 'is not debug, info, warn or error'],
    ['LINK_SECRET', 'short', 'has less than 32 characters'],
    ['LINK_SECRET', 'a'.repeat(64), 'is too regular'],
    ['LINK_SECRET', 'changeme', 'is a placeholder'],
    ['LINK_SECRET', VARIABLES.LINK_SECRET.example, 'is the example'],
    ['LINK_SECRET', '  ', 'is missing'],
    ['REDIS_URL', 'http://redis', 'is not redis://, rediss:// or unix://'],
    ['REDIS_URL', 'redis://:changeme@redis', 'has a placeholder for a password'],
    ['REDIS_ASSUME_DURABLE', 'true', 'can only be yes'],
    ['AZURE_CLIENT_ID', 'my-app', 'is not a GUID'],
    ['AZURE_CLIENT_SECRET', 'your-secret-here', 'is a placeholder'],
    ['AZURE_CLIENT_SECRET', '<secret>', 'is a placeholder'],
    ['AZURE_CLIENT_SECRET', '', 'is missing, and so is AZURE_CLIENT_CERTIFICATE_PATH'],
    ['AZURE_MANAGED_IDENTITY', 'system', 'is one of AZURE_CLIENT_SECRET, AZURE_MANAGED_IDENTITY'],
    ['AZURE_AUTHORITY_HOST', 'http://localhost:1', 'is not https'],
    ['ARM_SCOPE', 'https://management.azure.com', 'does not end in /.default'],
    ['SLACK_BOT_TOKEN', 'xoxp-1234567890-abcdefgh', 'does not start with xoxb-'],
    ['SLACK_BOT_TOKEN', '', 'is missing: Slack is on'],
    ['SLACK_SIGNING_SECRET', '', 'is missing, and so is SLACK_APP_TOKEN'],
    ['SLACK_SIGNING_SECRET', '8f742231 b10e8888', 'has white space'],
    ['SLACK_APP_TOKEN', 'xapp-1-A0123-456-abcdef', 'of which only one may be set'],
    ['SLACK_API_URL', 'http://slack.example.com/api', 'is not https'],
    ['SLACK_SIGNING_SECRETS', 'x', 'is probably meant by SLACK_SIGNING_SECRETS'],
    ['TEAMS_SERVICE_HOSTS', 'https://smba.trafficmanager.net', 'is not a list of host names'],
    ['TEAMS_SERVICE_HOSTS', '*.trafficmanager.net', 'is not a list of host names'],
    ['TEAMS_APP_ID', TEAMS.TEAMS_APP_ID, 'is missing, and so is TEAMS_APP_CERTIFICATE_PATH'],
    ['TEAMS_APP_PASSWORD', TEAMS.TEAMS_APP_PASSWORD, 'is missing: Teams is on'],
  ])('refuses %s=%s: %s', (name, value, problem) => {
    expect(problemsOf({ ...GOOD, [name]: value }).join('\n')).toContain(problem);
  });

  it('needs at least one chat', () => {
    const env = { ...GOOD, SLACK_BOT_TOKEN: '', SLACK_SIGNING_SECRET: '' };
    expect(problemsOf(env)).toEqual([expect.stringContaining('turn on at least one chat')]);
    expect(problemsOf({ ...env, ...TEAMS })).toEqual([]);
  });

  it('reports everything at once, each with its variable and an example', () => {
    const problems = problemsOf({ TEAMS_APP_ID: 'x', PORT: 'y', PATH: '' });
    expect(problems.map((each) => each.split(' ')[0])).toEqual(
      expect.arrayContaining([
        ...[
          'PORT',
          'TEAMS_APP_ID',
          'LINK_SECRET',
          'AZURE_CLIENT_ID',
          'AZURE_TENANT_ID',
          'AZURE_CLIENT_SECRET',
        ],
        ...['TEAMS_APP_TENANT_ID', 'TEAMS_APP_PASSWORD', 'REDIS_URL'],
      ]),
    );
    expect(() => readConfig({ ...GOOD, PORT: 'y' })).toThrow(
      '1 setting is not right:\n  PORT is not a port number.\n    PORT=3978',
    );
  });

  it('never shows the value of a secret', () => {
    const secrets = Object.entries(VARIABLES).filter(([, variable]) => 'secret' in variable);
    expect(secrets.length).toBeGreaterThan(6);
    fc.assert(
      fc.property(
        fc.constantFrom(...secrets),
        fc.stringMatching(/^[a-z]{3}[A-Z]{4}[0-9]{5}[ !]?$/),
        ([name], value) => {
          try {
            readConfig({ [name]: value, PATH: '' });
            throw new Error('was accepted');
          } catch (error) {
            expect(error).toBeInstanceOf(ConfigInvalid);
            expect(JSON.stringify([String(error), error])).not.toContain(value.trim());
          }
        },
      ),
    );
  });
});

describe('readPolicyPath', () => {
  it('is policy.yaml here unless told otherwise', () => {
    expect(readPolicyPath({})).toBe(resolve('policy.yaml'));
    expect(readPolicyPath({ POLICY_FILE: '/etc/p.yaml' })).toBe('/etc/p.yaml');
  });
});

describe('.env.example', () => {
  const text = readFileSync(new URL('../.env.example', import.meta.url), 'utf8');

  it('is what the variables say', () => {
    expect(text).toBe(envExample());
  });

  it('names every variable once, each with an explanation above', () => {
    const lines = text.split('\n');
    for (const name of Object.keys(VARIABLES)) {
      const at = lines.flatMap((line, index) => (new RegExp(`^#?${name}=`).test(line) ? [index] : []));
      expect(at).toHaveLength(1);
      expect(lines[(at[0] ?? 0) - 2]).toMatch(/^# \S.{2,}/);
    }
  });

  it('does not start as it is: nothing secret has a value', () => {
    const env = Object.fromEntries(
      text.split('\n').flatMap((line) => (/^[A-Z]/.test(line) ? [line.split(/=(.*)/).slice(0, 2)] : [])),
    ) as Record<string, string>;
    expect(problemsOf({ ...env, PATH: '' }).length).toBeGreaterThanOrEqual(5);
  });
});
