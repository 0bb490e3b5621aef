import { Application } from '@microsoft/teams-ai';
import type { TurnContext } from 'botbuilder';
import type { Log } from '../access/ports.ts';
import type { Answer, Incoming } from '../chat/card.ts';
import { fromCardAction, fromMessage } from './incoming.ts';
import { within } from '../chat/in-flight.ts';
import type { InFlight } from '../chat/in-flight.ts';
import { stringAt } from './json.ts';
import type { JsonObject } from './json.ts';
import type { References } from './references.ts';
import type { CardMessage } from './render-card.ts';
import type { InvokeBody } from './reply.ts';
import { invokeError, invokeMessage, toInvokeBody, toMessage } from './reply.ts';

/** What the routes join. */
export interface RouteDeps {
  answer: Answer;
  references: References;
  inFlight: InFlight;
  /** True the first time a key is seen within the time given. */
  firstTime(key: string, ttlMs: number): Promise<boolean>;
  /** Says something to the person behind an activity that nobody else sees. */
  replyPrivately(activity: JsonObject, message: CardMessage): Promise<void>;
  log: Log;
}

/** Teams shows an error when a click is not answered within five seconds, and repeats it. */
const ANSWER_WITHIN_MS = 4_000;
const REDELIVERY_MS = 600_000;

const WORKING = 'Working on it. The answer follows in private in a moment.';
const SEEN = 'This click has arrived already. The card shows how it stands.';
const NOT_OURS = 'This button is none that I know. Nothing was done. Please use the newest card.';
const BROKEN = 'Something went wrong that should not have. The card shows whether anything was done.';

/** Joins what Teams tells us to the one door of the house. Keeps no state of its own between turns. */
export function createRoutes(deps: RouteDeps): Application {
  const app = new Application({ startTypingTimer: false, removeRecipientMention: false });
  const isType =
    (type: string) =>
    ({ activity }: TurnContext): Promise<boolean> =>
      Promise.resolve(activity.type === type);
  app.turn('beforeTurn', async (context) => {
    await learn(deps, rawOf(context));
    return true;
  });
  app.addRoute(
    ({ activity }) => Promise.resolve(activity.name === 'adaptiveCard/action'),
    (context) => onCardAction(deps, context),
    true,
  );
  // An edited message is a `messageUpdate`, which has no route: an edit asks for nothing.
  app.addRoute(isType('message'), ({ activity }) => onMessage(deps, activity as unknown as JsonObject));
  return app;
}

function rawOf({ activity }: TurnContext): JsonObject {
  return activity as unknown as JsonObject;
}

/** What cannot be learned now is learned from the next activity. */
async function learn({ references, log }: RouteDeps, activity: JsonObject): Promise<void> {
  await references.learn(activity).catch((error: unknown) => {
    log.warn('teams.learn.failed', { error: messageOf(error) });
  });
}

/** The same activity twice is a copy; without an answer from the store it counts as new, for the records protect. */
function isFirst(deps: RouteDeps, activity: JsonObject): Promise<boolean> {
  const conversationId = stringAt(activity['conversation'], 'id') ?? '';
  const key = `teams-activity:${conversationId}|${stringAt(activity, 'id') ?? ''}`;
  return deps.firstTime(key, REDELIVERY_MS).catch(() => true);
}

/** A click: answered in time with whatever there is by then, and in private afterwards. */
async function onCardAction(deps: RouteDeps, context: TurnContext): Promise<void> {
  const activity = rawOf(context);
  const body = await cardAnswer(deps, activity).catch((error: unknown) => {
    deps.log.error('teams.click.failed', { error: messageOf(error) });
    return invokeError(500, BROKEN);
  });
  await context.sendActivity({ type: 'invokeResponse', value: { status: 200, body } });
}

async function cardAnswer(deps: RouteDeps, activity: JsonObject): Promise<InvokeBody> {
  const incoming = fromCardAction(activity);
  if (!incoming) return invokeError(400, NOT_OURS);
  if (!(await isFirst(deps, activity))) return invokeMessage(SEEN);
  const answer = deps.answer(incoming);
  deps.inFlight.track(answer);
  const quick = await within(answer, ANSWER_WITHIN_MS);
  if (quick) return toInvokeBody(quick);
  const rest = answer.then((reply) => deps.replyPrivately(activity, toMessage(reply)));
  deps.inFlight.track(rest.catch((error: unknown) => lost(deps, incoming, error)));
  return invokeMessage(WORKING);
}

/** Something typed, or a click of an old client: Teams hears at once that we have it, the person gets a message. */
async function onMessage(deps: RouteDeps, activity: JsonObject): Promise<void> {
  const incoming = fromMessage(activity);
  if (!incoming || !(await isFirst(deps, activity))) return;
  const work = deps
    .answer(incoming)
    .then((reply) => deps.replyPrivately(activity, toMessage(reply)))
    .catch((error: unknown) => lost(deps, incoming, error));
  deps.inFlight.track(work);
  await within(work, ANSWER_WITHIN_MS);
}

function lost({ log }: RouteDeps, { kind }: Incoming, error: unknown): void {
  log.warn('teams.answer.lost', { kind, error: messageOf(error) });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : typeof error;
}
