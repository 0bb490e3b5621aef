import { el, redraw } from './dom.js';
import { sit, store } from './store.js';

const DANA = 'U0DANA';
const SUGGESTIONS = [
  '/access contoso reader 30m incident 42',
  '/access contoso contributor 1m incident 4711',
  '/access',
];

/** Draws what to try, and where one is in the story. */
export function guide(root) {
  return () => {
    if (!store.slack || !store.teams || !store.azure) return;
    const now = stepNow();
    redraw(root, now, () => [
      step(
        { number: 1, now, title: 'Ask in Slack, as Dana' },
        el('div', { class: 'tries' }, SUGGESTIONS.map(suggestion)),
      ),
      step(
        { number: 2, now, title: 'Approve in Teams, as Olga' },
        el('p', {}, 'Contoso decides on a card in its own channel.'),
      ),
      step({ number: 3, now, title: 'Watch Azure' }, el('p', {}, 'Access appears, counts down, and goes.')),
    ]);
  };
}

function stepNow() {
  const last = [...store.teams.messages]
    .reverse()
    .find(({ isBot, channelId, card }) => isBot && channelId && card);
  const isOpen = JSON.stringify(last?.card ?? {}).includes('"approve"');
  if (isOpen) return 2;
  return store.azure.tenants.some(({ assignments }) => assignments.some(({ isOurs }) => isOurs)) ? 3 : 1;
}

function step({ number, now, title }, content) {
  return el(
    'li',
    { class: number === now ? 'now' : '', 'aria-current': number === now ? 'step' : undefined },
    el('span', { class: 'number', 'aria-hidden': 'true' }, String(number)),
    el('div', {}, el('strong', {}, title), content),
  );
}

function suggestion(text) {
  const send = () => {
    sit('slack', { person: DANA });
    document.body.dataset.pane = 'slack';
    const form = document.querySelector('#slack .composer');
    form.dispatchEvent(new CustomEvent('composer-fill', { detail: text }));
  };
  const label = text === '/access' ? '/access (a form)' : text;
  return el('button', { type: 'button', class: 'try', on: { click: send } }, label);
}
