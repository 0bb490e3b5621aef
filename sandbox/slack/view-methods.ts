import { ApiError, invalidArguments } from './api-error.ts';
import { isHome } from './conversations.ts';
import type { ApiCall, ApiMethod } from './methods.ts';
import type { Json } from './state.ts';
import {
  checkedView,
  modalStack,
  openModal,
  publishHome,
  replaceView,
  useTrigger,
  viewObject,
} from './views.ts';

/** The views.* methods. Source: https://docs.slack.dev/reference/methods?family=views */
export const VIEW_METHODS: Record<string, ApiMethod> = {
  'views.open': { tier: 'tier4', run: (call) => open(call, 'alone') },
  'views.push': { tier: 'tier4', run: (call) => open(call, 'onTop') },
  'views.update': {
    tier: 'tier4',
    run: (call) => {
      const view = call.state.views.get(call.args.text('view_id') ?? '') ?? byExternalId(call);
      if (!view || view.teamId !== call.installation.teamId) throw new ApiError('not_found');
      const content = checkedView(viewArgument(call), view.type);
      replaceView(call.state, view, { content, hash: call.args.text('hash') });
      return { view: viewObject(call.state, view, 'answer') };
    },
  },
  'views.publish': {
    tier: 'tier4',
    run: (call) => {
      const userId = call.args.required('user_id');
      const user = call.state.users.get(userId);
      if (!user || !isHome(call.state, user.teamId, call.installation.teamId))
        throw new ApiError('user_not_found');
      const view = publishHome(call.state, {
        userId,
        teamId: call.installation.teamId,
        content: checkedView(viewArgument(call), 'home'),
        hash: call.args.text('hash'),
      });
      return { view: viewObject(call.state, view, 'answer') };
    },
  },
};

function open(call: ApiCall, how: 'alone' | 'onTop'): Json {
  const triggerId = call.args.required('trigger_id');
  const content = checkedView(viewArgument(call), 'modal');
  const externalId = content['external_id'];
  if (
    externalId &&
    [...call.state.views.values()].some((view) => view.content['external_id'] === externalId)
  ) {
    throw new ApiError('duplicate_external_id');
  }
  const userId = useTrigger(call.state, triggerId, call.installation);
  if (how === 'onTop' && modalStack(call.state, userId).length === 0) throw new ApiError('not_found');
  const view = openModal(call.state, {
    userId,
    teamId: call.installation.teamId,
    content,
    onTop: how === 'onTop',
  });
  return { view: viewObject(call.state, view, 'answer') };
}

function viewArgument(call: ApiCall): Json {
  const view = call.args.object('view');
  if (!view) throw invalidArguments(['missing required field: view']);
  return view;
}

function byExternalId(call: ApiCall) {
  const externalId = call.args.text('external_id');
  return externalId
    ? [...call.state.views.values()].find((view) => view.content['external_id'] === externalId)
    : undefined;
}
