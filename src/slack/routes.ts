import type { App, ViewSubmitAction } from '@slack/bolt';
import type { WebClient } from '@slack/web-api';
import { NotFound } from '../access/errors.ts';
import type { Place } from '../access/place.ts';
import type { Log } from '../access/ports.ts';
import type { Answer, Incoming, Reply } from '../chat/card.ts';
import type { SlackSelf } from './who-am-i.ts';
import { within } from '../chat/in-flight.ts';
import type { InFlight } from '../chat/in-flight.ts';
import type { SlackPress, SlackSubmission } from './incoming.ts';
import { fromCommand, fromMention, fromPress, fromSubmission } from './incoming.ts';
import { translate } from './messenger.ts';
import { FORM_CALLBACK, renderForm } from './render-form.ts';
import type { PrivateMessage } from './reply.ts';
import { renderReply } from './reply.ts';

/** What the room needs from the house. */
export interface SlackDeps {
  answer: Answer;
  /** True the first time a key is seen within the time given. */
  firstTime(key: string, ttlMs: number): Promise<boolean>;
  now(): number;
  log: Log;
}

interface RouteDeps extends SlackDeps {
  client: WebClient;
  self: SlackSelf;
  inFlight: InFlight;
}

/** Slack gives up on an answer after three seconds; what takes longer is answered afterwards. */
const ACK_WITHIN_MS = 2_000;
const REDELIVERY_MS = 600_000;

type Later = (message: PrivateMessage) => Promise<unknown>;

/** Joins Slack's four ways of telling us something to the one door of the house. */
export function route(app: App, deps: RouteDeps): void {
  app.use(async ({ context, body, next }) => {
    const id =
      context['envelopeId'] ??
      (body as { trigger_id?: string }).trigger_id ??
      (body as { event_id?: string }).event_id;
    const isFirst =
      typeof id !== 'string' ||
      (await deps.firstTime(`slack-delivery:${id}`, REDELIVERY_MS).catch(() => true));
    context['isCopy'] = !isFirst;
    await next();
  });
  app.command(/^\/[\w-]+$/, async ({ command, ack, respond, context }) => {
    if (context['isCopy']) return ack();
    const incoming = fromCommand(command);
    await converse(deps, incoming, {
      triggerId: command.trigger_id,
      now: (message) => ack({ response_type: 'ephemeral', ...message }),
      nothing: () => ack(),
      later: (message) => respond({ response_type: 'ephemeral', replace_original: false, ...message }),
    });
  });
  app.action(/^latchkey:/, async ({ body, ack, respond, context }) => {
    await isHeard(ack());
    const press = context['isCopy'] ? undefined : fromPress(body as SlackPress);
    if (!press) return;
    await converse(deps, press, {
      triggerId: (body as { trigger_id?: string }).trigger_id,
      later: (message) => respond({ response_type: 'ephemeral', replace_original: false, ...message }),
    });
  });
  app.view<ViewSubmitAction>(
    { callback_id: FORM_CALLBACK, type: 'view_submission' },
    async ({ ack, body, context }) => {
      const submitted = context['isCopy'] ? undefined : fromSubmission(body as SlackSubmission);
      if (!submitted) return ack();
      await submit(deps, submitted, ack);
    },
  );
  app.event('app_mention', async ({ event, body, context }) => {
    const teams = { installed: deps.self.teamId, actor: homeOf(event, deps.self) };
    const incoming = context['isCopy'] ? undefined : fromMention({ ...event, user: event.user ?? '' }, teams);
    if (!incoming || !body) return;
    await converse(deps, incoming, { later: (message) => whisper(deps, incoming, message) });
  });
}

/** An outsider's mention names their home in `user_team`; ours has none. */
function homeOf(event: object, self: SlackSelf): string {
  const home = (event as { user_team?: unknown }).user_team;
  return typeof home === 'string' ? home : self.teamId;
}

interface Ways {
  triggerId?: string | undefined;
  /** Answers in the ack itself, when the answer is quick. */
  now?: (message: PrivateMessage) => Promise<unknown>;
  nothing?: () => Promise<unknown>;
  later: Later;
}

/** Gets the answer and says it: in the ack when it is there in time, else afterwards. */
async function converse(deps: RouteDeps, incoming: Incoming, ways: Ways): Promise<void> {
  const answer = deps.answer(incoming);
  const work = (async () => {
    const quick = ways.now ? await within(answer, ACK_WITHIN_MS) : undefined;
    const quickMessage = quick && renderReply(quick);
    if (quickMessage && ways.now && (await isHeard(ways.now(quickMessage)))) return;
    // Slack may have given up waiting; the answer still reaches the person afterwards.
    if (ways.nothing) await isHeard(ways.nothing());
    const reply = quick ?? (await answer);
    if (reply.kind === 'form') return openForm(deps, { incoming, reply, ways });
    const message = renderReply(reply);
    if (message) await ways.later(message);
  })();
  deps.inFlight.track(work);
  await work.catch((error: unknown) => {
    deps.log.warn('slack.answer.lost', { kind: incoming.kind, error: translate(error).message });
  });
}

async function isHeard(acknowledgement: Promise<unknown>): Promise<boolean> {
  return acknowledgement.then(
    () => true,
    () => false,
  );
}

async function openForm(
  deps: RouteDeps,
  { incoming, reply, ways }: { incoming: Incoming; reply: Extract<Reply, { kind: 'form' }>; ways: Ways },
): Promise<void> {
  const memory = { verb: reply.verb, ref: reply.ref, place: incoming.place };
  if (ways.triggerId === undefined) {
    const text = 'Forms open from the slash command: type /access and press Enter.';
    await ways.later({ text, blocks: [] });
    return;
  }
  await deps.client.views.open({ trigger_id: ways.triggerId, view: renderForm(reply.form, memory) });
}

type Ack = (answer?: { response_action: 'errors'; errors: Record<string, string> }) => Promise<void>;

/** A submitted form: errors stay at their fields; the form closes otherwise and the answer follows in private. */
async function submit(deps: RouteDeps, submitted: Incoming, ack: Ack): Promise<void> {
  const answer = deps.answer(submitted);
  const work = (async () => {
    const quick = await within(answer, ACK_WITHIN_MS);
    if (quick?.kind === 'fieldErrors') return ack({ response_action: 'errors', errors: { ...quick.errors } });
    await ack();
    const message = renderReply(quick ?? (await answer));
    if (message) await whisper(deps, submitted, message);
  })();
  deps.inFlight.track(work);
  await work.catch((error: unknown) => {
    deps.log.warn('slack.answer.lost', { kind: submitted.kind, error: translate(error).message });
  });
}

/** Tells one person something nobody else sees: where they are, or in private where we may not speak. */
async function whisper(deps: RouteDeps, { actor, place }: Incoming, message: PrivateMessage): Promise<void> {
  if (actor.platform !== 'slack') return;
  if (
    isChannel(place) &&
    (await whisperIn(deps, { channel: place.channelId, user: actor.userId }, message))
  ) {
    return;
  }
  await deps.client.chat.postMessage({ channel: actor.userId, ...message });
}

/** False in a channel that we are not in: the slash command works there too. */
async function whisperIn(
  { client }: RouteDeps,
  to: { channel: string; user: string },
  message: PrivateMessage,
): Promise<boolean> {
  try {
    await client.chat.postEphemeral({ ...to, ...message });
    return true;
  } catch (error) {
    if (translate(error) instanceof NotFound) return false;
    throw error;
  }
}

function isChannel(place: Place): place is Extract<Place, { channelId: string }> {
  return 'channelId' in place;
}
