import { createAzure } from '../azure/azure.ts';
import type { AzureSandbox } from '../azure/azure.ts';
import { createClock } from '../clock.ts';
import type { SandboxClock } from '../clock.ts';
import { createSlack } from '../slack/slack.ts';
import type { SlackSandbox } from '../slack/slack.ts';
import { createTeams } from '../teams/teams.ts';
import type { TeamsSandbox } from '../teams/teams.ts';
import { IDS, SECRETS } from './ids.ts';
import { POLICY_TEXT } from './policy-text.ts';
import { seedAzure } from './seed-azure.ts';
import { installEverywhere, seedSlack, seedTeams } from './seed-chats.ts';

/** The three simulated vendors with one clock: a partner, its two customers, and their people. */
export interface World {
  azure: AzureSandbox;
  slack: SlackSandbox;
  teams: TeamsSandbox;
  clock: SandboxClock;
  /** The policy file Northwind's operator wrote. */
  policy: string;
  /** What the operator puts in the app's environment; Redis, port and files are the caller's. */
  environment: Record<string, string>;
  /** Tells the vendors where the app listens, and has the bot installed. `socket`: Slack reaches the app by Socket Mode. */
  connect(appUrl: string, slackVia?: 'http' | 'socket'): Promise<void>;
  stop(): Promise<void>;
}

/** Starts the world on random loopback ports. */
export async function createWorld(
  options: { clock?: SandboxClock; rateLimits?: boolean } = {},
): Promise<World> {
  const clock = options.clock ?? createClock();
  const rateLimits = options.rateLimits ?? false;
  const azure = await createAzure({ clock });
  const slack = await createSlack({
    signingSecret: SECRETS.slackSigning,
    clock,
    rateLimits,
    signatureClock: { now: () => Date.now() },
  });
  const teams = await createTeams({
    appId: IDS.bot,
    clock,
    rateLimits,
    acceptToken: (token) => {
      const holder = azure.verifyToken(token);
      return holder?.clientId === IDS.bot && holder.audience === 'https://api.botframework.com';
    },
  });
  seedAzure(azure);
  seedSlack(slack);
  seedTeams(teams);
  return {
    azure,
    slack,
    teams,
    clock,
    policy: POLICY_TEXT,
    environment: environmentOf(azure, slack, teams),
    connect: async (appUrl, slackVia = 'http') => {
      if (slackVia === 'http') slack.connect({ requestUrl: `${appUrl}/slack/events` });
      teams.connect({ messagingUrl: `${appUrl}/api/messages` });
      await installEverywhere(teams);
    },
    stop: async () => {
      await Promise.all([azure.stop(), slack.stop(), teams.stop()]);
    },
  };
}

function environmentOf(
  azure: AzureSandbox,
  slack: SlackSandbox,
  teams: TeamsSandbox,
): Record<string, string> {
  return {
    AZURE_CLIENT_ID: IDS.app,
    AZURE_TENANT_ID: IDS.northwind,
    AZURE_CLIENT_SECRET: SECRETS.app,
    AZURE_AUTHORITY_HOST: azure.url,
    ARM_ENDPOINT: azure.url,
    ARM_SCOPE: 'https://management.azure.com/.default',
    GRAPH_ENDPOINT: azure.url,
    NODE_EXTRA_CA_CERTS: azure.caFile,
    SLACK_BOT_TOKEN: SECRETS.slackBot,
    SLACK_SIGNING_SECRET: SECRETS.slackSigning,
    SLACK_API_URL: slack.apiUrl,
    TEAMS_APP_ID: IDS.bot,
    TEAMS_APP_TENANT_ID: IDS.northwind,
    TEAMS_APP_PASSWORD: SECRETS.bot,
    TEAMS_OPENID_METADATA_URL: teams.metadataUrl,
    TEAMS_SERVICE_HOSTS: new URL(teams.url).host,
    LINK_SECRET: SECRETS.link,
  };
}
