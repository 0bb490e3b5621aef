import { existsSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import type { z } from 'zod';
import { Misconfigured } from './access/errors.ts';
import { nearest } from './access/names.ts';
import type { CredentialConfig } from './azure/azure-config.ts';
import type { Variable, VariableName } from './config-variables.ts';
import { VARIABLES } from './config-variables.ts';
import type { FailPoint } from './fail-points.ts';

/** Everything Latchkey is told by its environment. Directories are absolute. Never log it whole: it holds secrets. */
export interface Config {
  server: { host: string; port: number; publicUrl?: string; metricsPort?: number };
  policyFile: string;
  dataDir: string;
  /** MAC key for the references on buttons. */
  linkSecret: string;
  logLevel: 'debug' | 'info' | 'warn' | 'error';
  /** Tests only: where this process dies. */
  failPoint?: FailPoint;
  /** A server given by URL, or a private one of our own. */
  redis:
    | { kind: 'server'; url: string; assumeDurable: boolean }
    | { kind: 'private'; command: string; dir: string };
  azure: {
    clientId: string;
    tenantId: string;
    credential: CredentialConfig;
    authorityHost: string;
    armEndpoint: string;
    armScope: string;
    graphEndpoint: string;
    caFile?: string;
  };
  /** Absent: Slack is off. `apiUrl` ends in a slash. */
  slack?: {
    botToken: string;
    via: { kind: 'http'; signingSecret: string } | { kind: 'socket'; appToken: string };
    apiUrl: string;
  };
  /** Absent: Teams is off. */
  teams?: {
    appId: string;
    tenantId: string;
    credential: CredentialConfig;
    openIdMetadataUrl: string;
    /** `host` or `host:port`, lower case. */
    serviceHosts: readonly string[];
  };
}

/** One variable that has to change. Never holds a secret's value. */
export interface ConfigProblem {
  variable: string;
  problem: string;
  example: string;
}

/** The environment cannot be used; every problem is listed. */
export class ConfigInvalid extends Misconfigured {
  readonly problems: readonly ConfigProblem[];
  constructor(problems: readonly ConfigProblem[]) {
    const count = problems.length === 1 ? '1 setting is' : `${problems.length} settings are`;
    const lines = problems.map(
      ({ variable, problem, example }) => `  ${variable} ${problem}\n    ${example}`,
    );
    const remedy = 'Set them in the environment or in .env; .env.example explains each.';
    super([`${count} not right:`, ...lines].join('\n'), remedy);
    this.problems = problems;
  }
}

type Environment = Readonly<Record<string, string | undefined>>;
type Values = { [K in VariableName]?: z.output<(typeof VARIABLES)[K]['schema']> };

const NAMES = Object.keys(VARIABLES).filter((name): name is VariableName => name in VARIABLES);
const PLATFORMS = ['Slack', 'Teams'] as const;
const AZURE_PROOFS = [
  'AZURE_CLIENT_SECRET',
  'AZURE_CLIENT_CERTIFICATE_PATH',
  'AZURE_FEDERATED_TOKEN_FILE',
  'AZURE_MANAGED_IDENTITY',
] as const satisfies readonly VariableName[];
const TEAMS_PROOFS = [
  'TEAMS_APP_PASSWORD',
  'TEAMS_APP_CERTIFICATE_PATH',
  'TEAMS_MANAGED_IDENTITY',
] as const satisfies readonly VariableName[];

/**
 * Reads the environment. A variable that is set to nothing counts as not set.
 *
 * @throws {ConfigInvalid} listing every problem at once
 */
export function readConfig(env: Environment = process.env): Config {
  const problems: ConfigProblem[] = [];
  const values = readValues(env, problems);
  const isOn = (platform: (typeof PLATFORMS)[number]): boolean =>
    namesOf(platform).some((name) => isSet(env, name));
  const need = (name: VariableName, why: string): void => {
    if (!isSet(env, name)) problems.push(problem(name, `is missing: ${why}`));
  };
  need('LINK_SECRET', 'without it the buttons on cards cannot be sealed');
  need('AZURE_CLIENT_ID', 'nothing can be granted without it');
  need('AZURE_TENANT_ID', 'nothing can be granted without it');
  needOne(env, AZURE_PROOFS, problems);
  if (isOn('Slack')) {
    need('SLACK_BOT_TOKEN', 'Slack is on because one of its variables is set');
    needOne(env, ['SLACK_SIGNING_SECRET', 'SLACK_APP_TOKEN'], problems);
  }
  if (isOn('Teams')) {
    need('TEAMS_APP_ID', 'Teams is on because one of its variables is set');
    need('TEAMS_APP_TENANT_ID', 'Teams is on because one of its variables is set');
    needOne(env, TEAMS_PROOFS, problems);
  }
  if (!PLATFORMS.some(isOn)) {
    problems.push(
      problem('SLACK_BOT_TOKEN', 'is missing, and so is TEAMS_APP_ID: turn on at least one chat'),
    );
  }
  if (isSet(env, 'LATCHKEY_FAIL_POINT') && isSet(env, 'PUBLIC_URL'))
    problems.push(problem('LATCHKEY_FAIL_POINT', 'is for tests, and PUBLIC_URL says that this is none'));
  const redis = readRedis(env, values, problems);
  if (problems.length > 0 || !redis) throw new ConfigInvalid(problems);
  return {
    ...buildCommon(values, redis),
    ...(isOn('Slack') && { slack: buildSlack(values) }),
    ...(isOn('Teams') && { teams: buildTeams(values) }),
  };
}

/** Only the policy file's path, for commands that need nothing else. */
export function readPolicyPath(env: Environment = process.env): string {
  return resolve(env['POLICY_FILE']?.trim() || VARIABLES.POLICY_FILE.fallback);
}

function isSet(env: Environment, name: string): boolean {
  return (env[name] ?? '').trim() !== '';
}

function namesOf(group: string): VariableName[] {
  return NAMES.filter((name) => VARIABLES[name].group === group);
}

function problem(variable: VariableName, text: string): ConfigProblem {
  return { variable, problem: `${text}.`, example: `${variable}=${VARIABLES[variable].example}` };
}

function readValues(env: Environment, problems: ConfigProblem[]): Values {
  const values: Record<string, unknown> = {};
  for (const name of NAMES) {
    const { schema, fallback, secret, example }: Variable = VARIABLES[name];
    const given = isSet(env, name) ? env[name]?.trim() : fallback;
    if (given === undefined) continue;
    const parsed = schema.safeParse(given);
    if (secret && given === example) problems.push(problem(name, 'is the example, not a secret of your own'));
    else if (parsed.success) values[name] = parsed.data;
    else problems.push(problem(name, parsed.error.issues.map(({ message }) => message).join(', ')));
  }
  problems.push(...mistyped(env));
  return values as Values;
}

/** A variable with a slip in its name would be left out silently. */
function mistyped(env: Environment): ConfigProblem[] {
  return Object.keys(env).flatMap((name) => {
    if (!/^(?:SLACK|TEAMS|ARM|GRAPH|LINK|POLICY)_/.test(name) || NAMES.some((known) => known === name))
      return [];
    const meant = nearest(
      name,
      NAMES.map((known) => known.toLowerCase()),
    )[0];
    const right = NAMES.find((known) => known.toLowerCase() === meant);
    if (right === undefined) return [];
    return [{ ...problem(right, `is probably meant by ${name}, which means nothing here`), variable: name }];
  });
}

function needOne(env: Environment, names: readonly VariableName[], problems: ConfigProblem[]): void {
  const [first, ...rest] = names;
  if (first === undefined) return;
  const set = names.filter((name) => isSet(env, name));
  if (set.length === 0)
    problems.push(problem(first, `is missing, and so is ${rest.join(', ')}: one of them is needed`));
  if (set.length > 1)
    problems.push(problem(first, `is one of ${set.join(', ')}, of which only one may be set`));
}

function readRedis(env: Environment, values: Values, problems: ConfigProblem[]): Config['redis'] | undefined {
  if (isSet(env, 'REDIS_URL')) {
    const { REDIS_URL: url = '', REDIS_ASSUME_DURABLE: assumeDurable } = values;
    return { kind: 'server', url, assumeDurable: assumeDurable === 'yes' };
  }
  const command = values.LATCHKEY_REDIS_SERVER ?? findProgram(env, ['valkey-server', 'redis-server']);
  if (command !== undefined)
    return { kind: 'private', command, dir: join(resolve(values.DATA_DIR ?? ''), 'redis') };
  const text = 'is missing, and there is no valkey-server or redis-server on PATH to start a private one';
  problems.push(problem('REDIS_URL', text));
  return undefined;
}

function findProgram(env: Environment, names: readonly string[]): string | undefined {
  const dirs = (env['PATH'] ?? '').split(delimiter).filter(Boolean);
  return names.flatMap((name) => dirs.map((dir) => join(dir, name))).find((path) => existsSync(path));
}

function buildCommon(values: Values, redis: Config['redis']): Config {
  const caFile = values.NODE_EXTRA_CA_CERTS;
  return {
    server: {
      host: got(values.HOST),
      port: got(values.PORT),
      ...(values.PUBLIC_URL !== undefined && { publicUrl: values.PUBLIC_URL }),
      ...(values.METRICS_PORT !== undefined && { metricsPort: values.METRICS_PORT }),
    },
    policyFile: resolve(got(values.POLICY_FILE)),
    dataDir: resolve(got(values.DATA_DIR)),
    linkSecret: got(values.LINK_SECRET),
    logLevel: got(values.LOG_LEVEL),
    ...(values.LATCHKEY_FAIL_POINT !== undefined && { failPoint: values.LATCHKEY_FAIL_POINT }),
    redis,
    azure: {
      clientId: got(values.AZURE_CLIENT_ID),
      tenantId: got(values.AZURE_TENANT_ID),
      credential: credentialFrom({
        secret: values.AZURE_CLIENT_SECRET,
        path: values.AZURE_CLIENT_CERTIFICATE_PATH,
        file: values.AZURE_FEDERATED_TOKEN_FILE,
        identity: values.AZURE_MANAGED_IDENTITY,
      }),
      authorityHost: got(values.AZURE_AUTHORITY_HOST),
      armEndpoint: got(values.ARM_ENDPOINT),
      armScope: got(values.ARM_SCOPE),
      graphEndpoint: got(values.GRAPH_ENDPOINT),
      ...(caFile !== undefined && { caFile: resolve(caFile) }),
    },
  };
}

function buildSlack(values: Values): NonNullable<Config['slack']> {
  return {
    botToken: got(values.SLACK_BOT_TOKEN),
    via:
      values.SLACK_APP_TOKEN === undefined
        ? { kind: 'http', signingSecret: got(values.SLACK_SIGNING_SECRET) }
        : { kind: 'socket', appToken: values.SLACK_APP_TOKEN },
    apiUrl: `${got(values.SLACK_API_URL)}/`,
  };
}

function buildTeams(values: Values): NonNullable<Config['teams']> {
  return {
    appId: got(values.TEAMS_APP_ID),
    tenantId: got(values.TEAMS_APP_TENANT_ID),
    credential: credentialFrom({
      secret: values.TEAMS_APP_PASSWORD,
      path: values.TEAMS_APP_CERTIFICATE_PATH,
      identity: values.TEAMS_MANAGED_IDENTITY,
    }),
    openIdMetadataUrl: got(values.TEAMS_OPENID_METADATA_URL),
    serviceHosts: got(values.TEAMS_SERVICE_HOSTS),
  };
}

interface Proof {
  secret?: string | undefined;
  path?: string | undefined;
  file?: string | undefined;
  identity?: string | undefined;
}

function credentialFrom({ secret, path, file, identity }: Proof): CredentialConfig {
  if (secret !== undefined) return { kind: 'secret', secret };
  if (path !== undefined) return { kind: 'certificate', path: resolve(path) };
  if (file !== undefined) return { kind: 'federatedToken', file: resolve(file) };
  if (identity === undefined || identity === 'system') return { kind: 'managedIdentity' };
  return { kind: 'managedIdentity', clientId: identity.toLowerCase() };
}

/** What was checked to be there. */
function got<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('a setting that was checked is missing');
  return value;
}
