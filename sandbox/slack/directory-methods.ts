import { ApiError, invalidArguments } from './api-error.ts';
import { channelObject, findChannel, imObject, openDirectMessage } from './conversations.ts';
import type { ApiCall, ApiMethod } from './methods.ts';
import { userByEmail, userObject } from './people.ts';
import { getUser, getWorkspace, type SlackChannel } from './state.ts';

/** auth.test, users.* and conversations.*. Source: https://docs.slack.dev/reference/methods */
export const DIRECTORY_METHODS: Record<string, ApiMethod> = {
  'auth.test': {
    tier: 'special',
    run: ({ state, installation }) => {
      const workspace = getWorkspace(state, installation.teamId);
      return {
        url: `https://${workspace.domain}.slack.example/`,
        team: workspace.name,
        user: getUser(state, installation.botUserId).name,
        team_id: workspace.id,
        user_id: installation.botUserId,
        bot_id: installation.botId,
        ...(workspace.enterpriseId && { enterprise_id: workspace.enterpriseId }),
        is_enterprise_install: false,
      };
    },
  },
  'users.info': {
    tier: 'tier4',
    scope: 'users:read',
    run: ({ state, args, installation }) => {
      const user = state.users.get(args.required('user'));
      if (!user) throw new ApiError('user_not_found');
      return { user: userObject(state, user, installation) };
    },
  },
  'users.lookupByEmail': {
    tier: 'tier3',
    scope: 'users:read.email',
    run: ({ state, args, installation }) => {
      const user = userByEmail(state, args.required('email'), installation);
      return { user: userObject(state, user, installation) };
    },
  },
  'conversations.info': {
    tier: 'tier3',
    scope: readScope,
    run: (call) => {
      const object = channelObject(channelOf(call), call.installation);
      if (!call.args.flag('include_num_members')) delete object['num_members'];
      return { channel: object };
    },
  },
  'conversations.members': {
    tier: 'tier4',
    scope: readScope,
    run: (call) => {
      const members = [...channelOf(call).members];
      const limit = Math.min(1000, Number(call.args.text('limit') ?? 100));
      const start = cursorStart(call.args.text('cursor'));
      const end = start + limit;
      return {
        members: members.slice(start, end),
        response_metadata: { next_cursor: end < members.length ? cursorAt(end) : '' },
      };
    },
  },
  'conversations.open': {
    tier: 'tier3',
    scope: 'im:write',
    run: ({ state, args, installation }) => {
      const users = (args.text('users') ?? '').split(',').filter(Boolean);
      if (users.length === 0) throw new ApiError('users_list_not_supplied');
      if (users.length > 1) throw invalidArguments(['only direct messages with one person are known here']);
      const { channel, wasOpen } = openDirectMessage(state, users[0] ?? '', installation);
      return {
        ...(wasOpen && { no_op: true, already_open: true }),
        channel: args.flag('return_im') ? imObject(channel, installation) : { id: channel.id },
      };
    },
  },
};

function channelOf(call: ApiCall): SlackChannel {
  const reference = call.args.text('channel') ?? '';
  const channel = call.state.channels.has(reference)
    ? findChannel(call.state, reference, call.installation)
    : undefined;
  if (!channel) throw new ApiError('channel_not_found');
  return channel;
}

/** Reading a public channel, a private one and a direct message each need their own scope. */
function readScope(call: ApiCall): string {
  const channel = call.state.channels.get(call.args.text('channel') ?? '');
  if (channel?.imUserId) return 'im:read';
  return channel?.isPrivate ? 'groups:read' : 'channels:read';
}

function cursorAt(index: number): string {
  return Buffer.from(`member:${index}`).toString('base64');
}

function cursorStart(cursor: string | undefined): number {
  if (cursor === undefined) return 0;
  const match = /^member:(\d+)$/.exec(Buffer.from(cursor, 'base64').toString());
  if (!match) throw new ApiError('invalid_cursor');
  return Number(match[1]);
}
