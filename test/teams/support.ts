import http from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TeamsSandbox } from '../../sandbox/teams/teams.ts';
import type { Answer, Card, Incoming, Reply } from '../../src/chat/card.ts';
import { createTeamsApp } from '../../src/teams/app.ts';
import type { TeamsApp, TeamsConfig } from '../../src/teams/app.ts';
import { BOT_TOKEN, ids, startNorthwind } from '../sandbox/teams/northwind.ts';

/** One line of the log. */
export interface Line {
  level: string;
  event: string;
  facts: Readonly<Record<string, unknown>> | undefined;
}

/** Our Teams room behind a loopback server, joined to a simulated Teams. */
export interface Bench {
  teams: TeamsSandbox;
  app: TeamsApp;
  messagingUrl: string;
  /** Everything that reached the door of the house. */
  heard: Incoming[];
  /** What the house says to everything that follows. */
  answerWith(answer: Answer | Reply): void;
  stored: Map<string, string>;
  lines: Line[];
  /** How often a token was asked for. */
  tokensAsked(): number;
  /** Tenants that may talk to us; change it to change the policy. */
  allowed: Set<string>;
  stop(): Promise<void>;
}

/** Both tenants of Northwind's world are known, the app is in its team, nothing was said yet. */
export async function startBench(change: Partial<TeamsConfig> = {}): Promise<Bench> {
  const teams = await startNorthwind();
  const heard: Incoming[] = [];
  const stored = new Map<string, string>();
  const seen = new Set<string>();
  const lines: Line[] = [];
  const allowed = new Set([ids.host, ids.foreign]);
  let tokens = 0;
  let answer: Answer = () => Promise.resolve({ kind: 'text', text: 'heard' });
  const keep =
    (level: string) =>
    (event: string, facts?: Readonly<Record<string, unknown>>): void =>
      void lines.push({ level, event, facts });
  const app = createTeamsApp(
    {
      appId: ids.app,
      tenantId: ids.host,
      serviceHosts: [new URL(teams.url).host],
      openIdMetadataUrl: teams.metadataUrl,
      botToken: () => {
        tokens += 1;
        return Promise.resolve(BOT_TOKEN);
      },
      allowedTenants: () => allowed,
      ...change,
    },
    {
      answer: (incoming) => {
        heard.push(incoming);
        return answer(incoming);
      },
      installations: {
        save: (key, json) => Promise.resolve(void stored.set(key, json)),
        find: (key) => Promise.resolve(stored.get(key)),
        remove: (key) => Promise.resolve(void stored.delete(key)),
      },
      firstTime: (key) => Promise.resolve(!seen.has(key) && seen.add(key) !== undefined),
      log: { info: keep('info'), warn: keep('warn'), error: keep('error') },
      now: () => Date.now(),
    },
  );
  const server = http.createServer(app.requestListener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const messagingUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/messages`;
  teams.connect({ messagingUrl });
  await teams.install({ team: ids.team, channel: ids.leads, by: ids.lee });
  return {
    teams,
    app,
    messagingUrl,
    heard,
    answerWith: (next) => {
      answer = typeof next === 'function' ? next : () => Promise.resolve(next);
    },
    stored,
    lines,
    tokensAsked: () => tokens,
    allowed,
    stop: async () => {
      await app.stop(1_000);
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
      await teams.stop();
    },
  };
}

/** Where the leads are asked. */
export const leadsPlace = {
  platform: 'teams',
  tenantId: ids.host,
  teamId: ids.team,
  channelId: ids.leads,
} as const;

/** Dana's own chat with us. */
export const danaPlace = { platform: 'teams', tenantId: ids.host, userId: ids.dana } as const;

/** A request's card as the house would make it. */
export function sampleCard(change: Partial<Card> = {}): Card {
  return {
    tone: 'waiting',
    title: 'Dana Example asks for contributor at Contoso Ltd',
    status: [
      { kind: 'text', text: '0 of 1: waiting for ' },
      { kind: 'bold', text: 'Contoso' },
    ],
    facts: [
      { label: 'Role', value: [{ kind: 'code', text: 'contributor' }] },
      { label: 'Answer by', value: [{ kind: 'time', at: Date.UTC(2026, 10, 20, 14, 32), show: 'date' }] },
    ],
    notes: [[{ kind: 'text', text: 'One approval is needed.' }]],
    commands: ['az login --tenant contoso'],
    quote: { label: 'Reason', text: 'incident 42' },
    buttons: [
      { verb: 'approve', label: 'Approve 2 hours', look: 'primary', ref: 'r.AR-1.1.mac' },
      {
        verb: 'approveLess',
        label: 'Approve for less…',
        look: 'plain',
        ref: 'r.AR-1.1.mac',
        form: {
          title: 'Approve for less',
          fields: [
            {
              kind: 'choice',
              id: 'duration',
              label: 'For',
              options: [
                { label: '1 hour', value: '1h' },
                { label: '30 minutes', value: '30m' },
              ],
              initial: '1h',
            },
          ],
          submitLabel: 'Approve',
        },
      },
      {
        verb: 'deny',
        label: 'Deny…',
        look: 'danger',
        ref: 'r.AR-1.1.mac',
        form: {
          title: 'Deny',
          intro: [{ kind: 'text', text: 'Dana will read your reason.' }],
          fields: [
            {
              kind: 'text',
              id: 'reason',
              label: 'Reason',
              maxLength: 500,
              required: 'yes',
              multiline: 'yes',
            },
          ],
          submitLabel: 'Deny',
        },
      },
    ],
    links: [{ label: 'Portal', url: 'https://portal.azure.com/' }],
    summary: 'Dana Example asks for contributor at Contoso Ltd',
    ...change,
  };
}
