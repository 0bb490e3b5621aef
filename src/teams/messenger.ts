import { NotFound, Unavailable } from '../access/errors.ts';
import type { Place } from '../access/place.ts';
import type { MessageRef, Messenger } from '../chat/card.ts';
import type { Connector } from './connector.ts';
import { stringAt } from './json.ts';
import type { Reference, References } from './references.ts';
import type { CardMessage } from './render-card.ts';
import { cardMessage, renderCard } from './render-card.ts';

const RETRY_MS = 5_000;

type TeamsPlace = Extract<Place, { platform: 'teams' }>;
type PersonPlace = Extract<TeamsPlace, { userId: string }>;

/** What posting needs. */
export interface MessengerDeps {
  connector: Connector;
  references: References;
  /** Our app registration, GUID. */
  appId: string;
}

/** Posts messages; {@link Messenger} for cards, and the same for what only we make up. */
export interface Poster {
  post(place: TeamsPlace, message: CardMessage): Promise<MessageRef>;
}

/** Posts and updates cards in Teams. Every card in a channel begins a thread. */
export function createMessenger(deps: MessengerDeps): Messenger {
  const poster = createPoster(deps);
  return {
    post: (place, card) => {
      if (place.platform !== 'teams') return Promise.reject(new NotFound('This place is not in Teams.'));
      return poster.post(place, cardMessage(renderCard(card), card.summary));
    },
    update: async (ref, card) => {
      const { id, conversationId, serviceUrl } = await whereIs(deps, ref);
      await deps.connector({
        method: 'PUT',
        serviceUrl,
        path: `v3/conversations/${encodeURIComponent(conversationId)}/activities/${encodeURIComponent(id)}`,
        body: { ...cardMessage(renderCard(card), card.summary), id },
      });
    },
  };
}

/** The service URL known now goes before the one of the day the message was posted. */
async function whereIs(
  { references }: MessengerDeps,
  ref: MessageRef,
): Promise<{ id: string; conversationId: string; serviceUrl: string }> {
  const { place, id, conversationId } = ref;
  if (place.platform !== 'teams') throw new NotFound('This message is not in Teams.');
  const serviceUrl = (await references.find(place))?.serviceUrl ?? ref.serviceUrl;
  if (!id || !conversationId || !serviceUrl) throw new NotFound('Teams never said where this message is.');
  return { id, conversationId, serviceUrl };
}

/** Posts messages of any making. Same errors as {@link Messenger}. */
export function createPoster(deps: MessengerDeps): Poster {
  return {
    post: async (place, message) => {
      const reference = await deps.references.find(place);
      if (!reference) throw new NotFound('Latchkey is not installed there.');
      return 'userId' in place
        ? postToPerson(deps, { place, message, reference })
        : postToChannel(deps, { place, message, reference });
    },
  };
}

/** A new thread in a channel. Source: contract of `POST /v3/conversations` with `channelData.channel.id`. */
async function postToChannel(
  { connector, appId }: MessengerDeps,
  {
    place,
    message,
    reference,
  }: { place: Exclude<TeamsPlace, PersonPlace>; message: CardMessage; reference: Reference },
): Promise<MessageRef> {
  const { serviceUrl } = reference;
  const made = await connector({
    method: 'POST',
    serviceUrl,
    path: 'v3/conversations',
    body: {
      isGroup: true,
      bot: { id: `28:${appId}` },
      tenantId: place.tenantId,
      channelData: { channel: { id: place.channelId }, tenant: { id: place.tenantId } },
      activity: message,
    },
  });
  const conversationId = stringAt(made, 'id');
  if (!conversationId)
    throw new Unavailable('Teams did not say in which thread it put the message.', RETRY_MS);
  const id = stringAt(made, 'activityId') ?? rootOf(conversationId);
  return { place, id, conversationId, serviceUrl };
}

/** The first message of a thread has the id the thread is named by. */
function rootOf(conversationId: string): string {
  return /;messageid=(\d+)/.exec(conversationId)?.[1] ?? '';
}

interface PersonPost {
  place: PersonPlace;
  message: CardMessage;
  reference: Reference;
}

/** The private chat, made when there is none yet, and made anew when the remembered one is gone. */
async function postToPerson(deps: MessengerDeps, post: PersonPost): Promise<MessageRef> {
  const remembered = post.reference.conversationId;
  if (remembered !== undefined) {
    try {
      return await sendTo(deps, post, remembered);
    } catch (error) {
      if (!(error instanceof NotFound)) throw error;
    }
  }
  const conversationId = await createChat(deps, post);
  if (conversationId === remembered) throw new NotFound('Teams does not let us write to this person.');
  await deps.references.keep(post.place, { ...post.reference, conversationId });
  return sendTo(deps, post, conversationId);
}

async function createChat(
  { connector, appId }: MessengerDeps,
  { place, reference }: PersonPost,
): Promise<string> {
  const made = await connector({
    method: 'POST',
    serviceUrl: reference.serviceUrl,
    path: 'v3/conversations',
    body: {
      isGroup: false,
      bot: { id: `28:${appId}` },
      members: [{ id: reference.memberId ?? place.userId }],
      tenantId: place.tenantId,
      channelData: { tenant: { id: place.tenantId } },
    },
  });
  const conversationId = stringAt(made, 'id');
  if (!conversationId) throw new Unavailable('Teams did not say which chat it made.', RETRY_MS);
  return conversationId;
}

async function sendTo(
  { connector }: MessengerDeps,
  { place, message, reference: { serviceUrl } }: PersonPost,
  conversationId: string,
): Promise<MessageRef> {
  const sent = await connector({
    method: 'POST',
    serviceUrl,
    path: `v3/conversations/${encodeURIComponent(conversationId)}/activities`,
    body: message,
  });
  // Teams may take a message without naming it (202): it was posted, and cannot be updated.
  return { place, id: stringAt(sent, 'id') ?? '', conversationId, serviceUrl };
}
