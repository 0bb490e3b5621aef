import { el } from './dom.js';

const SHOWN_MS = 7000;

/** Says one sentence at the bottom of the page for a while. */
export function toast(text, tone = 'info') {
  const box = el(
    'div',
    { class: `toast ${tone}` },
    el('span', {}, text),
    el('button', { type: 'button', 'aria-label': 'Close', on: { click: () => box.remove() } }, '×'),
  );
  const toasts = document.getElementById('toasts');
  toasts.append(box);
  while (toasts.children.length > 3) toasts.firstChild.remove();
  setTimeout(() => box.remove(), SHOWN_MS);
}
