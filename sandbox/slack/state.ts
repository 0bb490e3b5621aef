import type { SandboxClock } from '../clock.ts';

/** Any JSON object as it crosses the wire. */
export type Json = Record<string, unknown>;

/** The app as installed in one workspace. */
export interface Installation {
  teamId: string;
  /** `xoxb-…` */
  botToken: string;
  botUserId: string;
  botId: string;
  /** The bot token's scopes. */
  scopes: string[];
  tokenState: 'live' | 'revoked' | 'uninstalled';
}

/** A Slack workspace. Without `installation` it is somebody else's: its people arrive through Slack Connect. */
export interface Workspace {
  /** `T…` */
  id: string;
  name: string;
  domain: string;
  /** `E…` of an Enterprise Grid organisation. */
  enterpriseId: string | undefined;
  installation: Installation | undefined;
}

/** A member, guest, bot or outsider. */
export interface SlackUser {
  /** `U…` or `W…` */
  id: string;
  /** Home workspace (`T…`) or, for a Grid customer, its organisation (`E…`). */
  teamId: string;
  /** Handle without the `@`. */
  name: string;
  realName: string;
  /** IANA zone. */
  tz: string;
  email: string | undefined;
  /** The other organisation hides e-mail addresses from outsiders. */
  emailHidden: boolean;
  isEmailConfirmed: boolean;
  isRestricted: boolean;
  isUltraRestricted: boolean;
  deleted: boolean;
  isBot: boolean;
}

/** A channel, private channel or direct message. */
export interface SlackChannel {
  /** `C…` or, for a direct message with the bot, `D…`. */
  id: string;
  /** The workspace that hosts it. */
  teamId: string;
  name: string;
  members: Set<string>;
  isPrivate: boolean;
  isArchived: boolean;
  isOrgShared: boolean;
  isExtShared: boolean;
  isPendingExtShared: boolean;
  /** Other companies' workspaces or organisations in the channel. */
  connectedTeamIds: string[];
  /** The person on the other side of a direct message. */
  imUserId: string | undefined;
  createdAt: number;
}

/** What a message said at one time. `at` is epoch ms. */
export interface MessageVersion {
  at: number;
  text: string;
  blocks: Json[];
}

/** A message as stored; `versions` ends with what is visible now. */
export interface StoredMessage {
  channelId: string;
  /** `1795000000.000100`, unique in the sandbox. */
  ts: string;
  /** The installation whose app wrote it, or the author's team. */
  teamId: string;
  userId: string;
  botId: string | undefined;
  threadTs: string | undefined;
  metadata: Json | undefined;
  versions: MessageVersion[];
  /** `ts` of the last edit. */
  editedTs: string | undefined;
  /** Only this person sees it. */
  ephemeralTo: string | undefined;
  deletedAt: number | undefined;
}

/** A modal or a Home tab. */
export interface StoredView {
  /** `V…` */
  id: string;
  type: 'modal' | 'home';
  userId: string;
  /** The workspace whose installation opened it. */
  teamId: string;
  /** The view as the app sent it, normalised. */
  content: Json;
  hash: string;
  previousViewId: string | undefined;
  rootViewId: string;
  /** Values the person has entered: block id → action id → state value. */
  values: Record<string, Record<string, Json>>;
  /** Errors shown under inputs: block id → words. */
  errors: Record<string, string>;
  /** What the client shows when the app failed to answer. */
  trouble: string | undefined;
  openedAt: number;
}

/** A trigger id: one use, three seconds. */
export interface Trigger {
  userId: string;
  teamId: string;
  issuedAt: number;
  used: boolean;
}

/** A response URL: five posts, thirty minutes. */
export interface ResponseUrl {
  teamId: string;
  userId: string;
  channelId: string;
  /** The message whose button was pressed; none for a command. */
  originalTs: string | undefined;
  issuedAt: number;
  uses: number;
}

/** Something visible changed. */
export interface SlackChange {
  kind: 'message' | 'ephemeral' | 'view' | 'seed';
  channelId?: string;
  userId?: string;
  ts?: string;
  viewId?: string;
}

/** Everything the simulated Slack knows. */
export interface SlackState {
  /** `A…` of the one app under test. */
  appId: string;
  verificationToken: string;
  clock: SandboxClock;
  appTokens: Set<string>;
  workspaces: Map<string, Workspace>;
  users: Map<string, SlackUser>;
  channels: Map<string, SlackChannel>;
  messages: StoredMessage[];
  views: Map<string, StoredView>;
  triggers: Map<string, Trigger>;
  responseUrls: Map<string, ResponseUrl>;
  /** A fresh message timestamp, later than every other one. */
  nextTs(): string;
  /** A fresh id like `V0000000001` for prefix `V`. */
  nextId(prefix: string): string;
  /** Tells everybody who listens. */
  changed(change: SlackChange): void;
  listeners: Set<(change: SlackChange) => void>;
}

/** An empty Slack. */
export function createState(clock: SandboxClock): SlackState {
  let lastMicros = 0;
  let count = 0;
  const listeners = new Set<(change: SlackChange) => void>();
  return {
    appId: 'A0LATCHKEY1',
    verificationToken: 'legacy-verification-token',
    clock,
    appTokens: new Set(),
    workspaces: new Map(),
    users: new Map(),
    channels: new Map(),
    messages: [],
    views: new Map(),
    triggers: new Map(),
    responseUrls: new Map(),
    nextTs: () => {
      const micros = Math.floor(clock.now() / 1000) * 1_000_000 + 100;
      lastMicros = micros > lastMicros ? micros : lastMicros + 100;
      const seconds = Math.floor(lastMicros / 1_000_000);
      return `${seconds}.${String(lastMicros % 1_000_000).padStart(6, '0')}`;
    },
    nextId: (prefix) => {
      count += 1;
      return `${prefix}0${String(count).padStart(9, '0')}`;
    },
    changed: (change) => {
      for (const listener of listeners) listener(change);
    },
    listeners,
  };
}

/** @throws when no such person was added. */
export function getUser(state: SlackState, userId: string): SlackUser {
  const user = state.users.get(userId);
  if (!user) throw new Error(`sandbox slack: there is no user ${userId}`);
  return user;
}

/** @throws when no such channel was added. */
export function getChannel(state: SlackState, channelId: string): SlackChannel {
  const channel = state.channels.get(channelId);
  if (!channel) throw new Error(`sandbox slack: there is no channel ${channelId}`);
  return channel;
}

/** @throws when no such workspace was added. */
export function getWorkspace(state: SlackState, teamId: string): Workspace {
  const workspace = state.workspaces.get(teamId);
  if (!workspace) throw new Error(`sandbox slack: there is no workspace ${teamId}`);
  return workspace;
}

/** @throws when the app is not installed there. */
export function getInstallation(state: SlackState, teamId: string): Installation {
  const { installation } = getWorkspace(state, teamId);
  if (!installation) throw new Error(`sandbox slack: the app is not installed in ${teamId}`);
  return installation;
}

/** The words and blocks a message shows now, or at an earlier version (0 = as first posted). */
export function versionOf(message: StoredMessage, index = message.versions.length - 1): MessageVersion {
  const version = message.versions[index];
  if (!version) throw new Error(`sandbox slack: message ${message.ts} has no version ${index}`);
  return version;
}
