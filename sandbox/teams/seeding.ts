import { createHash } from 'node:crypto';
import type { Channel, GroupChat, Team, Tenant, User, World } from './model.ts';
import { getTeam, getTenant, getUser } from './world.ts';

/** Fills the world before anything happens; the bot is told nothing. All ids are as Teams has them. */
export interface Seeding {
  addTenant(tenant: { id: string; name: string; targetedMessages?: boolean }): Tenant;
  /** `mri` (`29:…`) is made up if left out. A guest belongs to the tenant where it is a guest. */
  addUser(user: {
    tenantId: string;
    objectId: string;
    name: string;
    mri?: string;
    role?: User['role'];
  }): User;
  /** `members` are object ids; people of another tenant are external members of a shared channel. */
  addTeam(team: { tenantId: string; id: string; aadGroupId: string; name: string; members: string[] }): Team;
  addChannel(channel: Channel): Channel;
  addGroupChat(chat: { tenantId: string; id: string; members: string[]; bot?: 'installed' }): GroupChat;
}

/** Fills this world. */
export function createSeeding(world: World): Seeding {
  return {
    addTenant: ({ id, name, targetedMessages = false }) =>
      put(world, world.tenants, { id, name, targetedMessages }),
    addUser: ({ tenantId, objectId, name, mri, role = 'user' }) => {
      getTenant(world, tenantId);
      const made = `29:1${createHash('sha256').update(`${world.appId}|${objectId}`).digest('base64url')}`;
      const user: User = { tenantId, objectId, name, mri: mri ?? made, role, personalApp: 'none' };
      world.users.set(objectId, user);
      world.changed();
      return user;
    },
    addTeam: ({ members, ...team }) => {
      getTenant(world, team.tenantId);
      for (const member of members) getUser(world, member);
      world.channels.set(team.id, { id: team.id, teamId: team.id, name: 'General' });
      return put(world, world.teams, { ...team, members: new Set(members), botInstalled: false });
    },
    addChannel: (channel) => {
      getTeam(world, channel.teamId);
      return put(world, world.channels, { ...channel });
    },
    addGroupChat: ({ members, bot, ...chat }) => {
      getTenant(world, chat.tenantId);
      const botInstalled = bot === 'installed';
      return put(world, world.groupChats, { ...chat, members: new Set(members), botInstalled });
    },
  };
}

function put<T extends { id: string }>(world: World, into: Map<string, T>, value: T): T {
  into.set(value.id, value);
  world.changed();
  return value;
}
