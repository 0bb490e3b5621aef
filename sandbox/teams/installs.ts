import type { Deliverer, DeliveryOptions } from './deliver.ts';
import type { Delivery, Place, Team, User, World } from './model.ts';
import { conversationUpdate, installationUpdate, installConversationUpdate } from './payloads.ts';
import { getPlace, getTeam, getUser, personalConversationId } from './world.ts';

/** Adding and removing the app and people. `by` and `user` are object ids; `by` is the first member if left out. */
export interface Installs {
  /** Adds the app to a team, choosing `channel`; a second time changes nothing but tells the bot again. */
  install(event: { team: string; channel: string; by?: string } & DeliveryOptions): Promise<Delivery[]>;
  installPersonal(userObjectId: string, options?: DeliveryOptions): Promise<Delivery[]>;
  /** Removes the app from a team, or from a person's 1:1 chat. */
  uninstall(event: ({ team: string; by?: string } | { user: string }) & DeliveryOptions): Promise<Delivery[]>;
  /** The person blocks the bot or lets it in again; Teams tells the bot nothing. */
  block(userObjectId: string): void;
  unblock(userObjectId: string): void;
  /** A person joins or leaves a team. */
  join(event: { team: string; user: string } & DeliveryOptions): Promise<Delivery | undefined>;
  leave(event: { team: string; user: string } & DeliveryOptions): Promise<Delivery | undefined>;
  /** A channel is made in a living team. */
  createChannel(
    event: { team: string; id: string; name: string; by?: string } & DeliveryOptions,
  ): Promise<Delivery | undefined>;
}

/** Lets people add and remove the app; the roster changes first, then the bot is told. */
export function createInstalls(world: World, deliverer: Deliverer): Installs {
  const both = async (
    event: { user: User; place: Place; action: 'add' | 'remove' },
    options: DeliveryOptions,
  ): Promise<Delivery[]> => [
    await deliverer.deliver(rosterEvent(world, event), options),
    await deliverer.deliver(installationUpdate(world, event), options),
  ];
  return {
    install: async ({ team: teamId, channel, by, ...options }) => {
      const place = getPlace(world, channel);
      if (place.kind !== 'channel' || place.team.id !== teamId)
        throw new Error(`${channel} is not in ${teamId}.`);
      place.team.botInstalled = true;
      world.changed();
      return both({ user: actor(world, place.team, by), place, action: 'add' }, options);
    },
    installPersonal: async (userObjectId, options = {}) => {
      const user = setPersonal(world, userObjectId, 'installed');
      const place = getPlace(world, personalConversationId(world, userObjectId));
      return both({ user, place, action: 'add' }, options);
    },
    uninstall: async (event) => {
      if ('user' in event) {
        const { user: userObjectId, ...options } = event;
        const user = setPersonal(world, userObjectId, 'removed');
        const place = getPlace(world, personalConversationId(world, userObjectId));
        return both({ user, place, action: 'remove' }, options);
      }
      const { team: teamId, by, ...options } = event;
      const team = getTeam(world, teamId);
      team.botInstalled = false;
      world.changed();
      return both(
        { user: actor(world, team, by), place: getPlace(world, teamId), action: 'remove' },
        options,
      );
    },
    block: (userObjectId) => void setPersonal(world, userObjectId, 'blocked'),
    unblock: (userObjectId) => void setPersonal(world, userObjectId, 'installed'),
    ...createMembership(world, deliverer),
  };
}

function createMembership(
  world: World,
  deliverer: Deliverer,
): Pick<Installs, 'join' | 'leave' | 'createChannel'> {
  const tell = (team: Team, activity: Parameters<Deliverer['deliver']>[0], options: DeliveryOptions) =>
    team.botInstalled ? deliverer.deliver(activity, options) : Promise.resolve(undefined);
  return {
    join: async ({ team: teamId, user: userId, ...options }) => {
      const team = getTeam(world, teamId);
      team.members.add(getUser(world, userId).objectId);
      world.changed();
      return tell(team, memberEvent(world, { team, userId, what: 'Added' }), options);
    },
    leave: async ({ team: teamId, user: userId, ...options }) => {
      const team = getTeam(world, teamId);
      team.members.delete(getUser(world, userId).objectId);
      world.changed();
      return tell(team, memberEvent(world, { team, userId, what: 'Removed' }), options);
    },
    createChannel: async ({ team: teamId, id, name, by, ...options }) => {
      const team = getTeam(world, teamId);
      world.channels.set(id, { id, teamId, name });
      world.changed();
      const event = {
        user: actor(world, team, by),
        place: getPlace(world, teamId),
        eventType: 'channelCreated',
        changes: {},
        channel: { id, name },
      };
      return tell(team, conversationUpdate(world, event), options);
    },
  };
}

function memberEvent(
  world: World,
  event: { team: Team; userId: string; what: 'Added' | 'Removed' },
): ReturnType<typeof conversationUpdate> {
  const user = getUser(world, event.userId);
  return conversationUpdate(world, {
    user,
    place: getPlace(world, event.team.id),
    eventType: `teamMember${event.what}`,
    changes: { [`members${event.what}`]: [{ id: user.mri, aadObjectId: user.objectId }] },
  });
}

function rosterEvent(
  world: World,
  event: { user: User; place: Place; action: 'add' | 'remove' },
): ReturnType<typeof conversationUpdate> {
  const bot = [{ id: world.botId }];
  if (event.action === 'add')
    return installConversationUpdate(world, { ...event, changes: { membersAdded: bot } });
  return conversationUpdate(world, {
    ...event,
    ...(event.place.kind !== 'personal' && { eventType: 'teamMemberRemoved' }),
    changes: { membersRemoved: bot },
  });
}

function setPersonal(world: World, userObjectId: string, state: User['personalApp']): User {
  const user = getUser(world, userObjectId);
  user.personalApp = state;
  world.changed();
  return user;
}

function actor(world: World, team: Team, by: string | undefined): User {
  const id = by ?? [...team.members][0];
  if (id === undefined) throw new Error(`The team ${team.name} has no members who could do this.`);
  return getUser(world, id);
}
