import { act, follow } from './act.js';
import { renderBlocks } from './blocks.js';
import { avatar, botAvatar } from './cast.js';
import { el, words } from './dom.js';
import { mrkdwn } from './mrkdwn.js';
import { store } from './store.js';
import { clock } from './time.js';

/** What ids stand for in this workspace. */
export const names = {
  user: (id) => personCalled(id)?.name ?? (id === 'USLACKBOT' ? 'Slackbot' : id),
  channel: (id) => store.slack.channels.find((channel) => channel.id === id)?.name ?? id,
};

function personCalled(id) {
  return store.slack.people.find((person) => person.id === id);
}

/** A message as its reader sees it. */
export function slackMessage(message, me) {
  const { channelId, ts, isApp, ephemeralTo, isEdited, postedAt } = message;
  const name = names.user(message.userId);
  const person = personCalled(message.userId);
  const press = (_block, element, value) =>
    act({
      kind: 'slackClick',
      user: me.id,
      channel: channelId,
      ts,
      actionId: element.action_id,
      value: value ?? element.value,
    });
  const deps = { names, follow, press };
  const body =
    message.blocks.length > 0
      ? renderBlocks(message.blocks, deps)
      : el('div', { class: 'blocks' }, mrkdwn(message.text, deps));
  return el(
    'article',
    { class: `s-message ${ephemeralTo ? 'ephemeral' : ''}`, data: { ts } },
    ephemeralTo &&
      el(
        'p',
        { class: 's-only' },
        el('span', { 'aria-hidden': 'true', class: 'eye' }),
        'Only visible to you',
      ),
    isApp ? botAvatar(36) : avatar(name, 36),
    el(
      'div',
      { class: 's-message-main' },
      el(
        'p',
        { class: 's-author' },
        el('strong', {}, words(name)),
        isApp && el('span', { class: 'badge' }, 'APP'),
        person?.isOutsider && el('span', { class: 'badge' }, 'OTHER COMPANY'),
        el('time', { title: new Date(postedAt).toLocaleString() }, clock(postedAt)),
      ),
      body,
      isEdited && el('span', { class: 's-edited' }, '(edited)'),
    ),
  );
}

/** One line about a message, for notifications. */
export function headline(message) {
  const header = message.blocks.find(({ type }) => type === 'header');
  return header?.text.text ?? message.text;
}
