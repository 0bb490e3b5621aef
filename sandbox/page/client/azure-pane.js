import { el, keep, redraw, words } from './dom.js';
import { sit, store } from './store.js';
import { clock, clockSeconds, countdown } from './time.js';

/** Builds the pane once; the answer draws it. */
export function azurePane(root) {
  const tabs = el('div', { class: 'cast', role: 'tablist', 'aria-label': 'Tenant' });
  const lent = el('div', { class: 'a-lent' });
  const guests = el('ul', { class: 'a-list' });
  const standing = el('ul', { class: 'a-list' });
  const events = el('ol', { class: 'a-events' });
  const calls = el('ol', { class: 'a-calls' });
  const callCount = el('span', {});
  root.append(
    el(
      'header',
      { class: 'pane-head' },
      el('span', { class: 'logo azure-logo', 'aria-hidden': 'true' }, 'A'),
      el('h2', {}, 'Azure'),
      el('div', { class: 'cast-bar' }, el('span', { class: 'cast-label' }, 'Tenant'), tabs),
    ),
    el(
      'div',
      { class: 'a-body' },
      part('On loan right now', lent),
      part('Guests', guests),
      part('Standing role assignments', standing),
      part('What happened', events),
      el('details', { class: 'a-part a-log' }, el('summary', {}, 'Latchkey’s calls ', callCount), calls),
    ),
  );
  setInterval(tick, 250);
  return () => {
    if (!store.azure) return;
    const tenant = tenantOf();
    drawTabs(tabs, tenant);
    drawLent(lent, tenant);
    drawGuests(guests, tenant);
    drawStanding(standing, tenant);
    drawEvents(events, tenant);
    callCount.textContent = `(${store.azure.tokensIssued} tokens)`;
    drawCalls(calls);
    tick();
  };
}

function part(title, ...content) {
  return el('section', { class: 'a-part' }, el('h3', {}, title), content);
}

function tenantOf() {
  const { tenants } = store.azure;
  return tenants.find(({ id }) => id === store.seat.azure.person) ?? tenants[0];
}

function drawTabs(tabs, tenant) {
  const rows = store.azure.tenants.map(({ id, name, assignments }) => [
    id,
    name,
    assignments.filter(({ isOurs }) => isOurs).length,
  ]);
  redraw(tabs, [tenant.id, rows], () =>
    rows.map(([id, name, open]) =>
      el(
        'button',
        {
          type: 'button',
          role: 'tab',
          'aria-selected': String(id === tenant.id),
          on: { click: () => sit('azure', { person: id }) },
        },
        name.replace(/ (Ltd|Inc)$/, ''),
        open > 0 && el('span', { class: 'count' }, String(open)),
      ),
    ),
  );
}

function drawLent(parent, tenant) {
  const ours = tenant.assignments.filter(({ isOurs }) => isOurs);
  keep(parent, ours.length > 0 ? ours : [{ name: `none ${tenant.id}`, isNone: true }], {
    key: ({ name }) => name,
    draw: (assignment) => (assignment.isNone ? nothingLent(tenant) : loan(assignment, tenant)),
  });
}

function nothingLent(tenant) {
  return el('p', { class: 'a-none' }, `Nobody from outside has access to ${tenant.name}.`);
}

function loan(assignment, tenant) {
  const { roleName, principalName, scope, endAt, createdAt, description } = assignment;
  return el(
    'article',
    { class: 'a-loan', data: { end: endAt ?? '', start: createdAt } },
    el(
      'div',
      { class: 'a-loan-words' },
      el('strong', {}, words(roleName)),
      el('span', {}, words(principalName ?? 'unknown')),
      el('span', { class: 'a-scope', title: scope }, scopeWords(scope, tenant)),
    ),
    el(
      'div',
      { class: 'a-time' },
      el('span', { class: 'a-left', role: 'timer' }),
      endAt && el('span', { class: 'a-end' }, `ends ${clockSeconds(endAt)}`),
    ),
    el('div', { class: 'a-bar', 'aria-hidden': 'true' }, el('span', {})),
    description &&
      el('code', { class: 'a-marker', title: 'What Latchkey writes on everything it makes' }, description),
  );
}

/** Moves the countdowns. */
function tick() {
  for (const box of document.querySelectorAll('.a-loan')) {
    const end = Number(box.dataset.end);
    if (!end) continue;
    const left = end - Date.now();
    const share = Math.max(0, Math.min(1, left / Math.max(1, end - Number(box.dataset.start))));
    box.querySelector('.a-left').textContent = left > 0 ? countdown(left) : 'now';
    box.querySelector('.a-bar span').style.width = `${share * 100}%`;
    box.classList.toggle('soon', share <= 0.2);
  }
}

function scopeWords(scope, tenant) {
  const [, , subscriptionId, , group, ...rest] = scope.split('/');
  const name =
    tenant.subscriptions.find(({ id }) => id === subscriptionId)?.name ??
    subscriptionId ??
    'the whole tenant';
  if (rest.length > 0) return `${rest.at(-1)} in ${group}, ${name}`;
  return group ? `resource group ${group}, ${name}` : `subscription ${name}`;
}

const GUEST_STATES = { PendingAcceptance: ['invited', 'pending'], Accepted: ['accepted', 'good'] };

function drawGuests(parent, tenant) {
  const shown = [...tenant.guests].sort((one, other) => other.createdAt - one.createdAt).slice(0, 5);
  keep(parent, shown.length > 0 ? shown : [{ id: `none ${tenant.id}`, isNone: true }], {
    key: ({ id }) => id,
    draw: (guest) => {
      if (guest.isNone) return el('li', { class: 'a-none' }, 'No guests.');
      const [state, tone] = guest.deletedAt
        ? ['deleted', 'gone']
        : (GUEST_STATES[guest.externalUserState] ?? ['guest', 'good']);
      return el(
        'li',
        { class: tone === 'gone' ? 'gone' : '' },
        el(
          'span',
          { class: 'a-who' },
          el('strong', {}, words(guest.displayName)),
          el('span', {}, words(guest.mail ?? guest.userPrincipalName)),
        ),
        el('span', { class: `pill ${tone}` }, state),
      );
    },
  });
}

function drawStanding(parent, tenant) {
  const shown = tenant.assignments.filter(({ isOurs }) => !isOurs);
  keep(parent, shown, {
    key: ({ name }) => name,
    draw: (assignment) =>
      el(
        'li',
        {},
        el(
          'span',
          { class: 'a-who' },
          el('strong', {}, words(assignment.principalName ?? 'unknown')),
          el('span', {}, words(assignment.roleName)),
        ),
        assignment.principalType === 'ServicePrincipal' && el('span', { class: 'pill' }, 'app'),
      ),
  });
}

const TONES = {
  roleAssigned: 'good',
  guestInvited: 'good',
  guestAccepted: 'good',
  roleRemoved: 'gone',
  userDeleted: 'gone',
};

function drawEvents(parent, tenant) {
  const shown = store.azure.events.filter(({ tenantId }) => tenantId === tenant.id).slice(0, 12);
  keep(parent, shown.length > 0 ? shown : [{ at: 0, kind: 'none', text: 'Nothing yet.' }], {
    key: ({ at, kind, text }) => `${at} ${kind} ${text}`,
    draw: ({ at, kind, text }) =>
      el(
        'li',
        { class: `a-event ${TONES[kind] ?? ''}` },
        el('span', {}, words(eventWords(text, tenant))),
        at > 0 && el('time', {}, clockSeconds(at)),
      ),
  });
}

/** Events name scopes by their ids. */
function eventWords(text, tenant) {
  return text.replace(/\/subscriptions\/[^\s,]+/g, (scope) => scopeWords(scope, tenant));
}

function drawCalls(parent) {
  const shown = store.azure.calls.slice(0, 20);
  keep(parent, shown, {
    key: ({ at, method, path }) => `${at} ${method} ${path}`,
    draw: ({ at, api, method, path, status }) =>
      el(
        'li',
        { title: path },
        el('time', {}, clock(at)),
        el('span', { class: 'a-api' }, api),
        el('code', {}, `${method} ${shortPath(path)}`),
        el('span', { class: status < 400 ? 'ok' : 'bad' }, String(status)),
      ),
  });
}

function shortPath(path) {
  return path
    .replace(/[0-9a-f]{8}-[0-9a-f-]{27}/gi, '…')
    .replace(/^\/subscriptions\/…\/providers\/Microsoft\./, '/…/');
}
