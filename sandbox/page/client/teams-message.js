import { act, follow } from './act.js';
import { renderAdaptiveCard } from './card.js';
import { avatar, botAvatar } from './cast.js';
import { el, words } from './dom.js';
import { clock } from './time.js';

const refreshed = new Set();

/** The card this person sees on a message: an answer may have put another one in front of them alone. */
export function cardFor(message, me) {
  return message.views[me.id] ?? message.card;
}

/** A message as this person sees it. */
export function teamsMessage(message, me) {
  const card = cardFor(message, me);
  const { isBot, fromName, at, isEdited, targetedTo } = message;
  if (card) refreshFor(message, card, me);
  return el(
    'article',
    { class: `t-message ${isBot ? 'bot' : ''} ${card ? 'with-card' : ''}`, data: { id: message.id } },
    isBot ? botAvatar(32) : avatar(fromName, 32),
    el(
      'div',
      { class: 't-message-main' },
      el(
        'p',
        { class: 't-author' },
        el('strong', {}, words(fromName)),
        el('time', { title: new Date(at).toLocaleString() }, clock(at)),
        isEdited && el('span', {}, 'Edited'),
        targetedTo && el('span', { class: 't-only' }, 'Only you can see this message'),
      ),
      message.text !== '' && el('div', { class: 't-text' }, mentions(message.text)),
      card && renderAdaptiveCard(card, { follow, pressed: (pressed) => press(message, pressed, me) }),
      message.notices
        .filter(({ userObjectId }) => userObjectId === me.id)
        .slice(-1)
        .map(({ kind, text }) => el('p', { class: `t-notice ${kind}`, role: 'status' }, words(text))),
    ),
  );
}

async function press(message, { type, verb, title, id, data, inputs }, me) {
  const node = document.querySelector(`#teams [data-id="${CSS.escape(message.id)}"]`);
  node?.classList.add('busy');
  const isDialog = data?.msteams?.type === 'task/fetch';
  const kind = type === 'Action.Execute' ? 'teamsExecute' : isDialog ? 'teamsDialog' : 'teamsSubmit';
  await act({ kind, user: me.id, activityId: message.id, verb, title, id: id || undefined, inputs });
  node?.classList.remove('busy');
}

/** Teams asks the bot by itself for the card of those whom it names. */
function refreshFor(message, card, me) {
  if (!card.refresh?.userIds?.includes(me.mri)) return;
  const key = `${message.id} ${me.id} ${JSON.stringify(card.refresh)}`;
  if (refreshed.has(key)) return;
  refreshed.add(key);
  void act({ kind: 'teamsRefresh', user: me.id, activityId: message.id });
}

function mentions(text) {
  return text
    .trim()
    .split(/<at>(.*?)<\/at>/)
    .flatMap((part, index) => (index % 2 === 1 ? [el('span', { class: 't-mention' }, part)] : words(part)));
}

/** One line about a message, for notifications. */
export function teamsHeadline(message) {
  return message.card?.fallbackText ?? message.text.replace(/<\/?at>/g, '');
}
