import { act, follow } from './act.js';
import { renderAdaptiveCard } from './card.js';
import { botAvatar, castPicker } from './cast.js';
import { composer } from './composer.js';
import { el, keep, redraw, stickToEnd, words } from './dom.js';
import { hush, knock } from './knock.js';
import { personOf, readAll, sit, store, unread } from './store.js';
import { cardFor, teamsHeadline, teamsMessage } from './teams-message.js';

/** Builds the pane once; the answer draws it. */
export function teamsPane(root) {
  const cast = el('div', { class: 'cast-bar' });
  const side = el('nav', { class: 't-side', 'aria-label': 'Teams and chats' });
  const head = el('header', { class: 't-channel' });
  const log = el('div', { class: 't-log', role: 'log', 'aria-label': 'Posts', tabindex: 0 });
  const dialog = el('div', { class: 't-overlay' });
  const box = composer({ id: 'teams-composer', hint: 'or @Latchkey help', send: (text) => say(text) });
  root.append(
    el(
      'header',
      { class: 'pane-head' },
      el('span', { class: 'logo teams-logo', 'aria-hidden': 'true' }, 'T'),
      el('h2', {}, 'Teams'),
      cast,
    ),
    el('div', { class: 't-body' }, side, el('div', { class: 't-main' }, head, log, box.node), dialog),
  );
  return () => {
    if (!store.teams) return;
    readAll(
      'teams',
      store.teams.messages.map(({ id }) => id),
    );
    castPicker(cast, 'teams');
    const me = personOf('teams');
    const place = placeOf(me);
    drawSide(side, me, place);
    redraw(head, place, () => placeHead(place));
    box.place(place.isChat ? 'Message Latchkey' : 'Start a post');
    stickToEnd(log, () => drawPosts(log, me, place));
    drawDialog(dialog, me);
  };
}

function drawPosts(log, me, place) {
  const threads = threadsOf(me, place);
  keep(log, threads.length > 0 ? threads : [{ id: `empty ${place.id}`, empty: true, all: [] }], {
    key: ({ id }) => `${me.id} ${id}`,
    look: () => 'thread',
    draw: ({ empty }) =>
      empty ? emptyPlace(place) : el('section', { class: place.isChat ? 't-chat' : 't-post' }),
  });
  threads.forEach(({ all }, index) =>
    keep(log.children[index], all, {
      key: ({ id }) => id,
      look: (message) => [cardFor(message, me), message.text, message.isEdited, message.notices],
      draw: (message) => teamsMessage(message, me),
    }),
  );
}

function placesOf(me) {
  const channels = store.teams.channels.filter(({ members }) => members.includes(me.id));
  return [...channels, { id: me.chatId, name: store.teams.bot, isChat: true }];
}

function placeOf(me) {
  const places = placesOf(me);
  return places.find(({ id }) => id === store.seat.teams.places[me.id]) ?? places[0];
}

function messagesIn(me, place) {
  return store.teams.messages.filter(
    ({ conversationId, channelId, targetedTo }) =>
      (place.isChat ? conversationId === place.id : channelId === place.id) &&
      (!targetedTo || targetedTo === me.id),
  );
}

/** A chat is one thread; a channel has one per first message. */
function threadsOf(me, place) {
  const messages = messagesIn(me, place);
  if (place.isChat) return messages.length > 0 ? [{ id: 'chat', all: messages }] : [];
  const threads = new Map();
  for (const message of messages) {
    const thread = threads.get(message.conversationId) ?? { id: message.conversationId, all: [] };
    thread.all.push(message);
    threads.set(message.conversationId, thread);
  }
  return [...threads.values()];
}

function drawSide(side, me, place) {
  hush('teams', `${me.id} ${place.id}`);
  const rows = placesOf(me).map((each) => {
    const isOpen = each.id === place.id;
    const messages = messagesIn(me, each);
    const ids = messages.map(({ id }) => id);
    const fresh = unread({ pane: 'teams', personId: me.id, placeId: each.id, ids, isOpen });
    const last = messages.at(-1);
    if (each.isChat && !isOpen && fresh > 0 && last) {
      const open = () => sit('teams', { place: each.id });
      knock('teams', {
        id: `${me.id} ${last.id}`,
        place: `${me.id} ${each.id}`,
        title: last.fromName,
        text: teamsHeadline(last),
        open,
      });
    }
    return { ...each, isOpen, fresh };
  });
  redraw(side, [me.id, rows.map(({ id, isOpen, fresh }) => [id, isOpen, fresh])], () => [
    el('p', { class: 't-tenant' }, me.tenant),
    el('p', { class: 't-group' }, 'Chat'),
    rows.filter(({ isChat }) => isChat).map((row) => sideRow(row)),
    el('p', { class: 't-group' }, 'Teams and channels'),
    rows.filter(({ isChat }) => !isChat).map((row) => [el('p', { class: 't-team' }, row.team), sideRow(row)]),
  ]);
}

function sideRow(row) {
  return el(
    'button',
    {
      type: 'button',
      class: `t-row ${row.fresh > 0 ? 'unread' : ''}`,
      'aria-current': row.isOpen ? 'page' : undefined,
      data: { place: row.isChat ? 'chat' : row.id },
      on: { click: () => sit('teams', { place: row.id }) },
    },
    row.isChat && botAvatar(18),
    el('span', { class: 't-row-name' }, row.name),
    row.fresh > 0 && el('span', { class: 'count', 'aria-label': `${row.fresh} new` }, String(row.fresh)),
  );
}

function placeHead(place) {
  if (place.isChat) return el('h3', {}, botAvatar(22), words(place.name));
  return el('h3', {}, el('span', { class: 't-team-name' }, place.team), el('span', {}, place.name));
}

function emptyPlace(place) {
  const text = place.isChat
    ? 'Latchkey writes to you here. You can ask it too: help, mine, or a request.'
    : 'Nobody has asked for access yet. Requests appear here, to be decided by the people who own it.';
  return el('div', { class: 'empty' }, el('p', {}, text));
}

const dismissed = new Set();

function drawDialog(parent, me) {
  const open = store.teams.dialogs.find((each) => each.userObjectId === me.id && !dismissed.has(each.id));
  parent.hidden = !open;
  redraw(parent, open ?? null, () => {
    if (!open) return [];
    const close = () => {
      dismissed.add(open.id);
      drawDialog(parent, me);
    };
    const pressed = ({ title, inputs }) =>
      act({ kind: 'teamsDialogSubmit', user: me.id, dialogId: open.id, title, inputs });
    return el(
      'div',
      {
        class: 't-dialog',
        role: 'dialog',
        'aria-label': open.title,
        on: { keydown: (event) => event.key === 'Escape' && close() },
      },
      el(
        'header',
        {},
        el('h2', {}, words(open.title)),
        el('button', { type: 'button', class: 'cross', 'aria-label': 'Close', on: { click: close } }, '×'),
      ),
      renderAdaptiveCard(open.card, { follow, pressed }),
    );
  });
}

function say(text) {
  const me = personOf('teams');
  const place = placeOf(me);
  const what = { kind: 'teamsSay', user: me.id, place: place.isChat ? 'personal' : place.id };
  const mention = /^@latchkey\b[\s,:]*/i;
  if (place.isChat) return act({ ...what, text: text.replace(mention, ''), how: 'plain' });
  if (mention.test(text)) return act({ ...what, text: text.replace(mention, ''), how: 'mention' });
  if (text.startsWith('/') && place.hasSlash) return act({ ...what, text, how: 'slash' });
  return act({ ...what, text, how: 'plain' });
}
