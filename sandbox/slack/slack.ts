import { createClock, type SandboxClock } from '../clock.ts';
import { createFaultPlan, type FaultPlan } from '../faults.ts';
import { startServer, type LoggedRequest } from '../http.ts';
import type { ActingDeps, Actor } from './actor.ts';
import { pressElement, type Click, type MessageChoices } from './clicks.ts';
import { runShortcut, typeCommand, type TypedCommand } from './commands.ts';
import { createDeliverer, type Ack, type Deliverer, type Delivery, type DeliveryKind } from './deliver.ts';
import { describeSlack, dumpSlack, type SlackDump } from './dump.ts';
import { createEventRetries, type EventRetries } from './event-retries.ts';
import { mentionBot, openHomeTab, revokeTokens, shareChannel, uninstall, unshareChannel } from './events.ts';
import {
  directMessagesOf,
  ephemeralsOf,
  messagesIn,
  viewsOf,
  type SeenMessage,
  type SeenViews,
} from './look.ts';
import { closeModal, submitModal, type Submission } from './modals.ts';
import { createRateLimiter, type RateLimiter } from './rate-limit.ts';
import { redeliver, tamper, type Redelivery, type Tampering } from './redeliver.ts';
import { answerResponseUrl } from './response-url.ts';
import {
  addChannel,
  addUser,
  addWorkspace,
  changeChannel,
  changeUser,
  type ChannelSeed,
  type UserSeed,
  type WorkspaceSeed,
} from './seed.ts';
import { createSocketServer, type SocketServer } from './socket.ts';
import {
  createState,
  type Installation,
  type SlackChange,
  type SlackState,
  type SlackUser,
} from './state.ts';
import { waitUntil } from './wait.ts';
import { createWebApi } from './web-api.ts';

/** How to start a simulated Slack. */
export interface SlackOptions {
  signingSecret: string;
  /** Default: the host's clock. */
  clock?: SandboxClock;
  /** Apply the vendor's rate limits. Default false; `slack.rateLimits.enabled` switches later. */
  rateLimits?: boolean;
  /** Slash commands the app has registered. Default `['/access']`. */
  commands?: string[];
  /** How long the app has to acknowledge. Default 3000, as Slack. */
  ackTimeoutMs?: number;
  /** The clock of signatures alone, for an app that checks them against the host's. Default: `clock`. */
  signatureClock?: { now(): number };
}

/** The simulated Slack. */
export interface SlackSandbox {
  /** `http://127.0.0.1:port` */
  url: string;
  /** `SLACK_API_URL`: the url with `/api/`. */
  apiUrl: string;
  clock: SandboxClock;
  faults: FaultPlan;
  /** Every request the app made. */
  requests: LoggedRequest[];
  rateLimits: RateLimiter;

  addWorkspace(seed: WorkspaceSeed): Installation | undefined;
  addUser(seed: UserSeed): void;
  changeUser(userId: string, change: Partial<Omit<SlackUser, 'id'>>): void;
  addChannel(seed: ChannelSeed): void;
  changeChannel(channelId: string, change: Parameters<typeof changeChannel>[2]): void;

  /** HTTP mode: where the app listens. Open Socket Mode connections go before it. */
  connect(app: { requestUrl: string }): void;
  /** Sends `url_verification`, as saving the request URL does. True when the app echoed the challenge. */
  verifyRequestUrl(): Promise<boolean>;
  /** Socket Mode. */
  sockets: Pick<SocketServer, 'connections' | 'disconnect' | 'cut'>;

  command(typed: TypedCommand): Promise<Ack>;
  shortcut(run: Actor & { callbackId: string }): Promise<Ack>;
  click(click: Click): Promise<Ack>;
  submitView(submission: Submission): Promise<Ack>;
  /** Undefined when the view did not ask to hear of it. */
  closeView(closing: Actor & { viewId: string }): Promise<Ack | undefined>;
  mention(said: Actor & { channel: string; text: string }): Promise<Ack>;
  openHome(actor: Actor): Promise<Ack>;
  shareChannel(shared: { channel: string; teamId: string }): Promise<Ack>;
  unshareChannel(shared: { channel: string; teamId: string }): Promise<Ack>;
  revokeTokens(revoked: { teamId: string }): Promise<Ack>;
  uninstall(from: { teamId: string }): Promise<Ack>;

  messages(channelId: string): SeenMessage[];
  ephemerals(userId: string, channelId?: string): SeenMessage[];
  dms(userId: string): SeenMessage[];
  views(userId: string): SeenViews;
  /** Waits until `find` gives something (not undefined, false or an empty list). @throws after `timeoutMs` (5000). */
  waitFor<T>(find: () => T | undefined | false, options?: { timeoutMs?: number; what?: string }): Promise<T>;

  /** Everything sent to the app, oldest first. */
  deliveries: readonly Delivery[];
  redeliver(kind: DeliveryKind, redelivery?: Redelivery): Promise<Ack>;
  tamper(kind: DeliveryKind, tampering: Tampering): Promise<Ack>;
  dump(): SlackDump;
  /** Calls back on every visible change; the answer stops it. */
  onChange(listener: (change: SlackChange) => void): () => void;
  stop(): Promise<void>;
}

/** Starts a simulated Slack on a random loopback port. */
export async function createSlack(options: SlackOptions): Promise<SlackSandbox> {
  const clock = options.clock ?? createClock();
  const state = createState(clock);
  const faults = createFaultPlan();
  const limiter = createRateLimiter(clock, options.rateLimits ?? false);
  const api = createWebApi({
    state,
    limiter,
    url: () => server.url,
    issueSocketUrl: () => socket.issueUrl(server.port),
  });
  const server = await startServer({
    faults,
    now: clock.now,
    handle: (request) => {
      if (request.path.startsWith('/api/')) return api(request);
      if (request.path.startsWith('/hooks/')) return answerResponseUrl(state, request);
      return { status: 404, text: 'not found' };
    },
  });
  const socket = createSocketServer({
    server: server.server,
    appId: state.appId,
    changed: () => state.changed({ kind: 'seed' }),
  });
  const deliverer = createDeliverer({
    signingSecret: options.signingSecret,
    now: (options.signatureClock ?? clock).now,
    socket,
    ackTimeoutMs: options.ackTimeoutMs ?? 3000,
    eventFailed: (delivery) => retries.failed(delivery),
  });
  const retries = createEventRetries(clock, () => deliverer);
  const commands = options.commands ?? ['/access'];
  return {
    url: server.url,
    apiUrl: `${server.url}/api/`,
    clock,
    faults,
    requests: server.requests,
    rateLimits: limiter,
    ...seeding(state),
    ...connecting(deliverer, socket),
    ...people({ state, deliverer, url: () => server.url, commands }),
    ...looking({ state, deliverer, faults, socket, retries }),
    stop: async () => {
      retries.stop();
      deliverer.stop();
      socket.stop();
      await server.stop();
    },
  };
}

function seeding(state: SlackState) {
  return {
    addWorkspace: (seed: WorkspaceSeed) => addWorkspace(state, seed),
    addUser: (seed: UserSeed) => void addUser(state, seed),
    changeUser: (userId: string, change: Partial<Omit<SlackUser, 'id'>>) => changeUser(state, userId, change),
    addChannel: (seed: ChannelSeed) => void addChannel(state, seed),
    changeChannel: (channelId: string, change: Parameters<typeof changeChannel>[2]) =>
      changeChannel(state, channelId, change),
  };
}

function connecting(deliverer: Deliverer, socket: SocketServer) {
  return {
    connect: (app: { requestUrl: string }) => {
      deliverer.requestUrl = app.requestUrl;
    },
    verifyRequestUrl: async () => {
      const challenge = 'sandbox-challenge';
      const payload = { token: 'legacy-verification-token', challenge, type: 'url_verification' };
      const ack = await deliverer.send(deliverer.prepare('event', payload));
      return ack.status === 200 && (ack.json?.['challenge'] === challenge || ack.body === challenge);
    },
    sockets: socket,
  };
}

function people(acting: ActingDeps) {
  const choices: MessageChoices = new Map();
  return {
    command: (typed: TypedCommand) => typeCommand(acting, typed),
    shortcut: (run: Actor & { callbackId: string }) => runShortcut(acting, run),
    click: (click: Click) => pressElement(acting, choices, click),
    submitView: (submission: Submission) => submitModal(acting, submission),
    closeView: (closing: Actor & { viewId: string }) => closeModal(acting, closing),
    mention: (said: Actor & { channel: string; text: string }) => mentionBot(acting, said),
    openHome: (actor: Actor) => openHomeTab(acting, actor),
    shareChannel: (shared: { channel: string; teamId: string }) => shareChannel(acting, shared),
    unshareChannel: (shared: { channel: string; teamId: string }) => unshareChannel(acting, shared),
    revokeTokens: (revoked: { teamId: string }) => revokeTokens(acting, revoked),
    uninstall: (from: { teamId: string }) => uninstall(acting, from),
  };
}

function looking(deps: {
  state: SlackState;
  deliverer: Deliverer;
  faults: FaultPlan;
  socket: SocketServer;
  retries: EventRetries;
}) {
  const { state, deliverer } = deps;
  const onChange = (listener: (change: SlackChange) => void): (() => void) => {
    state.listeners.add(listener);
    return () => void state.listeners.delete(listener);
  };
  return {
    messages: (channelId: string) => messagesIn(state, channelId),
    ephemerals: (userId: string, channelId?: string) => ephemeralsOf(state, userId, channelId),
    dms: (userId: string) => directMessagesOf(state, userId),
    views: (userId: string) => viewsOf(state, userId),
    waitFor: <T>(find: () => T | undefined | false, options: { timeoutMs?: number; what?: string } = {}) =>
      waitUntil(find, {
        ...options,
        listen: onChange,
        describe: () => describeSlack(state, deliverer.deliveries),
      }),
    deliveries: deliverer.deliveries,
    redeliver: (kind: DeliveryKind, redelivery: Redelivery = { how: 'replay' }) =>
      redeliver(deliverer, kind, redelivery),
    tamper: (kind: DeliveryKind, tampering: Tampering) => tamper({ deliverer, state }, kind, tampering),
    dump: () =>
      dumpSlack({
        state,
        deliveries: deliverer.deliveries,
        faults: deps.faults,
        socketConnections: deps.socket.connections(),
        pendingEventRetries: deps.retries.pending(),
      }),
    onChange,
  };
}
