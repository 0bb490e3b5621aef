import type { FaultPlan } from '../faults.ts';
import type { Delivery, Dialog, GroupChat, Message, Team, Tenant, User, World } from './model.ts';
import { channelsOf } from './world.ts';

/** The whole simulated Teams as plain JSON, deleted and vanished messages included. */
export interface TeamsDump {
  bot: { appId: string; id: string; name: string };
  now: number;
  tenants: Tenant[];
  users: User[];
  teams: Array<Omit<Team, 'members'> & { members: string[]; channels: Array<{ id: string; name: string }> }>;
  groupChats: Array<Omit<GroupChat, 'members'> & { members: string[] }>;
  messages: Message[];
  dialogs: Dialog[];
  deliveries: Delivery[];
  faults: ReturnType<FaultPlan['pending']>;
}

/** A copy nobody can change the world with. */
export function dumpWorld(world: World, faults: FaultPlan): TeamsDump {
  return structuredClone({
    bot: { appId: world.appId, id: world.botId, name: world.botName },
    now: world.clock.now(),
    tenants: [...world.tenants.values()],
    users: [...world.users.values()],
    teams: [...world.teams.values()].map((team) => ({
      ...team,
      members: [...team.members],
      channels: channelsOf(world, team.id).map(({ id, name }) => ({ id, name })),
    })),
    groupChats: [...world.groupChats.values()].map((chat) => ({ ...chat, members: [...chat.members] })),
    messages: world.messages,
    dialogs: [...world.dialogs.values()],
    deliveries: world.deliveries,
    faults: faults.pending(),
  });
}
