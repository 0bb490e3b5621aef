import { azurePane } from './azure-pane.js';
import { guide } from './guide.js';
import { slackPane } from './slack-pane.js';
import { changed, onChange, store } from './store.js';
import { teamsPane } from './teams-pane.js';
import { toast } from './toast.js';

const draws = [
  slackPane(document.getElementById('slack')),
  teamsPane(document.getElementById('teams')),
  azurePane(document.getElementById('azure')),
  guide(document.getElementById('guide')),
];
onChange(() => draws.forEach((draw) => draw()));

const live = new EventSource('events');
for (const pane of ['slack', 'teams', 'azure']) {
  live.addEventListener(pane, ({ data }) => {
    store[pane] = JSON.parse(data);
    changed();
  });
}
live.addEventListener('open', () => document.body.classList.remove('lost'));
live.addEventListener('error', () => {
  if (document.body.classList.contains('lost')) return;
  document.body.classList.add('lost');
  toast('The demo has stopped. Start it again: npm run demo', 'problem');
});

for (const tab of document.querySelectorAll('[data-show]')) {
  const show = () => {
    document.body.dataset.pane = tab.dataset.show;
    for (const other of document.querySelectorAll('[data-show]'))
      other.setAttribute('aria-pressed', String(other === tab));
    for (const log of document.querySelectorAll('[role=log]')) log.scrollTop = log.scrollHeight;
  };
  tab.setAttribute('aria-pressed', String(tab.dataset.show === document.body.dataset.pane));
  tab.addEventListener('click', show);
}
