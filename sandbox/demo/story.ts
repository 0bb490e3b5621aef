import { IDS, SLACK, TEAMS } from '../world/ids.ts';
import { endOf } from '../page/azure-scene.ts';
import type { SeenMessage } from '../slack/look.ts';
import type { World } from '../world/world.ts';
import type { House } from './house.ts';
import type { Say } from './say.ts';

/** Something that happened. `at` is epoch ms. */
export interface Entry {
  step: string;
  at: number;
  what: string;
}

/** A step did not happen in time. */
export class StepMissed extends Error {}

/** What happened, and what went wrong, if anything. */
export interface Story {
  entries: Entry[];
  problem: string | undefined;
}

const COMMAND = '/access contoso contributor 1m incident 4711';
const LENT_MS = 60_000;
const POLL_MS = 20;
const MARKER_ROUNDING_MS = 2_000;

/** What a story is told with. */
export interface StoryDeps {
  house: House;
  stop: AbortSignal;
  say: Say;
}

/** Tells the whole story once, with real times: a minute of access, from the asking to verified gone. */
export async function tellStory({ house, stop, say }: StoryDeps): Promise<Story> {
  const { world, app } = house;
  const entries: Entry[] = [];
  const changes: Array<{ at: number; kind: string; text: string }> = [];
  const forget = world.azure.onChange((change) => void changes.push(change));
  let gone: string | undefined;
  void app.exited.then((why) => (gone = why));
  const note = (step: string, at: number, what: string): void => {
    entries.push({ step, at, what });
    say(`${step}: ${what}`);
  };
  const until: Until = async (what, withinMs, find) => {
    const deadline = Date.now() + withinMs;
    for (;;) {
      stop.throwIfAborted();
      const found = find();
      if (found !== undefined) return found;
      if (gone !== undefined) throw new StepMissed(`Latchkey stopped by itself (${gone}) before ${what}.`);
      if (Date.now() > deadline) throw new StepMissed(`Within ${withinMs / 1000} s, ${what} did not happen.`);
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  };
  try {
    const cardId = await ask(world, { note, until });
    const approvedAt = await approve(world, cardId, { note, until, changes });
    await end(world, { cardId, dueAt: approvedAt + LENT_MS }, { note, until, changes });
    return { entries, problem: leftovers(world) };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return { entries, problem: error.message };
  } finally {
    forget();
  }
}

type Until = <T>(what: string, withinMs: number, find: () => T | undefined) => Promise<T>;

interface Telling {
  note(step: string, at: number, what: string): void;
  until: Until;
}

interface Changes extends Telling {
  changes: ReadonlyArray<{ at: number; kind: string; text: string }>;
}

/** Dana asks; the answer is the id of the card in Contoso's channel. */
async function ask({ slack, teams }: World, { note, until }: Telling): Promise<string> {
  note('asked', Date.now(), `Dana types ${COMMAND}`);
  const ack = await slack.command({ user: SLACK.dana, channel: SLACK.general, text: COMMAND });
  if (ack.problem) throw new StepMissed(`Slack shows an error instead of an answer: ${ack.problem}.`);
  const answer = await until('an answer to Dana', 5_000, () =>
    slack.ephemerals(SLACK.dana, SLACK.general).at(-1),
  );
  note('answered', answer.postedAt, `Slack, only for her: ${firstWords(answer)}`);
  const card = await until('a card for Contoso in Teams', 15_000, () =>
    teams
      .messages(TEAMS.contosoApprovals)
      .findLast((message) => JSON.stringify(message.activity).includes('"approve"')),
  );
  note('posted', card.at, 'Teams, Contoso IT › access-approvals');
  const copy = await until('the copy for the leads in Slack', 15_000, () => leadsCard(slack));
  note('posted', copy.postedAt, 'Slack, #access-leads');
  return card.id;
}

/** Olga approves; the answer is when she did. */
async function approve({ slack, teams }: World, cardId: string, telling: Changes): Promise<number> {
  const { note, until, changes } = telling;
  const approvedAt = Date.now();
  note('approved', approvedAt, 'Olga presses Approve in Teams');
  const click = await teams.click({ user: IDS.olga, activityId: cardId, verb: 'approve' });
  if (click.shown === 'error') throw new StepMissed(`Teams shows Olga an error: ${click.text ?? ''}`);
  const guest = await until('an invitation of Dana to Contoso', 30_000, () =>
    changed(changes, 'guestInvited'),
  );
  note('invited', guest.at, guest.text);
  const role = await until('a role assignment in Contoso', 30_000, () => changed(changes, 'roleAssigned'));
  note('effective', role.at, inWords(role.text));
  const told = await until('a message to Dana how to get in', 15_000, () =>
    directMessage(slack, /az login --tenant/),
  );
  note('told', told.postedAt, `Slack, to Dana: ${firstWords(told)}`);
  return approvedAt;
}

async function end(
  world: World,
  { cardId, dueAt }: { cardId: string; dueAt: number },
  telling: Changes,
): Promise<void> {
  const { note, until, changes } = telling;
  const { azure, slack, teams } = world;
  const assignment = azure
    .dump()
    .tenants.flatMap(({ roleAssignments }) => roleAssignments)
    .find(({ createdByClient }) => createdByClient === IDS.app);
  const markedAt = endOf(assignment?.description ?? null);
  // The marker is in whole seconds, and the app's minute begins when the click has reached it.
  if (markedAt === undefined || Math.abs(markedAt - dueAt) > MARKER_ROUNDING_MS) {
    throw new StepMissed(
      `The role assignment does not say that it ends then: "${assignment?.description ?? ''}".`,
    );
  }
  const warned = await until('a warning to Dana', LENT_MS, () => directMessage(slack, /ending soon/i));
  note('warned', warned.postedAt, `Slack, to Dana: ${firstWords(warned)}`);
  const removed = await until('the removal of the role assignment', dueAt - Date.now() + 30_000, () =>
    changed(changes, 'roleRemoved'),
  );
  note('due', dueAt, 'a minute after Olga’s click');
  note('ended', removed.at, `${inWords(removed.text)}, ${lateness(removed.at - dueAt)}`);
  const deleted = await until('the removal of the guest', 30_000, () => changed(changes, 'userDeleted'));
  note('guest gone', deleted.at, deleted.text);
  const inSlack = await until('"verified gone" on the card in Slack', 30_000, () =>
    versionAt(leadsCard(slack)),
  );
  const inTeams = await until('"verified gone" on the card in Teams', 30_000, () =>
    teams
      .messages(TEAMS.contosoApprovals)
      .find(({ id }) => id === cardId)
      ?.history.find(({ activity }) => VERIFIED.test(JSON.stringify(activity))),
  );
  const verifiedAt = Math.min(inSlack, inTeams.at);
  note('verified gone', verifiedAt, `read back and told everywhere, ${lateness(verifiedAt - dueAt)}`);
}

const VERIFIED = /verified gone/i;

function leadsCard(slack: World['slack']): SeenMessage | undefined {
  return slack.messages(SLACK.leads).findLast(({ botId }) => botId !== undefined);
}

function versionAt(message: SeenMessage | undefined): number | undefined {
  return message?.history.find((version) => VERIFIED.test(JSON.stringify(version.blocks)))?.at;
}

function directMessage(slack: World['slack'], words: RegExp): SeenMessage | undefined {
  return slack.dms(SLACK.dana).find((message) => words.test(JSON.stringify([message.text, message.blocks])));
}

function changed(changes: Changes['changes'], kind: string): Changes['changes'][number] | undefined {
  return changes.find((change) => change.kind === kind);
}

function firstWords({ text }: SeenMessage): string {
  const line = text.split('\n')[0] ?? '';
  return line.length > 90 ? `${line.slice(0, 89)}…` : line;
}

/** What happened in Azure, with the subscription by its name. */
function inWords(text: string): string {
  return text.replace(`/subscriptions/${IDS.contosoSubscription}`, 'Contoso Production');
}

function lateness(ms: number): string {
  return ms >= 0 ? `${ms} ms after the due time` : `${-ms} ms before the due time`;
}

function leftovers({ azure }: World): string | undefined {
  const left = azure.leftBehind(IDS.app);
  if (left.length === 0) return undefined;
  return `Left in the simulated tenant: ${left.map(({ kind, text }) => `${kind} ${text}`).join('; ')}`;
}
