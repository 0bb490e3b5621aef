import { act, busyWhile, follow } from './act.js';
import { renderBlocks } from './blocks.js';
import { el, redraw, words } from './dom.js';
import { names } from './slack-message.js';

/** What was typed into modals that are open: view id → block id → value. */
const drafts = new Map();

/** Shows the person's topmost modal over the pane, or nothing. */
export function slackModal(parent, stack, me) {
  const view = stack.at(-1);
  const look = view && [view.id, view.blocks, view.errors, view.trouble, view.title, stack.length];
  const wasOpen = parent.childElementCount > 0;
  redraw(parent, look ?? null, () => (view ? modal(view, { me, isStacked: stack.length > 1 }) : []));
  parent.hidden = !view;
  if (!view) return;
  const wrong = parent.querySelector('[aria-invalid=true]');
  if (wrong && !parent.contains(document.activeElement)) wrong.focus();
  if (!wasOpen)
    (parent.querySelector('.field') ?? parent.querySelector('button'))?.focus({ preventScroll: true });
}

/** What the inputs of a modal need: their values, their errors, and somebody to tell. */
function inputsOf(view, me) {
  const draft = drafts.get(view.id) ?? {};
  drafts.set(view.id, draft);
  const press = (_block, element, value) =>
    act({
      kind: 'slackClick',
      user: me.id,
      viewId: view.id,
      actionId: element.action_id,
      value: value ?? element.value,
    });
  const form = {
    valueOf: (block, element) =>
      draft[block.block_id] ?? stored(view.values[block.block_id]?.[element.action_id]),
    errorOf: (block) => view.errors[block.block_id],
    typed: (block, element, value) => {
      draft[block.block_id] = value;
      forget(block.block_id);
      if (block.dispatch_action) void press(block, element, value);
    },
  };
  const values = () => Object.fromEntries(Object.entries(draft).filter(([, value]) => value.length > 0));
  return { press, form, values };
}

/** Somebody mends what was wrong: the error has been read. */
function forget(blockId) {
  const input = document.getElementById(`in-${blockId}`);
  input?.removeAttribute('aria-invalid');
  document.getElementById(`in-${blockId}-error`)?.remove();
}

function modal(view, { me, isStacked }) {
  const { press, form, values } = inputsOf(view, me);
  const close = () => act({ kind: 'slackClose', user: me.id, viewId: view.id });
  const submit = (event) => {
    event.preventDefault();
    const button = event.target.querySelector('[type=submit]');
    const filledIn = { kind: 'slackSubmit', user: me.id, viewId: view.id, values: values() };
    void busyWhile(button, () => act(filledIn));
  };
  const escape = (event) => {
    if (event.key === 'Escape') void close();
  };
  return el(
    'form',
    {
      class: 's-modal',
      role: 'dialog',
      'aria-label': view.title,
      novalidate: true,
      on: { submit, keydown: escape },
    },
    el(
      'header',
      {},
      el('h2', {}, isStacked && '‹ ', words(view.title)),
      el(
        'button',
        { type: 'button', class: 'cross', 'aria-label': 'Close', on: { click: () => void close() } },
        '×',
      ),
    ),
    el(
      'div',
      { class: 's-modal-body' },
      view.trouble && el('p', { class: 'error', role: 'alert' }, view.trouble),
      renderBlocks(view.blocks, { names, follow, press, form }),
    ),
    el(
      'footer',
      {},
      el(
        'button',
        { type: 'button', class: 'b-button', on: { click: () => void close() } },
        words(view.close ?? 'Close'),
      ),
      view.submit && el('button', { type: 'submit', class: 'b-button primary' }, words(view.submit)),
    ),
  );
}

function stored(state) {
  if (!state) return undefined;
  const {
    value,
    selected_option: option,
    selected_options: options,
    selected_date: date,
    selected_time: time,
  } = state;
  if (options) return options.map((each) => each.value);
  return value ?? option?.value ?? date ?? time ?? undefined;
}
