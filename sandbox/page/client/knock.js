import { el, words } from './dom.js';

const told = new Set();
const SHOWN_MS = 6000;

/** A notification in the corner of a pane about something new elsewhere; each id once. */
export function knock(pane, { id, place, title, text, open }) {
  if (told.has(id)) return;
  told.add(id);
  const root = document.getElementById(pane);
  const box =
    root.querySelector('.knocks') ?? root.appendChild(el('div', { class: 'knocks', role: 'status' }));
  const note = el(
    'button',
    {
      type: 'button',
      class: 'knock',
      data: { place },
      on: {
        click: () => {
          note.remove();
          open();
        },
      },
    },
    el('strong', {}, words(title)),
    el('span', {}, words(text)),
  );
  box.append(note);
  while (box.children.length > 2) box.firstChild.remove();
  setTimeout(() => note.remove(), SHOWN_MS);
}

/** The reader is there now: what was said about the place is old news. */
export function hush(pane, place) {
  for (const note of document.querySelectorAll(`#${pane} .knock`)) {
    if (note.dataset.place === place) note.remove();
  }
}
