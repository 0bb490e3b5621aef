import { randomUUID } from 'node:crypto';
import { cardOf, fillInputs, findCardProblems } from './cards.ts';
import { getAction, look, typedInputs } from './clicks.ts';
import type { Click } from './clicks.ts';
import type { Deliverer, DeliveryOptions } from './deliver.ts';
import { isObject, objectAt, stringAt } from './model.ts';
import type { Delivery, Dialog, JsonObject, World } from './model.ts';
import { cardActivity } from './payloads.ts';
import { getPlace, getUser } from './world.ts';

/** What became of a dialog: open with a card, closed with a line of text, closed, or broken. */
export interface DialogResult {
  delivery: Delivery;
  dialog: Dialog | undefined;
  shown: 'dialog' | 'message' | 'nothing' | 'error';
  text: string | undefined;
}

/** Dialogs (task modules) opened from a card. */
export interface Dialogs {
  /** Presses an `Action.Submit` with `msteams: {type: task/fetch}` in its data. */
  openDialog(click: Click): Promise<DialogResult>;
  /** Sends the open dialog; `title` picks the button if there are several. */
  submitDialog(sent: DialogSubmission): Promise<DialogResult>;
}

/** What somebody typed into their open dialog. */
export interface DialogSubmission extends DeliveryOptions {
  user: string;
  dialogId: string;
  inputs?: Record<string, string>;
  title?: string;
}

/** Lets people open dialogs from cards and send them. */
export function createDialogs(world: World, deliverer: Deliverer): Dialogs {
  return {
    openDialog: async ({ verb, title, id, inputs = {}, user: userId, activityId, ...options }) => {
      const seen = look(world, userId, activityId);
      const action = getAction(seen.card, { type: 'Action.Submit', verb, title, id });
      const own = objectAt(action, 'data');
      if (stringAt(objectAt(own, 'msteams'), 'type') !== 'task/fetch') {
        throw new Error(`"${String(action['title'])}" opens no dialog.`);
      }
      const data = { ...own, ...typedInputs(seen.card, action, inputs), type: 'task/fetch' };
      const { user, place, message } = seen;
      const value = { data, context: { theme: 'default' } };
      const sent = { user, place, message, value, type: 'invoke', name: 'task/fetch' } as const;
      const delivery = await deliverer.deliver(cardActivity(world, sent), options);
      return applyTask(world, { delivery, userObjectId: userId, conversationId: message.conversationId });
    },
    submitDialog: async ({ user: userId, dialogId, inputs = {}, title, ...options }) => {
      const dialog = world.dialogs.get(dialogId);
      if (dialog?.userObjectId !== userId) throw new Error(`${userId} has no open dialog ${dialogId}.`);
      const wanted = { type: 'Action.Submit', verb: undefined, title, id: undefined } as const;
      const action = getAction(dialog.card, wanted);
      const data = { ...objectAt(action, 'data'), ...fillInputs(dialog.card, inputs) };
      const value = { data, context: { theme: 'default' } };
      const place = getPlace(world, dialog.conversationId);
      const user = getUser(world, userId);
      const sent = { user, place, message: undefined, value, type: 'invoke', name: 'task/submit' } as const;
      const delivery = await deliverer.deliver(cardActivity(world, sent), options);
      if (delivery.status === 200) world.dialogs.delete(dialogId);
      return applyTask(world, {
        delivery,
        userObjectId: userId,
        conversationId: dialog.conversationId,
      });
    },
  };
}

function applyTask(
  world: World,
  asked: { delivery: Delivery; userObjectId: string; conversationId: string },
): DialogResult {
  const { delivery, ...owner } = asked;
  const nothing = { delivery, dialog: undefined, text: undefined };
  if (delivery.status !== 200) return { ...nothing, shown: 'error' };
  const task = objectAt(delivery.body, 'task');
  if (task['type'] === 'message') return { ...nothing, shown: 'message', text: stringAt(task, 'value') };
  if (task['type'] !== 'continue') return { ...nothing, shown: isEmpty(delivery.body) ? 'nothing' : 'error' };
  const value = objectAt(task, 'value');
  const card = cardOf({ attachments: [value['card']] });
  const problems = findCardProblems(card);
  if (!card || problems.length > 0) return { ...nothing, shown: 'error', text: problems.join('; ') };
  const dialog: Dialog = { id: randomUUID(), ...owner, title: stringAt(value, 'title') ?? '', card };
  world.dialogs.set(dialog.id, dialog);
  world.changed();
  return { ...nothing, dialog, shown: 'dialog' };
}

function isEmpty(body: unknown): boolean {
  return (
    body === undefined || body === '' || (isObject(body) && Object.keys(body as JsonObject).length === 0)
  );
}
