import { actingPerson, withResponse, type ActingDeps, type Actor } from './actor.ts';
import { ApiError } from './api-error.ts';
import { failed, type Ack } from './deliver.ts';
import { isObject } from './limits.ts';
import { closedPayload, submissionPayload } from './payloads.ts';
import type { Json, SlackState, SlackUser, StoredView } from './state.ts';
import { clientErrors, fillIn, inputs, stateValues, type EnteredValues } from './view-values.ts';
import { checkedView, closeModals, issueTrigger, openModal, replaceView, viewObject } from './views.ts';

/** A modal filled in and sent. */
export interface Submission extends Actor {
  viewId: string;
  /** Block id → value, or block id → action id → value. Options by value or words. */
  values?: EnteredValues;
}

const TROUBLE = 'We had some trouble connecting. Try again?';

/**
 * Submits a modal and does what the answer says: errors, update, push, clear; an empty answer closes it.
 *
 * An empty required input is refused by the client (`invalid_input`): nothing is delivered.
 *
 * @throws when the person has no such modal open, or `values` names no input of it.
 */
export async function submitModal(deps: ActingDeps, submission: Submission): Promise<Ack> {
  const { state } = deps;
  const user = actingPerson(state, submission);
  const view = openView(state, user, submission.viewId);
  const { blocks } = view.content;
  view.values = fillIn(blocks, view.values, submission.values ?? {});
  const objections = clientErrors(blocks, stateValues(blocks, view.values));
  if (Object.keys(objections).length > 0) return showErrors(state, view, objections);
  const payload = submissionPayload(state, {
    user,
    view: viewObject(state, view, 'payload'),
    triggerId: issueTrigger(state, user.id, view.teamId),
  });
  const ack = await deps.deliverer.deliver('interaction', payload);
  const result = withResponse(ack, () => follow(state, view, ack));
  if (result.problem) {
    view.trouble = TROUBLE;
    state.changed({ kind: 'view', userId: user.id, viewId: view.id });
  }
  return Object.keys(view.errors).length > 0 && !result.problem ? { ...result, errors: view.errors } : result;
}

/** Closes a modal with its cross; the app hears of it when the view asked to. */
export async function closeModal(
  deps: ActingDeps,
  closing: Actor & { viewId: string },
): Promise<Ack | undefined> {
  const { state } = deps;
  const user = actingPerson(state, closing);
  const view = openView(state, user, closing.viewId);
  const isCleared = view.content['clear_on_close'] === true;
  closeModals(state, view, isCleared ? 'all' : 'this');
  if (view.content['notify_on_close'] !== true) return undefined;
  const payload = closedPayload(state, { user, view: viewObject(state, view, 'payload'), isCleared });
  return deps.deliverer.deliver('interaction', payload);
}

function openView(state: SlackState, user: SlackUser, viewId: string): StoredView {
  const view = state.views.get(viewId);
  if (!view || view.type !== 'modal' || view.userId !== user.id) {
    throw new Error(`sandbox slack: ${user.id} has no modal ${viewId} open`);
  }
  return view;
}

function showErrors(state: SlackState, view: StoredView, errors: Record<string, string>): Ack {
  view.errors = errors;
  state.changed({ kind: 'view', userId: view.userId, viewId: view.id });
  return failed('invalid_input', errors);
}

/** Source: https://docs.slack.dev/surfaces/modals#view-submission-response */
function follow(state: SlackState, view: StoredView, ack: Ack): void {
  view.errors = {};
  view.trouble = undefined;
  const answer = ack.json;
  if (!answer) {
    if (ack.body.trim() !== '') throw new ApiError('invalid_response');
    return closeModals(state, view, 'this');
  }
  switch (answer['response_action']) {
    case undefined:
      return closeModals(state, view, 'this');
    case 'clear':
      return closeModals(state, view, 'all');
    case 'errors':
      view.errors = checkedErrors(view, answer['errors']);
      return state.changed({ kind: 'view', userId: view.userId, viewId: view.id });
    case 'update':
      return replaceView(state, view, { content: checkedView(viewIn(answer), 'modal'), hash: undefined });
    case 'push': {
      const content = checkedView(viewIn(answer), 'modal');
      openModal(state, { userId: view.userId, teamId: view.teamId, content, onTop: true });
      return;
    }
    default:
      throw new ApiError('invalid_response_action');
  }
}

/** Errors go under inputs; an unknown block id shows nothing to the person, which is the app's mistake. */
function checkedErrors(view: StoredView, errors: unknown): Record<string, string> {
  if (!isObject(errors) || Object.keys(errors).length === 0) throw new ApiError('invalid_errors');
  const known = new Set(
    inputs(view.content['blocks'])
      .filter(({ block }) => block['type'] === 'input')
      .map(({ block }) => block['block_id']),
  );
  for (const [blockId, words] of Object.entries(errors)) {
    if (!known.has(blockId)) throw new ApiError(`invalid_errors: no input block "${blockId}"`);
    if (typeof words !== 'string' || words === '') throw new ApiError('invalid_errors: words missing');
  }
  return errors as Record<string, string>;
}

function viewIn(answer: Json): Json {
  const { view } = answer;
  if (!isObject(view)) throw new ApiError('invalid_view');
  return view;
}
