import { z } from 'zod';
import {
  guid,
  HOST,
  hosts,
  https,
  identity,
  linkSecret,
  port,
  redisUrl,
  scope,
  secret,
  text,
  token,
  url,
} from './config-forms.ts';
import { FAIL_POINTS } from './fail-points.ts';

/** One environment variable: how it is read, and what people are told about it. */
export interface Variable {
  group: string;
  about: string;
  example: string;
  /** What holds when it is not set, in the words of the environment. */
  fallback?: string;
  /** Its value is never shown. */
  secret?: true;
  schema: z.ZodType;
}

/** Every variable Latchkey reads. `.env.example` is made from this. */
export const VARIABLES = {
  PORT: {
    group: 'Server',
    about: 'TCP port; 0 takes a free one.',
    example: '3978',
    fallback: '3978',
    schema: port,
  },
  HOST: {
    group: 'Server',
    about: 'Address to listen on. Loopback: put your TLS reverse proxy in front.',
    example: '0.0.0.0',
    fallback: '127.0.0.1',
    schema: text.regex(HOST, 'is not an address'),
  },
  PUBLIC_URL: {
    group: 'Server',
    about: 'Where Slack and Teams reach your reverse proxy, https.',
    example: 'https://latchkey.example.com',
    schema: url,
  },
  METRICS_PORT: {
    group: 'Server',
    about:
      'Port for GET /metrics (Prometheus) at HOST; 0 takes a free one. Not set: off. Keep it off the internet.',
    example: '9464',
    schema: port,
  },
  POLICY_FILE: {
    group: 'Server',
    about: 'Who may borrow what (YAML). Read again when it changes.',
    example: '/etc/latchkey/policy.yaml',
    fallback: 'policy.yaml',
    schema: text,
  },
  DATA_DIR: {
    group: 'Server',
    about: 'Directory for what Latchkey keeps on disk: its private Redis when REDIS_URL is not set.',
    example: '/var/lib/latchkey',
    fallback: '.run',
    schema: text,
  },
  LINK_SECRET: {
    group: 'Server',
    about:
      'Key that seals the buttons on cards, at least 32 characters, the same on all replicas: openssl rand -base64 48',
    example: 'what-openssl-rand-base64-48-prints',
    secret: true,
    schema: linkSecret,
  },
  LOG_LEVEL: {
    group: 'Server',
    about: 'debug, info, warn or error; one line of JSON each on standard output.',
    example: 'info',
    fallback: 'info',
    schema: z.enum(['debug', 'info', 'warn', 'error'], 'is not debug, info, warn or error'),
  },

  REDIS_URL: {
    group: 'Redis',
    about:
      'Redis or Valkey 7.0 or newer with AOF and noeviction; rediss:// for TLS. Not set: a private server of our own, for one replica.',
    example: 'rediss://latchkey:password@redis.example.com:6380',
    secret: true,
    schema: redisUrl,
  },
  REDIS_ASSUME_DURABLE: {
    group: 'Redis',
    about: 'yes: you vouch for persistence and eviction policy of a managed Redis that hides its settings.',
    example: 'yes',
    schema: z.literal('yes', 'can only be yes'),
  },
  LATCHKEY_REDIS_SERVER: {
    group: 'Redis',
    about: 'Program of the private server. Not set: valkey-server or redis-server on PATH.',
    example: '/usr/bin/valkey-server',
    schema: text,
  },

  AZURE_CLIENT_ID: {
    group: 'Azure',
    about: 'Application (client) id of the multi-tenant app registration.',
    example: '5f6e7d8c-9b0a-4c1d-8e2f-3a4b5c6d7e8f',
    schema: guid,
  },
  AZURE_TENANT_ID: {
    group: 'Azure',
    about: 'Tenant the registration is in: yours.',
    example: '6a1d0c52-3f1b-4f27-9a55-0d6f3f0f9b11',
    schema: guid,
  },
  AZURE_CLIENT_SECRET: {
    group: 'Azure',
    about: 'One of four ways to prove who we are: a client secret.',
    example: 'value-of-the-client-secret',
    secret: true,
    schema: secret(8),
  },
  AZURE_CLIENT_CERTIFICATE_PATH: {
    group: 'Azure',
    about: 'Or: PEM file with certificate and private key.',
    example: '/etc/latchkey/app.pem',
    schema: text,
  },
  AZURE_FEDERATED_TOKEN_FILE: {
    group: 'Azure',
    about: 'Or: file with a token the app trusts as a federated credential.',
    example: '/var/run/secrets/azure/tokens/azure-identity-token',
    schema: text,
  },
  AZURE_MANAGED_IDENTITY: {
    group: 'Azure',
    about:
      'Or: "system", or the client id of a user-assigned identity the app trusts as a federated credential.',
    example: 'system',
    schema: identity,
  },
  AZURE_AUTHORITY_HOST: {
    group: 'Azure',
    about: 'Sign-in host of your cloud.',
    example: 'https://login.microsoftonline.us',
    fallback: 'https://login.microsoftonline.com',
    schema: https,
  },
  ARM_ENDPOINT: {
    group: 'Azure',
    about: 'Azure Resource Manager of your cloud.',
    example: 'https://management.usgovcloudapi.net',
    fallback: 'https://management.azure.com',
    schema: https,
  },
  ARM_SCOPE: {
    group: 'Azure',
    about: 'Scope of its tokens.',
    example: 'https://management.usgovcloudapi.net/.default',
    fallback: 'https://management.azure.com/.default',
    schema: scope,
  },
  GRAPH_ENDPOINT: {
    group: 'Azure',
    about: 'Microsoft Graph of your cloud.',
    example: 'https://graph.microsoft.us',
    fallback: 'https://graph.microsoft.com',
    schema: https,
  },
  NODE_EXTRA_CA_CERTS: {
    group: 'Azure',
    about: 'PEM file of a further certificate authority, for proxies that open TLS.',
    example: '/etc/ssl/corporate.pem',
    schema: text,
  },

  SLACK_BOT_TOKEN: {
    group: 'Slack',
    about: 'Bot User OAuth Token.',
    example: 'xoxb-…',
    secret: true,
    schema: token('xoxb-'),
  },
  SLACK_SIGNING_SECRET: {
    group: 'Slack',
    about: 'Slack calls us over HTTP, signed with this (Basic Information, Signing Secret).',
    example: '32 hexadecimal digits',
    secret: true,
    schema: secret(16),
  },
  SLACK_APP_TOKEN: {
    group: 'Slack',
    about: 'Or Socket Mode: we call Slack with this app-level token (connections:write).',
    example: 'xapp-…',
    secret: true,
    schema: token('xapp-'),
  },
  SLACK_API_URL: {
    group: 'Slack',
    about: 'Web API, for GovSlack.',
    example: 'https://slack-gov.com/api',
    fallback: 'https://slack.com/api',
    schema: url,
  },

  TEAMS_APP_ID: {
    group: 'Teams',
    about: 'App id of the Azure Bot (single tenant).',
    example: '7d8c9b0a-1c2d-4e3f-8a4b-5c6d7e8f9a0b',
    schema: guid,
  },
  TEAMS_APP_TENANT_ID: {
    group: 'Teams',
    about: 'Tenant of that app.',
    example: '6a1d0c52-3f1b-4f27-9a55-0d6f3f0f9b11',
    schema: guid,
  },
  TEAMS_APP_PASSWORD: {
    group: 'Teams',
    about: 'One of three ways to prove who we are: a client secret of that app.',
    example: 'value-of-the-client-secret',
    secret: true,
    schema: secret(8),
  },
  TEAMS_APP_CERTIFICATE_PATH: {
    group: 'Teams',
    about: 'Or: PEM file with certificate and private key.',
    example: '/etc/latchkey/bot.pem',
    schema: text,
  },
  TEAMS_MANAGED_IDENTITY: {
    group: 'Teams',
    about:
      'Or: "system", or the client id of a user-assigned identity: the bot itself, or one its app trusts.',
    example: 'system',
    schema: identity,
  },
  TEAMS_OPENID_METADATA_URL: {
    group: 'Teams',
    about: 'Who signs what the Bot Connector sends us.',
    example: 'https://login.botframework.azure.us/v1/.well-known/openidconfiguration',
    fallback: 'https://login.botframework.com/v1/.well-known/openidconfiguration',
    schema: url,
  },
  TEAMS_SERVICE_HOSTS: {
    group: 'Teams',
    about: 'Hosts our tokens may go to, with commas. Exactly these, no wildcards.',
    example: 'smba.infra.gov.teams.microsoft.us',
    fallback: 'smba.trafficmanager.net',
    schema: hosts,
  },

  LATCHKEY_FAIL_POINT: {
    group: 'Tests only',
    about: 'Tests only: the moment at which the process kills itself. Refused where PUBLIC_URL is set.',
    example: 'after guest.invite',
    schema: z.enum(FAIL_POINTS, 'is not a fail point'),
  },
} as const satisfies Readonly<Record<string, Variable>>;

/** Name of a variable, e.g. `SLACK_BOT_TOKEN`. */
export type VariableName = keyof typeof VARIABLES;
