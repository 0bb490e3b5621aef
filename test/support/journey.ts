import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createWorld } from '../../sandbox/world/world.ts';
import type { World } from '../../sandbox/world/world.ts';
import { IDS, SECRETS, SLACK, TEAMS } from '../../sandbox/world/ids.ts';
import type { SeenMessage } from '../../sandbox/slack/look.ts';
import { startApp } from '../../src/app.ts';
import type { RunningApp } from '../../src/app.ts';
import { readConfig } from '../../src/config.ts';
import { createLog } from '../../src/log.ts';
import type { TestRedis } from './redis.ts';
import { testRedis } from './redis.ts';

/** The whole app on the simulated world, over real HTTP and a real Redis. Time moves only when told, or with the host. */
export interface Journey {
  world: World;
  redis: TestRedis;
  app: RunningApp;
  /** Lines of the app's log. */
  log: string[];
  /** Waits until something holds; fails with what is there. */
  until<T>(what: string, find: () => T | undefined | false | null, timeoutMs?: number): Promise<T>;
  /** Types a slash command in Slack and answers what the sender alone sees. */
  slackCommand(text: string, user?: string): Promise<string>;
  /** Says something to the bot in Teams, in private. */
  teamsSay(text: string, user?: string): Promise<void>;
  /** Asks in Slack and answers the request's id. */
  ask(text: string, user?: string): Promise<string>;
  /** Presses a button on a request's card in a Teams channel and answers what the clicker is told. */
  teamsPress(
    verb: string,
    press: Press & { user?: string; inputs?: Record<string, string> },
  ): Promise<string>;
  /** Presses a button on a request's card in a Slack channel; a form that opens is filled in and submitted. */
  slackPress(
    verb: string,
    press: Press & { user?: string; values?: Record<string, string> },
  ): Promise<string>;
  /** What cards and messages in a place say, newest last. */
  teamsText(channel: string): string[];
  slackText(channel: string): string[];
  slackDms(user: string): string[];
  teamsDms(user: string): string[];
  /** Role assignments that Latchkey made, as Azure has them now. */
  made(): ReturnType<World['azure']['leftBehind']>;
  restart(): Promise<void>;
  /** One more instance of the app on the same Redis; nobody talks to it until `talkTo`. `stop` ends it too. */
  startAnother(): Promise<RunningApp>;
  /** Has the vendors send everything to this instance. */
  talkTo(instance: RunningApp): void;
  stop(): Promise<void>;
}

/** What is unlike the usual: the policy's text, Slack over Socket Mode, or further settings. */
export interface JourneyOptions {
  policy?: (text: string) => string;
  slackVia?: 'http' | 'socket';
  /** More variables for the app. */
  environment?: Readonly<Record<string, string>>;
}

/** A request's card in a channel. */
interface Press {
  id: string;
  channel?: string;
}

const WAIT_MS = 15_000;

export async function startJourney(options: JourneyOptions = {}): Promise<Journey> {
  const world = await createWorld();
  const redis = await testRedis();
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-journey-'));
  const policyFile = join(folder, 'policy.yaml');
  await writeFile(policyFile, options.policy ? options.policy(world.policy) : world.policy);
  const lines: string[] = [];
  const config = readConfig({
    ...environmentOf(world, options),
    PORT: '0',
    POLICY_FILE: policyFile,
    DATA_DIR: folder,
    REDIS_URL: 'redis://unused.invalid',
    ...options.environment,
  });
  const start = () =>
    startApp({
      config,
      address: { path: redis.path, password: redis.password },
      log: createLog({ level: 'info', destination: { write: (line: string) => void lines.push(line) } }),
      caPem: world.azure.caPem,
      clock: { now: () => world.clock.now(), inDoubt: () => false },
    });
  let app = await start();
  await world.connect(`http://127.0.0.1:${app.port}`, options.slackVia);
  const others: RunningApp[] = [];
  const until: Journey['until'] = async (what, find, timeoutMs = WAIT_MS) => {
    const deadline = Date.now() + timeoutMs;
    for (;;) {
      const found = find();
      if (found) return found;
      if (Date.now() > deadline) throw new Error(`never came: ${what}\n${lines.slice(-12).join('')}`);
      await new Promise((resolve) => setTimeout(resolve, 15));
    }
  };
  const teamsText = (channel: string) =>
    world.teams.messages(channel).map((message) => JSON.stringify(message.activity));
  const journey: Journey = {
    world,
    redis,
    get app() {
      return app;
    },
    log: lines,
    until,
    slackCommand: async (text, user = SLACK.dana) => {
      const before = world.slack.ephemerals(user, SLACK.general).length;
      const ack = await world.slack.command({ user, channel: SLACK.general, text });
      if (ack.problem) throw new Error(`Slack shows ${ack.problem}`);
      const seen = () => world.slack.ephemerals(user, SLACK.general).slice(before).at(-1);
      return plain(await until(`an answer to ${text}`, seen));
    },
    teamsSay: async (text, user = IDS.dana) => {
      await world.teams.say({ user, place: 'personal', text });
    },
    ask: async (text, user) => idIn(await journey.slackCommand(`/access ${text}`, user)),
    teamsPress: async (verb, { id, channel = TEAMS.contosoApprovals, user = IDS.olga, inputs }) => {
      const card = await until(`the card of ${id} in Teams`, () =>
        world.teams.messages(channel).find((message) => JSON.stringify(message.activity).includes(id)),
      );
      const clicked = await world.teams.click({ user, activityId: card.id, verb, ...(inputs && { inputs }) });
      return clicked.text ?? '';
    },
    slackPress: async (verb, { id, channel = SLACK.leads, user = SLACK.lee, values }) => {
      const card = await until(`the card of ${id} in Slack`, () =>
        world.slack.messages(channel).find((message) => plain(message).includes(id)),
      );
      const actionId = /latchkey:[A-Za-z]+:\d+/g;
      const action = plain(card)
        .match(actionId)
        ?.find((each) => each.split(':')[1] === verb);
      if (!action) throw new Error(`no button ${verb} on the card of ${id}`);
      const before = world.slack.ephemerals(user, channel).length;
      await world.slack.click({ user, channel, ts: card.ts, actionId: action });
      if (values) {
        const modal = await until('a form', () => world.slack.views(user).modal);
        await world.slack.submitView({ user, viewId: modal.id, values });
      }
      const told = () => world.slack.ephemerals(user, channel).slice(before).at(-1);
      return plain(await until(`an answer to ${verb}`, told));
    },
    teamsText,
    slackText: (channel) => world.slack.messages(channel).map(plain),
    slackDms: (user) => world.slack.dms(user).map(plain),
    teamsDms: (user) => world.teams.chat(user).map((message) => JSON.stringify(message.activity)),
    made: () => world.azure.leftBehind(IDS.app),
    restart: async () => {
      await app.stop();
      app = await start();
      await world.connect(`http://127.0.0.1:${app.port}`, options.slackVia);
    },
    startAnother: async () => {
      const another = await start();
      others.push(another);
      return another;
    },
    talkTo: ({ port }) => {
      world.slack.connect({ requestUrl: `http://127.0.0.1:${port}/slack/events` });
      world.teams.connect({ messagingUrl: `http://127.0.0.1:${port}/api/messages` });
    },
    stop: async () => {
      await Promise.all([app, ...others].map((each) => each.stop()));
      await Promise.all([world.stop(), redis.stop()]);
      await rm(folder, { recursive: true, force: true });
    },
  };
  return journey;
}

function environmentOf(world: World, { slackVia }: JourneyOptions): Record<string, string> {
  const { SLACK_SIGNING_SECRET: _, ...rest } = world.environment;
  return slackVia === 'socket' ? { ...rest, SLACK_APP_TOKEN: SECRETS.slackApp } : world.environment;
}

/** Freezes Redis: connections stay, nothing is answered. Answers how to thaw it. */
export function freezeRedis({ redis }: Pick<Journey, 'redis'>): () => void {
  const pid = redis.server.pid();
  if (pid === undefined) throw new Error('Redis does not run');
  process.kill(pid, 'SIGSTOP');
  return () => void process.kill(pid, 'SIGCONT');
}

/** @throws when the text names no request */
export function idIn(text: string): string {
  const id = /AR-[0-9A-HJKMNP-TV-Z]{8}/.exec(text)?.[0];
  if (!id) throw new Error(`no request in: ${text}`);
  return id;
}

/** Everything a message says, blocks included. */
function plain(message: SeenMessage): string {
  return `${message.text}\n${JSON.stringify(message.blocks)}`;
}
