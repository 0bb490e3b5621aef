import type { Place } from './place.ts';
import { placeKey } from './place.ts';

/** What a person or the operators are told once, in private or in their channel. */
export type NoticeKind =
  'accessReady' | 'warning' | 'extended' | 'ended' | 'failed' | 'denied' | 'timedOut' | 'stuck' | 'adopted';

/**
 * One thing that has to reach a place. It holds no text: what is shown is rendered from the records at the moment of
 * sending, so only the newest state of a card is ever posted, and a notice that no longer holds is dropped.
 */
export interface MailItem {
  /** Same id, same message: putting it again before it was sent changes nothing but the time. */
  id: string;
  place: Place;
  kind: 'card' | 'notice';
  /** Id of the request or grant it tells about, e.g. `AR-7K3M9PQX`. */
  subjectId: string;
  notice?: NoticeKind;
  /** Not before this instant, epoch ms. */
  at: number;
}

/** The card of a request at a place: posted the first time, updated afterwards. */
export function cardMail(subjectId: string, place: Place, at: number): MailItem {
  return { id: `card|${subjectId}|${placeKey(place)}`, place, kind: 'card', subjectId, at };
}

/** A notice about a request or grant to one place. */
export function noticeMail(
  notice: NoticeKind,
  { subjectId, place, at }: Pick<MailItem, 'subjectId' | 'place' | 'at'>,
): MailItem {
  return { id: `${notice}|${subjectId}|${placeKey(place)}`, place, kind: 'notice', subjectId, notice, at };
}
