import { NotFound } from '../access/errors.ts';
import type { MailItem } from '../access/mail.ts';
import type { Platform } from '../access/place.ts';
import type { Clock, Log, PolicySource, Store } from '../access/ports.ts';
import type { Card, MessageRef, Messenger } from './card.ts';
import { noticeCard, pastNoticeCard } from './notice-card.ts';
import { requestCard } from './request-card.ts';
import type { CardContext } from './request-facts.ts';
import type { Sealer } from './seal.ts';

/** Where a card was posted, by the id of its mail item. */
export interface Messages {
  findMessage(itemId: string): Promise<MessageRef | undefined>;
  saveMessage(itemId: string, ref: MessageRef): Promise<void>;
}

/** What delivering needs. A platform that is switched off has no messenger. */
export interface DeliverDeps {
  store: Pick<Store, 'findRequest' | 'findGrant'>;
  policySource: PolicySource;
  messengers: Readonly<Partial<Record<Platform, Messenger>>>;
  messages: Messages;
  seal: Sealer;
  clock: Clock;
  log: Log;
}

/**
 * Brings one mail item to its place, drawn from the records as they are now. Resolves when it is there, or when there is
 * nothing true to say any more.
 *
 * @throws {Unavailable} when the platform or the store wants to be tried again later
 */
export type Deliver = (item: MailItem) => Promise<void>;

/**
 * A card is posted once and updated afterwards. A notice is posted, or dropped when it no longer holds; one that was
 * posted with buttons loses them when its access is over.
 */
export function createDeliver(deps: DeliverDeps): Deliver {
  return async (item) => {
    const messenger = deps.messengers[item.place.platform];
    if (!messenger) return drop(deps, item, 'platformOff');
    const card = await drawCard(deps, item);
    try {
      if (!card) await closeNotice(deps, item, messenger);
      else if (item.kind === 'card') await postOrUpdate(deps, { item, card, messenger });
      else await postNotice(deps, { item, card, messenger });
    } catch (error) {
      if (!(error instanceof NotFound)) throw error;
      // A place that is gone stays gone: trying for ever would hold up what is behind it.
      deps.log.error('chat.placeGone', { itemId: item.id, subjectId: item.subjectId, reason: error.message });
    }
  };
}

function drop({ log }: DeliverDeps, item: MailItem, why: 'platformOff' | 'nothingToSay'): void {
  const facts = { itemId: item.id, why };
  if (why === 'platformOff') log.warn('chat.mailDropped', facts);
  else log.info('chat.mailDropped', facts);
}

async function drawCard(deps: DeliverDeps, item: MailItem): Promise<Card | undefined> {
  const { store, policySource, clock, seal } = deps;
  const request = await store.findRequest(item.subjectId);
  const grant = await store.findGrant(request?.extendsGrantId ?? item.subjectId);
  const context: CardContext = { policy: policySource.current(), now: clock.now(), seal };
  if (item.kind === 'notice') return item.notice && noticeCard(item.notice, { ...context, request, grant });
  return request && requestCard({ ...context, request, grant, audience: 'approvers' });
}

async function postNotice(
  { messages }: DeliverDeps,
  { item, card, messenger }: { item: MailItem; card: Card; messenger: Messenger },
): Promise<void> {
  const posted = await messenger.post(item.place, card);
  if (card.buttons.length > 0) await messages.saveMessage(item.id, posted);
}

async function closeNotice(deps: DeliverDeps, item: MailItem, messenger: Messenger): Promise<void> {
  const grant = await deps.store.findGrant(item.subjectId);
  const posted = grant?.state === 'ended' ? await deps.messages.findMessage(item.id) : undefined;
  if (!grant || !posted) return drop(deps, item, 'nothingToSay');
  await messenger.update(posted, pastNoticeCard(grant));
}

async function postOrUpdate(
  { messages, log }: DeliverDeps,
  { item, card, messenger }: { item: MailItem; card: Card; messenger: Messenger },
): Promise<void> {
  const posted = await messages.findMessage(item.id);
  if (posted) {
    try {
      await messenger.update(posted, card);
      return;
    } catch (error) {
      if (!(error instanceof NotFound)) throw error;
      log.warn('chat.cardGone', { itemId: item.id });
    }
  }
  await messages.saveMessage(item.id, await messenger.post(item.place, card));
}
