import { readFileSync } from 'node:fs';
import { rootCertificates } from 'node:tls';
import { Misconfigured } from '../access/errors.ts';
import type { Directory, Entitlements, Guests } from '../access/ports.ts';
import { createArm } from './arm.ts';
import type { AzureConfig } from './azure-config.ts';
import { BOT_SCOPE, graphScopeOf } from './azure-config.ts';
import { createDirectory } from './directory.ts';
import { createEntitlements } from './entitlements.ts';
import { createGraph } from './graph.ts';
import { createGuests } from './guests.ts';
import { createPreflight } from './preflight.ts';
import { probeTenant } from './probe.ts';
import type { Probe } from './probe.ts';
import { createReferenceClock } from './reference-clock.ts';
import { claimsOf, createTokens } from './tokens.ts';
import type { Tokens } from './tokens.ts';
import { CALL_DEADLINE_MS, TOKEN_DEADLINE_MS } from './wire.ts';

/** Everything Latchkey has of Microsoft Azure and Entra ID. */
export interface Azure {
  directory: Directory;
  guests: Guests;
  entitlements: Entitlements;
  /** Azure's clock, epoch ms; undefined until it has answered once. */
  reference(): number | undefined;
  /**
   * How we stand in a tenant, at these scopes or in every subscription we can see.
   * @throws {ConsentMissing | Misconfigured | Unavailable} when signing in fails
   */
  probe(tenantId: string, scopes?: readonly string[]): Promise<Probe>;
  /**
   * A token for the Bot Connector.
   * @throws {Misconfigured} when no bot is configured, or Entra ID refuses it
   * @throws {Unavailable} when Entra ID does not answer
   */
  botToken(): Promise<string>;
  stop(): Promise<void>;
}

/** What only tests change. */
export interface AzureTuning {
  /** A clock in ms that nobody sets. */
  monotonicMs?: () => number;
  callDeadlineMs?: number;
  tokenDeadlineMs?: number;
}

/** Joins the room. Nothing is asked of Azure yet. @throws {Misconfigured} when an endpoint or the CA file is unusable */
export function createAzure(config: AzureConfig, tuning: AzureTuning = {}): Azure {
  for (const name of ['authorityHost', 'armEndpoint', 'graphEndpoint'] as const)
    demandHttps(name, config[name]);
  const monotonicMs = tuning.monotonicMs ?? (() => performance.now());
  const callDeadlineMs = tuning.callDeadlineMs ?? CALL_DEADLINE_MS;
  const tokenDeadlineMs = tuning.tokenDeadlineMs ?? TOKEN_DEADLINE_MS;
  const clock = createReferenceClock(monotonicMs);
  const ca = readCa(config);
  const partnerTenantId = config.partnerTenantId ?? config.tenantId;
  const graphScope = graphScopeOf(config);
  const common = { ca, observeDate: clock.observe, monotonicMs, callDeadlineMs, tokenDeadlineMs };
  const tokens = createTokens({ ...common, identity: config, authorityHost: config.authorityHost });
  const arm = createArm({ ...common, endpoint: config.armEndpoint, scope: config.armScope, tokens });
  const graph = createGraph({ ...common, endpoint: config.graphEndpoint, scope: graphScope, tokens });
  const servicePrincipalOf = async (tenantId: string) =>
    claimsOf((await tokens.get({ tenantId, scope: config.armScope })).token).objectId;
  const preflight = createPreflight({ arm, graph, servicePrincipalOf });
  const portalUrl = (config.portalUrl ?? 'https://portal.azure.com').replace(/\/+$/, '');
  return {
    directory: createDirectory({ graph, partnerTenantId, monotonicMs }),
    guests: createGuests({ graph, portalUrl, monotonicMs }),
    entitlements: createEntitlements({ arm, preflight, servicePrincipalOf }),
    reference: () => clock.now(),
    probe: (tenantId, scopes) =>
      probeTenant(
        { arm, tokens, armScope: config.armScope, graphScope, partnerTenantId },
        { tenantId, ...(scopes && { scopes }) },
      ),
    botToken: createBotToken(config, common),
    stop: () => graph.stop(),
  };
}

function createBotToken(
  config: AzureConfig,
  common: Omit<Parameters<typeof createTokens>[0], 'identity' | 'authorityHost'>,
): () => Promise<string> {
  const { bot } = config;
  let tokens: Tokens | undefined;
  return async () => {
    if (!bot) {
      throw new Misconfigured(
        'No bot is configured, so nothing was sent to Teams.',
        'Set TEAMS_APP_ID and its credential.',
      );
    }
    tokens ??= createTokens({ ...common, identity: bot, authorityHost: config.authorityHost });
    const { token } = await tokens.get({ tenantId: bot.tenantId, scope: bot.scope ?? BOT_SCOPE });
    return token;
  };
}

/** The extra authority beside the usual ones; undefined leaves the choice to Node. */
function readCa({ caFile, caPem }: AzureConfig): string[] | undefined {
  const extra = caPem ?? (caFile === undefined ? undefined : readPem(caFile));
  return extra === undefined ? undefined : [...rootCertificates, extra];
}

function readPem(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new Misconfigured(`The CA file ${file} cannot be read.`, 'Correct its path, or leave it out.', {
      cause: error,
    });
  }
}

function demandHttps(name: string, url: string): void {
  if (URL.canParse(url) && new URL(url).protocol === 'https:') return;
  throw new Misconfigured(
    `${name} is ${JSON.stringify(url)}, but tokens are only sent over https.`,
    'Give an absolute https URL.',
  );
}
