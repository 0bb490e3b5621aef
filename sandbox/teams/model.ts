import type { SandboxClock } from '../clock.ts';

/** Any JSON object. */
export type JsonObject = Record<string, unknown>;

/** A Bot Framework activity as it goes over the wire; what the sandbox does not look at is kept as it came. */
export interface Activity extends JsonObject {
  type: string;
}

/** A simulated Entra tenant with Teams. */
export interface Tenant {
  /** GUID. */
  id: string;
  name: string;
  /** Whether targeted (private) messages and slash commands exist here. */
  targetedMessages: boolean;
}

/** What a person did with the bot's personal app: nothing yet, added it, took it away, or blocked the bot. */
export type PersonalApp = 'none' | 'installed' | 'removed' | 'blocked';

/** A person in a tenant. A guest is a user object of the host tenant with the role `guest`. */
export interface User {
  tenantId: string;
  /** Entra object id in `tenantId`, GUID. */
  objectId: string;
  name: string;
  /** Teams' id for the person towards this bot, `29:…`. */
  mri: string;
  role: 'user' | 'guest';
  personalApp: PersonalApp;
}

/** A team; its id is also the id of its General channel, `19:…@thread.tacv2`. */
export interface Team {
  id: string;
  tenantId: string;
  /** Entra group behind the team, GUID. */
  aadGroupId: string;
  name: string;
  /** Object ids; people of other tenants are shared-channel (external) members. */
  members: Set<string>;
  botInstalled: boolean;
}

/** A channel, id `19:…@thread.tacv2`. */
export interface Channel {
  id: string;
  teamId: string;
  name: string;
}

/** A group chat, id `19:…@thread.v2`. */
export interface GroupChat {
  id: string;
  tenantId: string;
  members: Set<string>;
  botInstalled: boolean;
}

/** Where a conversation id leads. `rootId` is the id of the message that began the thread. */
export type Place =
  | {
      kind: 'channel';
      id: string;
      tenantId: string;
      team: Team;
      channel: Channel;
      rootId: string | undefined;
    }
  | { kind: 'personal'; id: string; tenantId: string; user: User }
  | { kind: 'groupChat'; id: string; tenantId: string; groupChat: GroupChat };

/** A line a client shows under a card to one person only: the answer to a click that was not a card. */
export interface Notice {
  userObjectId: string;
  kind: 'message' | 'error';
  text: string;
  at: number;
}

/** A message in a channel, a chat, or shown to one person only. Instants are epoch ms of the sandbox clock. */
export interface Message {
  /** Thirteen digits, like `1763661601234`. */
  id: string;
  /** Full id: `19:…@thread.tacv2;messageid=…` in channels. */
  conversationId: string;
  /** Set in channels: the channel's id, and the id of the message that began the thread. */
  channelId?: string;
  rootId?: string;
  /** `28:…` for the bot, `29:…` for people. */
  fromId: string;
  fromName: string;
  at: number;
  activity: Activity;
  /** Every version, oldest first; the last one is `activity`. */
  history: Array<{ at: number; activity: Activity }>;
  deletedAt?: number;
  /** Object id of the only person who sees it. */
  targetedTo?: string;
  /** Cards that an invoke answer put in front of one person, by object id. */
  views: Record<string, JsonObject>;
  notices: Notice[];
}

/** One HTTP request to the bot and what came back. */
export interface Delivery {
  id: string;
  at: number;
  activity: Activity;
  /** HTTP status; 0 when no answer came within the deadline or the connection failed. */
  status: number;
  /** The parsed JSON answer, the text of any other answer, undefined for an empty one. */
  body: unknown;
}

/** An open dialog (task module) of one person. */
export interface Dialog {
  id: string;
  userObjectId: string;
  conversationId: string;
  title: string;
  card: JsonObject;
}

/** Everything the simulated Teams knows. */
export interface World {
  appId: string;
  botId: string;
  botName: string;
  clock: SandboxClock;
  tenants: Map<string, Tenant>;
  users: Map<string, User>;
  teams: Map<string, Team>;
  channels: Map<string, Channel>;
  groupChats: Map<string, GroupChat>;
  messages: Message[];
  deliveries: Delivery[];
  dialogs: Map<string, Dialog>;
  /** How many of the next sends are answered 202 without an id. */
  sendsWithoutId: number;
  lastMessageId: number;
  /** Server root without a trailing slash. */
  url: string;
  /** Tells everybody who listens that something changed. */
  changed(): void;
}

/** True for a plain JSON object. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The object under `key`, or an empty one. */
export function objectAt(value: unknown, key: string): JsonObject {
  const found = isObject(value) ? value[key] : undefined;
  return isObject(found) ? found : {};
}

/** The string under `key`, or undefined. */
export function stringAt(value: unknown, key: string): string | undefined {
  const found = isObject(value) ? value[key] : undefined;
  return typeof found === 'string' ? found : undefined;
}
