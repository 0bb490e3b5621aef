import { randomBytes } from 'node:crypto';
import { ApiError, invalidArguments } from './api-error.ts';
import { normaliseView } from './normalise.ts';
import { stateValues } from './view-values.ts';
import { checkView, VIEW_BYTES } from './view-limits.ts';
import { getInstallation, type Installation, type Json, type SlackState, type StoredView } from './state.ts';

/** Trigger ids live this long. Source: https://docs.slack.dev/interactivity/handling-user-interaction */
const TRIGGER_MS = 3000;
/** A modal and two more on top of it. */
const STACK = 3;

/**
 * A view checked against every limit and normalised.
 *
 * @throws {ApiError} `invalid_arguments`, `view_too_large`.
 */
export function checkedView(view: Json, type: 'modal' | 'home'): Json {
  if (Buffer.byteLength(JSON.stringify(view)) > VIEW_BYTES) throw new ApiError('view_too_large');
  const problems = checkView(view, type);
  if (problems.length > 0) throw invalidArguments(problems);
  return normaliseView(view);
}

/** A fresh trigger id for what this person just did. */
export function issueTrigger(state: SlackState, userId: string, teamId: string): string {
  const random = randomBytes(16).toString('hex');
  const id = `${state.clock.now()}.${state.triggers.size + 1}.${random}`;
  state.triggers.set(id, { userId, teamId, issuedAt: state.clock.now(), used: false });
  return id;
}

/**
 * Uses a trigger id up.
 *
 * @returns who did it
 * @throws {ApiError} `invalid_trigger_id`, `exchanged_trigger_id`, `expired_trigger_id`.
 */
export function useTrigger(state: SlackState, triggerId: string, installation: Installation): string {
  const trigger = state.triggers.get(triggerId);
  if (!trigger || trigger.teamId !== installation.teamId) throw new ApiError('invalid_trigger_id');
  if (trigger.used) throw new ApiError('exchanged_trigger_id');
  if (state.clock.now() - trigger.issuedAt > TRIGGER_MS) throw new ApiError('expired_trigger_id');
  trigger.used = true;
  return trigger.userId;
}

/** The person's open modals, bottom first. */
export function modalStack(state: SlackState, userId: string): StoredView[] {
  return [...state.views.values()].filter((view) => view.userId === userId && view.type === 'modal');
}

/** The person's Home tab of this installation. */
export function homeOf(state: SlackState, userId: string, teamId: string): StoredView | undefined {
  return [...state.views.values()].find(
    (view) => view.type === 'home' && view.userId === userId && view.teamId === teamId,
  );
}

/** Opens a modal: alone, or on top of the one that is open. @throws {ApiError} `push_limit_reached`. */
export function openModal(
  state: SlackState,
  modal: { userId: string; teamId: string; content: Json; onTop: boolean },
): StoredView {
  const stack = modalStack(state, modal.userId);
  if (!modal.onTop) for (const view of stack) state.views.delete(view.id);
  if (modal.onTop && stack.length >= STACK) throw new ApiError('push_limit_reached');
  const previous = modal.onTop ? stack.at(-1) : undefined;
  return addView(state, { ...modal, type: 'modal', previous });
}

/** Publishes a Home tab, replacing the one before. @throws {ApiError} `hash_conflict`. */
export function publishHome(
  state: SlackState,
  home: { userId: string; teamId: string; content: Json; hash: string | undefined },
): StoredView {
  const existing = homeOf(state, home.userId, home.teamId);
  if (!existing) return addView(state, { ...home, type: 'home', previous: undefined });
  replaceView(state, existing, { content: home.content, hash: home.hash });
  return existing;
}

function addView(
  state: SlackState,
  view: {
    userId: string;
    teamId: string;
    type: 'modal' | 'home';
    content: Json;
    previous: StoredView | undefined;
  },
): StoredView {
  const id = state.nextId('V');
  const stored: StoredView = {
    id,
    type: view.type,
    userId: view.userId,
    teamId: view.teamId,
    content: view.content,
    hash: newHash(state),
    previousViewId: view.previous?.id,
    rootViewId: view.previous?.rootViewId ?? id,
    values: {},
    errors: {},
    trouble: undefined,
    openedAt: state.clock.now(),
  };
  state.views.set(id, stored);
  state.changed({ kind: 'view', userId: view.userId, viewId: id });
  return stored;
}

/** Gives a view new content; what was entered stays where block and action ids agree. @throws {ApiError} `hash_conflict`. */
export function replaceView(
  state: SlackState,
  view: StoredView,
  next: { content: Json; hash: string | undefined },
): void {
  if (next.hash !== undefined && next.hash !== view.hash) throw new ApiError('hash_conflict');
  view.content = next.content;
  view.hash = newHash(state);
  view.errors = {};
  view.trouble = undefined;
  state.changed({ kind: 'view', userId: view.userId, viewId: view.id });
}

/** Closes a modal and what lies on it, or the person's whole stack. */
export function closeModals(state: SlackState, view: StoredView, how: 'this' | 'all'): void {
  const stack = modalStack(state, view.userId);
  const from = how === 'all' ? 0 : stack.indexOf(view);
  for (const closed of stack.slice(from)) state.views.delete(closed.id);
  state.changed({ kind: 'view', userId: view.userId, viewId: view.id });
}

function newHash(state: SlackState): string {
  return `${Math.floor(state.clock.now() / 1000)}.${randomBytes(6).toString('base64url')}`;
}

/** The view object. In what Slack sends to the app (`payload`) a Home tab carries the modal's fields too. */
export function viewObject(state: SlackState, view: StoredView, use: 'answer' | 'payload'): Json {
  const { content } = view;
  const hasModalFields = view.type === 'modal' || use === 'payload';
  return {
    id: view.id,
    team_id: view.teamId,
    type: view.type,
    blocks: content['blocks'],
    private_metadata: content['private_metadata'] ?? '',
    callback_id: content['callback_id'] ?? '',
    state: { values: stateValues(content['blocks'], view.values) },
    hash: view.hash,
    ...(hasModalFields && {
      title: content['title'] ?? { type: 'plain_text', text: 'View Title', emoji: true },
    }),
    clear_on_close: content['clear_on_close'] ?? false,
    notify_on_close: content['notify_on_close'] ?? false,
    ...(hasModalFields && { close: content['close'] ?? null, submit: content['submit'] ?? null }),
    previous_view_id: view.previousViewId ?? null,
    root_view_id: view.rootViewId,
    app_id: state.appId,
    external_id: content['external_id'] ?? '',
    app_installed_team_id: view.teamId,
    bot_id: getInstallation(state, view.teamId).botId,
  };
}
