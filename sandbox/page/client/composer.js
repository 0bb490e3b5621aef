import { el } from './dom.js';
import { busyWhile } from './act.js';

/** Where one types: `Enter` sends, arrow up brings back what was sent last. `send` answers true when it went out. */
export function composer({ id, hint, send }) {
  const sent = [];
  let back = 0;
  const input = el('input', {
    id,
    type: 'text',
    autocomplete: 'off',
    spellcheck: 'false',
    maxlength: 2000,
    on: {
      keydown: (event) => {
        if (event.key !== 'ArrowUp' || sent.length === 0) return;
        event.preventDefault();
        back = Math.min(back + 1, sent.length);
        input.value = sent[sent.length - back] ?? '';
      },
    },
  });
  const button = el('button', { type: 'submit', class: 'send', 'aria-label': 'Send' });
  const submit = async (text) => {
    const trimmed = text.trim();
    if (trimmed === '') return;
    const isSent = await busyWhile(button, () => send(trimmed));
    if (!isSent) return;
    sent.push(trimmed);
    back = 0;
    if (input.value.trim() === trimmed) input.value = '';
  };
  const node = el(
    'form',
    {
      class: 'composer',
      on: {
        submit: (event) => {
          event.preventDefault();
          void submit(input.value);
        },
        'composer-fill': (event) => {
          input.value = event.detail;
          void submit(event.detail);
        },
      },
    },
    input,
    button,
  );
  return {
    node,
    place: (label) => {
      input.setAttribute('aria-label', label);
      input.placeholder = `${label} ${hint}`;
    },
  };
}
