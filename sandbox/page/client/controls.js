import { busyWhile } from './act.js';
import { el, words } from './dom.js';

/** A button, menu or picker in an actions block or as an accessory. */
export function control(block, element, deps) {
  switch (element.type) {
    case 'button':
      return button(block, element, deps);
    case 'overflow':
      return menu(block, element, { deps, first: '⋯', label: 'More actions' });
    case 'static_select':
      return menu(block, element, {
        deps,
        first: element.placeholder?.text ?? 'Choose…',
        label: element.placeholder?.text,
      });
    case 'datepicker':
    case 'timepicker':
      return field(block, element, deps);
    case 'image':
      return el('span', { class: 'b-image' }, element.alt_text);
    default:
      return el('span', { class: 'unknown' }, `[${element.type}]`);
  }
}

function button(block, element, deps) {
  const press = async (event) => {
    if (element.confirm && !(await confirmed(event.currentTarget, element.confirm))) return;
    if (element.url) void deps.follow(element.url);
    await busyWhile(event.target.closest('button') ?? event.target, () => deps.press(block, element));
  };
  return el(
    'button',
    {
      type: 'button',
      class: `b-button ${element.style ?? ''}`,
      'aria-label': element.accessibility_label,
      data: { action: element.action_id },
      on: { click: (event) => void press(event) },
    },
    words(element.text.text),
  );
}

function confirmed(near, confirm) {
  return new Promise((resolve) => {
    const end = (answer) => {
      dialog.close();
      dialog.remove();
      resolve(answer);
    };
    const dialog = el(
      'dialog',
      { class: 's-confirm', 'aria-label': confirm.title.text, on: { cancel: () => end(false) } },
      el('h3', {}, words(confirm.title.text)),
      el('p', {}, words(confirm.text?.text ?? '')),
      el(
        'div',
        { class: 'b-actions' },
        el(
          'button',
          { type: 'button', class: 'b-button', on: { click: () => end(false) } },
          words(confirm.deny.text),
        ),
        el(
          'button',
          { type: 'button', class: `b-button ${confirm.style ?? 'primary'}`, on: { click: () => end(true) } },
          words(confirm.confirm.text),
        ),
      ),
    );
    near.closest('.pane').append(dialog);
    dialog.showModal();
  });
}

function menu(block, element, { deps, first, label }) {
  const choose = (event) => {
    const { value } = event.target;
    if (value === '') return;
    void busyWhile(event.target, () => deps.press(block, element, value));
    if (element.type === 'overflow') event.target.value = '';
  };
  return el(
    'select',
    { class: `b-select ${element.type}`, 'aria-label': label, on: { change: choose } },
    el('option', { value: '' }, first),
    options(element, element.initial_option?.value),
  );
}

function options(element, chosen) {
  const one = (option) =>
    el(
      'option',
      { value: option.value, selected: option.value === chosen },
      words(option.text.text).map(plain),
    );
  if (!element.option_groups) return (element.options ?? []).map(one);
  return element.option_groups.map((group) =>
    el('optgroup', { label: group.label.text }, group.options.map(one)),
  );
}

/** Options hold bare text only. */
function plain(part) {
  return typeof part === 'string' ? part : '';
}

/** An input block of a modal with its label, hint and error. */
export function inputField(block, deps) {
  const { form } = deps;
  const error = form?.errorOf(block);
  const id = `in-${block.block_id}`;
  const element = field(block, block.element, deps, id);
  if (error) element.setAttribute('aria-invalid', 'true');
  if (error) element.setAttribute('aria-describedby', `${id}-error`);
  return el(
    'div',
    { class: 'b-input' },
    el(
      'label',
      { for: id },
      words(block.label.text),
      block.optional && el('span', { class: 'optional' }, ' (optional)'),
    ),
    element,
    error && el('p', { class: 'error', id: `${id}-error`, role: 'alert' }, error),
    block.hint && el('p', { class: 'hint' }, words(block.hint.text)),
  );
}

const KINDS = {
  number_input: 'number',
  email_text_input: 'email',
  url_text_input: 'url',
  datepicker: 'date',
  timepicker: 'time',
};

function field(block, element, deps, id) {
  const { form } = deps;
  const value = form?.valueOf(block, element) ?? '';
  const typed = (event) => form?.typed(block, element, event.target.value);
  const shared = { id, class: 'field', on: { input: typed }, data: { block: block.block_id } };
  switch (element.type) {
    case 'plain_text_input': {
      const props = {
        ...shared,
        maxlength: element.max_length,
        placeholder: element.placeholder?.text,
        value,
      };
      return element.multiline
        ? el('textarea', { ...props, rows: 3 })
        : el('input', { ...props, type: 'text' });
    }
    case 'static_select':
    case 'radio_buttons':
      return el(
        'select',
        { ...shared, class: 'field b-select' },
        el('option', { value: '' }, element.placeholder?.text ?? 'Choose…'),
        options(element, value),
      );
    case 'multi_static_select':
    case 'checkboxes': {
      const chosen = (event) =>
        form?.typed(
          block,
          element,
          [...event.target.selectedOptions].map((option) => option.value),
        );
      const list = el('select', { ...shared, multiple: true, on: { change: chosen } }, options(element));
      for (const option of list.options) option.selected = value.includes(option.value);
      return list;
    }
    default: {
      const kind = KINDS[element.type];
      return kind
        ? el('input', { ...shared, type: kind, value })
        : el('span', { class: 'unknown' }, `[${element.type}]`);
    }
  }
}
