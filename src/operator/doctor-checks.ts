import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access, mkdir, readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { Misconfigured } from '../access/errors.ts';
import type { Customer, Policy } from '../access/policy.ts';
import type { Log } from '../access/ports.ts';
import type { Azure } from '../azure/azure.ts';
import { createAzure } from '../azure/azure.ts';
import type { CredentialConfig } from '../azure/azure-config.ts';
import type { Probe } from '../azure/probe.ts';
import type { Config } from '../config.ts';
import type { Check } from './doctor.ts';
import { createRedis } from '../redis/connection.ts';
import { createKeys } from '../redis/keys.ts';
import { checkServer } from '../redis/server-check.ts';
import { createClient } from '../slack/app.ts';
import { whoAmI } from '../slack/who-am-i.ts';
import { createBoltLogger } from '../slack/bolt-logger.ts';

const SILENT: Log = { info: () => undefined, warn: () => undefined, error: () => undefined };
const FETCH_TIMEOUT_MS = 10_000;

/** Everything a start would need, looked at without changing anything in Azure, Slack or Teams. */
export function checksFor(config: Config, policy: Policy): Check[] {
  const { slack, teams } = config;
  const { azure: settings } = config;
  const azure = lazily(() =>
    createAzure({
      ...settings,
      partnerTenantId: policy.partner.tenantId,
      ...(teams && {
        bot: { clientId: teams.appId, tenantId: teams.tenantId, credential: teams.credential },
      }),
    }),
  );
  return [
    ...fileChecks('Azure credential', settings.credential),
    ...(settings.caFile === undefined ? [] : [readable('Certificate authority', settings.caFile)]),
    { name: 'Redis', run: () => checkRedis(config) },
    { name: `Azure, ${policy.partner.name} (partner)`, run: () => checkPartner(azure(), policy) },
    ...[...policy.customers.values()].map((customer) => ({
      name: `Azure, ${customer.name}`,
      run: () => checkCustomer(azure(), customer),
    })),
    ...(slack ? [{ name: 'Slack', run: () => checkSlack(slack) }] : []),
    ...(teams ? [...fileChecks('Teams credential', teams.credential)] : []),
    ...(teams ? [{ name: 'Teams, token', run: async () => bearer(await azure().botToken()) }] : []),
    ...(teams ? [{ name: 'Teams, signers', run: () => checkSigners(teams.openIdMetadataUrl) }] : []),
  ];
}

function lazily<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

function fileChecks(name: string, credential: CredentialConfig): Check[] {
  if (credential.kind === 'federatedToken') return [readable(name, credential.file)];
  if (credential.kind !== 'certificate') return [];
  const { path } = credential;
  const run = async (): Promise<string> => {
    const pem = await read(path);
    for (const part of ['CERTIFICATE', 'PRIVATE KEY']) {
      if (!new RegExp(`-----BEGIN [A-Z ]*${part}-----`).test(pem)) {
        throw new Misconfigured(
          `${path} has no ${part}.`,
          'Put the certificate and its private key in one PEM file.',
        );
      }
    }
    return `${path} has a certificate and its key`;
  };
  return [{ name, run }];
}

function readable(name: string, path: string): Check {
  return { name, run: async () => (await read(path), `${path} can be read`) };
}

async function read(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new Misconfigured(`${path} cannot be read.`, 'Correct the path, or let this user read it.', {
      cause,
    });
  }
}

async function checkRedis({ redis: settings }: Config): Promise<string> {
  if (settings.kind === 'private') return checkPrivateRedis(settings);
  const redis = createRedis({ address: { url: settings.url }, name: 'latchkey-doctor', log: SILENT });
  try {
    await checkServer({ redis, keys: createKeys(), log: SILENT, assumeDurable: settings.assumeDurable });
    return 'reachable, keeps every write, evicts nothing';
  } finally {
    redis.disconnect();
  }
}

async function checkPrivateRedis({ command, dir }: { command: string; dir: string }): Promise<string> {
  const { stdout } = await promisify(execFile)(command, ['--version'], { timeout: FETCH_TIMEOUT_MS }).catch(
    (cause: unknown) => {
      throw new Misconfigured(`${command} does not run.`, 'Install Valkey, or set REDIS_URL.', { cause });
    },
  );
  await mkdir(dir, { recursive: true, mode: 0o700 });
  await access(dir, constants.W_OK);
  const version = /v=(\d+\.\d+)/.exec(stdout)?.[1] ?? 'unknown version';
  return `a private server (${version}) in ${dir}; for production give Latchkey one of its own with REDIS_URL`;
}

async function checkPartner(azure: Azure, policy: Policy): Promise<string> {
  const probe = await azure.probe(policy.partner.tenantId, []);
  demandPermissions(probe);
  return `signed in, may read people and groups`;
}

async function checkCustomer(azure: Azure, customer: Customer): Promise<string> {
  const probe = await azure.probe(customer.tenantId, [...customer.scopes.values()]);
  demandPermissions(probe);
  for (const { title, canAssign, canRemove } of probe.scopes) {
    if (canAssign && canRemove) continue;
    const what = canAssign ? 'remove' : canRemove ? 'make' : 'make or remove';
    throw new Misconfigured(
      `Latchkey may not ${what} role assignments at ${title}.`,
      'Give the app Role Based Access Control Administrator there, with `latchkey doctor --print-condition`.',
    );
  }
  return `signed in, may lend and take back in ${probe.scopes.length} ${probe.scopes.length === 1 ? 'scope' : 'scopes'}`;
}

function demandPermissions({ missingPermissions }: Probe): void {
  if (missingPermissions.length === 0) return;
  throw new Misconfigured(
    `The app lacks ${missingPermissions.join(', ')} in this tenant.`,
    'Grant admin consent for these Microsoft Graph application permissions.',
  );
}

async function checkSlack(settings: NonNullable<Config['slack']>): Promise<string> {
  const self = await whoAmI(createClient(settings, createBoltLogger(SILENT)));
  const way = settings.via.kind === 'socket' ? 'Socket Mode' : 'signed HTTP';
  return `installed in ${self.teamName} (${self.teamId}), ${way}`;
}

function bearer(token: string): string {
  if (token === '') throw new Misconfigured('Entra ID gave an empty token.', 'Try again.');
  return 'the bot can sign in';
}

async function checkSigners(url: string): Promise<string> {
  const answer = await fetch(url, { redirect: 'error', signal: AbortSignal.timeout(FETCH_TIMEOUT_MS) });
  const metadata: unknown = answer.ok ? await answer.json() : undefined;
  if (typeof metadata === 'object' && metadata !== null && 'jwks_uri' in metadata)
    return `${new URL(url).host} answers`;
  throw new Misconfigured(
    `${url} answers ${answer.status} without keys.`,
    'Correct TEAMS_OPENID_METADATA_URL.',
  );
}
