import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createSlack } from '../../sandbox/slack/slack.ts';
import type { SlackSandbox } from '../../sandbox/slack/slack.ts';
import { SECRETS, SLACK } from '../../sandbox/world/ids.ts';
import { seedSlack } from '../../sandbox/world/seed-chats.ts';
import type { Log } from '../../src/access/ports.ts';
import type { Card, Incoming, Reply } from '../../src/chat/card.ts';
import { createSlackApp } from '../../src/slack/app.ts';
import type { SlackApp } from '../../src/slack/app.ts';

/** The real room on the simulated Slack, with an answer each test decides. */
export interface Ground {
  slack: SlackSandbox;
  app: SlackApp;
  heard: Incoming[];
  /** What the door answers next. */
  answer: { with: (incoming: Incoming) => Promise<Reply> };
  stop(): Promise<void>;
}

const quiet: Log = { info: () => undefined, warn: () => undefined, error: () => undefined };

export async function startGround(via: 'http' | 'socket' = 'http'): Promise<Ground> {
  const slack = await createSlack({ signingSecret: SECRETS.slackSigning });
  seedSlack(slack);
  const heard: Incoming[] = [];
  const answer: Ground['answer'] = { with: async () => ({ kind: 'text', text: 'Understood.' }) };
  const seen = new Set<string>();
  const app = await createSlackApp(
    {
      botToken: SECRETS.slackBot,
      apiUrl: slack.apiUrl,
      via:
        via === 'http'
          ? { kind: 'http', signingSecret: SECRETS.slackSigning }
          : { kind: 'socket', appToken: SECRETS.slackApp },
    },
    {
      answer: (incoming) => {
        heard.push(incoming);
        return answer.with(incoming);
      },
      firstTime: async (key) => !seen.has(key) && Boolean(seen.add(key)),
      now: () => slack.clock.now(),
      log: quiet,
    },
  );
  const server = app.requestListener ? await listen(app) : undefined;
  if (server)
    slack.connect({ requestUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/slack/events` });
  return {
    slack,
    app,
    heard,
    answer,
    stop: async () => {
      await app.stop(1_000);
      server?.closeAllConnections();
      await new Promise<void>((resolve) => (server ? server.close(() => resolve()) : resolve()));
      await slack.stop();
    },
  };
}

async function listen(app: SlackApp): Promise<Server> {
  const server = createServer((request, response) => app.requestListener?.(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

/** A pending card with a plain button and one that asks. */
export function pendingCard(changes: Partial<Card> = {}): Card {
  return {
    tone: 'waiting',
    title: 'Access for Dana Example to Contoso Ltd',
    status: [
      { kind: 'text', text: 'Waiting for Contoso until ' },
      { kind: 'time', at: Date.UTC(2026, 10, 20, 14, 32), show: 'clock' },
    ],
    facts: [{ label: 'Role', value: [{ kind: 'text', text: 'contributor' }] }],
    notes: [],
    commands: [],
    quote: { label: 'Reason', text: 'incident 42' },
    buttons: [
      { verb: 'approve', label: 'Approve', look: 'primary', ref: 'r.AR-7K3M9PQX.1.mac' },
      { verb: 'deny', label: 'Deny…', look: 'danger', ref: 'r.AR-7K3M9PQX.1.mac' },
    ],
    links: [],
    summary: 'Dana Example asks for contributor at Contoso Ltd.',
    ...changes,
  };
}

export const leads = { platform: 'slack', teamId: SLACK.team, channelId: SLACK.leads } as const;
