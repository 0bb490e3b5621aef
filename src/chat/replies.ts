import {
  InvalidCommand,
  Misconfigured,
  NotFound,
  Refused,
  StateConflict,
  Unavailable,
} from '../access/errors.ts';
import type { Log } from '../access/ports.ts';
import { refusalSentences } from './refusals.ts';
import { durationWords, nearWords } from './words.ts';

/** What the person was doing when it failed. */
export type Doing = 'ask' | 'decide' | 'cancel' | 'finish' | 'revoke' | 'extend' | 'look';

/** An error in words. `field`: the form field it is about. */
export interface Words {
  text: string;
  field?: string;
}

/** Turns any error into words: what happened, what was not done, what to do next. */
export type Replies = (error: unknown, about: { doing: Doing; now: number }) => Words;

/**
 * The one place where errors become words.
 *
 * @param deps `newIncidentId`: a short fresh word that is put in the reply and in the log, e.g. `I-3F9K`
 */
export function createReplies({ newIncidentId, log }: { newIncidentId: () => string; log: Log }): Replies {
  return (error, { doing, now }) => {
    const undone = NOT_DONE[doing];
    if (error instanceof InvalidCommand) return { text: join(error.message, exampleWords(error.hint)) };
    if (error instanceof Refused) return refusalWords(error, { doing, now });
    if (error instanceof NotFound) return { text: join(error.message, undone, nearWords(error.near)) };
    if (error instanceof StateConflict) {
      return { text: join('Somebody was faster: this has changed since it was shown.', undone, SEE_NOW) };
    }
    if (error instanceof Unavailable) {
      const wait = durationWords(Math.max(1000, error.retryAfterMs));
      const text = `Something Latchkey depends on does not answer, so this could not be confirmed.`;
      return { text: join(text, STILL_TRUE[doing], `Trying again in ${wait} is safe.`) };
    }
    const incidentId = newIncidentId();
    if (error instanceof Misconfigured) {
      log.error('chat.misconfigured', { incidentId, reason: error.message, remedy: error.remedy });
      const text = 'Latchkey is not set up for this yet.';
      return {
        text: join(text, undone, `Tell your operators ${incidentId}: they can read there what is missing.`),
      };
    }
    log.error('chat.bug', { incidentId, doing, error: nameOf(error), where: stackOf(error) });
    const text = 'Something went wrong that should not have.';
    return { text: join(text, STILL_TRUE[doing], `Please tell your operators ${incidentId}.`) };
  };
}

const SEE_NOW = 'The card shows how it stands now.';

/** Said when it is certain that nothing happened. */
const NOT_DONE: Readonly<Record<Doing, string>> = {
  ask: 'Nothing was asked, and nobody was told.',
  decide: 'Your decision was not counted.',
  cancel: 'Nothing was taken back.',
  finish: 'Nothing was changed.',
  revoke: 'Nothing was revoked.',
  extend: 'No more time was asked for.',
  look: '',
};

/** Said when it is not certain: what holds in any case. */
const STILL_TRUE: Readonly<Record<Doing, string>> = {
  ask: 'No access was granted; /access mine shows whether your request was stored.',
  decide: 'The card shows whether your decision was counted.',
  cancel: '/access mine shows whether it was taken back.',
  finish: 'Your access ends on time in any case.',
  revoke: 'The access ends on time in any case.',
  extend: 'Your access still ends when it did; /access mine shows whether your request was stored.',
  look: '',
};

function join(...sentences: readonly string[]): string {
  return sentences.filter((sentence) => sentence !== '').join(' ');
}

function exampleWords(hint: string): string {
  return hint.startsWith('/access') ? `For example: ${hint}` : hint;
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : typeof error;
}

/** Where it happened, without the message: that may hold what a person wrote. */
function stackOf(error: unknown): string {
  const stack = error instanceof Error ? (error.stack ?? '') : '';
  return stack
    .split('\n')
    .filter((each) => /^\s+at /.test(each))
    .slice(0, 8)
    .map((each) => each.trim())
    .join(' < ');
}

function refusalWords(refused: Refused, { doing, now }: { doing: Doing; now: number }): Words {
  const { happened, next, field } = refusalSentences(refused, now);
  const text = join(happened, doing === 'look' ? '' : NOT_DONE[doing], next);
  return field === undefined ? { text } : { text, field };
}
