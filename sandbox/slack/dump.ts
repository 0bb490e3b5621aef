import type { FaultPlan } from '../faults.ts';
import type { Ack, Delivery } from './deliver.ts';
import { seenMessage, seenView, type SeenMessage, type SeenView } from './look.ts';
import { versionOf, type SlackChannel, type SlackState, type SlackUser } from './state.ts';

/** Everything the simulated Slack knows, as plain JSON. Tokens are left out. */
export interface SlackDump {
  /** Epoch ms on the sandbox's clock. */
  now: number;
  workspaces: Array<{
    id: string;
    name: string;
    domain: string;
    scopes: string[] | undefined;
    tokenState: string;
  }>;
  users: SlackUser[];
  channels: Array<Omit<SlackChannel, 'members'> & { members: string[] }>;
  messages: Array<SeenMessage & { deletedAt: number | undefined }>;
  views: SeenView[];
  deliveries: Array<{ kind: string; at: number; type: string; ack: Ack | undefined }>;
  socketConnections: number;
  pendingEventRetries: number;
  pendingFaults: ReturnType<FaultPlan['pending']>;
}

interface DumpDeps {
  state: SlackState;
  deliveries: readonly Delivery[];
  faults: FaultPlan;
  socketConnections: number;
  pendingEventRetries: number;
}

/** Takes the dump. */
export function dumpSlack(deps: DumpDeps): SlackDump {
  const { state } = deps;
  return structuredClone({
    now: state.clock.now(),
    workspaces: [...state.workspaces.values()].map(({ id, name, domain, installation }) => ({
      id,
      name,
      domain,
      scopes: installation?.scopes,
      tokenState: installation?.tokenState ?? 'not installed',
    })),
    users: [...state.users.values()],
    channels: [...state.channels.values()].map((channel) => ({ ...channel, members: [...channel.members] })),
    messages: state.messages.map((message) => ({ ...seenMessage(message), deletedAt: message.deletedAt })),
    views: [...state.views.values()].map(seenView),
    deliveries: deps.deliveries.map(({ kind, at, payload, ack }) => ({
      kind,
      at,
      type: String(payload['type'] ?? payload['command']),
      ack,
    })),
    socketConnections: deps.socketConnections,
    pendingEventRetries: deps.pendingEventRetries,
    pendingFaults: deps.faults.pending(),
  });
}

/** A few lines about what is visible, for error messages. */
export function describeSlack(state: SlackState, deliveries: readonly Delivery[]): string {
  const messages = state.messages.slice(-10).map((message) => {
    const { text } = versionOf(message);
    const marks = `${message.ephemeralTo ? ` only for ${message.ephemeralTo}` : ''}${message.deletedAt ? ' deleted' : ''}`;
    return `  ${message.channelId} ${message.ts}${marks}: ${text.slice(0, 100)}`;
  });
  const sent = deliveries
    .slice(-5)
    .map(({ kind, ack }) => `  ${kind} → ${ack?.problem ?? ack?.status ?? 'no answer yet'}`);
  return ['last messages:', ...messages, 'last deliveries:', ...sent].join('\n');
}
