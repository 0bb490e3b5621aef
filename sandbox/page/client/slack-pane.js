import { act } from './act.js';
import { botAvatar, castPicker } from './cast.js';
import { composer } from './composer.js';
import { el, keep, redraw, stickToEnd, words } from './dom.js';
import { hush, knock } from './knock.js';
import { headline, slackMessage } from './slack-message.js';
import { slackModal } from './slack-modal.js';
import { drawn, personOf, readAll, sit, store, unread } from './store.js';
import { toast } from './toast.js';

/** The id of the direct message before it exists. */
const APP = 'app';

/** Builds the pane once; the answer draws it. */
export function slackPane(root) {
  const cast = el('div', { class: 'cast-bar' });
  const side = el('nav', { class: 's-side', 'aria-label': 'Channels' });
  const head = el('header', { class: 's-channel' });
  const log = el('div', { class: 's-log', role: 'log', 'aria-label': 'Messages', tabindex: 0 });
  const modal = el('div', { class: 's-overlay' });
  const box = composer({
    id: 'slack-composer',
    hint: 'or type /access',
    send: (text) => say(text),
  });
  root.append(
    el(
      'header',
      { class: 'pane-head' },
      el('span', { class: 'logo slack-logo', 'aria-hidden': 'true' }, '#'),
      el('h2', {}, 'Slack'),
      cast,
    ),
    el('div', { class: 's-body' }, side, el('div', { class: 's-main' }, head, log, box.node), modal),
  );
  return () => {
    if (!store.slack) return;
    readAll(
      'slack',
      store.slack.messages.map(({ ts }) => ts),
    );
    castPicker(cast, 'slack');
    const me = personOf('slack');
    const place = placeOf(me);
    drawSide(side, me, place);
    redraw(head, place, () => channelHead(place));
    box.place(place.id === APP || place.im ? 'Message Latchkey' : `Message #${place.name}`);
    const messages = messagesFor(me, place.id);
    stickToEnd(log, () => {
      keep(log, messages.length > 0 ? messages : [{ ts: `empty ${place.id}`, empty: place }], {
        key: ({ ts }) => `${me.id} ${ts}`,
        look: ({ blocks, text, isEdited, empty }) => [blocks, text, isEdited, empty],
        draw: (message) => (message.empty ? emptyPlace(message.empty) : slackMessage(message, me)),
      });
    });
    slackModal(modal, store.slack.modals[me.id] ?? [], me);
  };
}

/** Where a person can be: channels they are in, and the app. */
function placesOf(me) {
  const mine = store.slack.channels.filter(({ members }) => members.includes(me.id));
  const im = mine.find(({ imUserId }) => imUserId === me.id);
  return {
    channels: mine.filter(({ imUserId }) => !imUserId),
    app: im ? { ...im, im: true, name: 'Latchkey' } : { id: APP, im: true, name: 'Latchkey' },
  };
}

function placeOf(me) {
  const { channels, app } = placesOf(me);
  const wanted = store.seat.slack.places[me.id] ?? store.slack.home[me.id];
  if (wanted === APP || wanted === app.id) return app;
  return channels.find(({ id }) => id === wanted) ?? channels[0];
}

function messagesFor(me, placeId) {
  return store.slack.messages.filter(
    ({ channelId, ephemeralTo }) => channelId === placeId && (!ephemeralTo || ephemeralTo === me.id),
  );
}

function drawSide(side, me, place) {
  hush('slack', `${me.id} ${place.id}`);
  const { channels, app } = placesOf(me);
  const rows = [...channels, app].map((each) => {
    const isOpen = each.id === place.id;
    const messages = messagesFor(me, each.id);
    const ids = messages.map(({ ts }) => ts);
    const fresh = unread({ pane: 'slack', personId: me.id, placeId: each.id, ids, isOpen });
    // Slack notifies of direct messages; channels grow bold.
    if (each.im && !isOpen && fresh > 0) announce(me, each, messages.at(-1));
    return { ...each, isOpen, fresh };
  });
  redraw(
    side,
    [store.slack.workspace, me.id, rows.map(({ id, isOpen, fresh }) => [id, isOpen, fresh])],
    () => [
      el('p', { class: 's-workspace' }, store.slack.workspace),
      el('p', { class: 's-group' }, 'Channels'),
      rows.filter(({ im }) => !im).map((row) => sideRow(row, me)),
      el('p', { class: 's-group' }, 'Apps'),
      rows.filter(({ im }) => im).map((row) => sideRow(row, me)),
    ],
  );
}

function announce(me, place, message) {
  knock('slack', {
    id: `${me.id} ${message.ts}`,
    place: `${me.id} ${place.id}`,
    title: place.name,
    text: headline(message),
    open: () => sit('slack', { place: place.id }),
  });
}

function sideRow(row, me) {
  const open = async () => {
    if (row.id === APP) {
      sit('slack', { place: APP });
      await act({ kind: 'slackHome', user: me.id });
      return;
    }
    sit('slack', { place: row.id });
  };
  return el(
    'button',
    {
      type: 'button',
      class: `s-row ${row.fresh > 0 ? 'unread' : ''}`,
      'aria-current': row.isOpen ? 'page' : undefined,
      data: { place: row.im ? APP : row.id },
      on: { click: () => void open() },
    },
    row.im ? botAvatar(18) : el('span', { class: 'hash', 'aria-hidden': 'true' }, '#'),
    el('span', { class: 's-row-name' }, row.name),
    row.fresh > 0 && el('span', { class: 'count', 'aria-label': `${row.fresh} new` }, String(row.fresh)),
  );
}

function channelHead(place) {
  return [
    el(
      'h3',
      {},
      place.im ? botAvatar(20) : el('span', { class: 'hash', 'aria-hidden': 'true' }, '#'),
      words(place.name),
      place.im && el('span', { class: 'badge' }, 'APP'),
    ),
    place.isExternal && el('span', { class: 's-shared' }, 'shared with another company'),
  ];
}

function emptyPlace(place) {
  return el(
    'div',
    { class: 'empty' },
    el(
      'p',
      {},
      place.im
        ? 'Latchkey writes to you here: when access works, before it ends, when it is gone.'
        : `Nothing in #${place.name} yet.`,
    ),
    el('p', {}, 'Type ', el('kbd', {}, '/access'), ' to ask for access.'),
  );
}

const MENTION = /^@latchkey\b[\s,:]*/i;

async function say(text) {
  const isCommand = text.startsWith('/');
  if (!isCommand && !MENTION.test(text)) {
    toast('Only Latchkey listens here: begin with /access or @Latchkey.');
    return false;
  }
  const me = personOf('slack');
  const channel = await channelFor(me);
  const kind = isCommand ? 'slackCommand' : 'slackMention';
  return act({ kind, user: me.id, channel, text: isCommand ? text : text.replace(MENTION, '') });
}

/** The direct message comes to be when somebody opens the app for the first time. */
async function channelFor(me) {
  if (placeOf(me).id === APP) {
    await act({ kind: 'slackHome', user: me.id });
    await drawn(() => placeOf(me).id !== APP);
  }
  return placeOf(me).id;
}
