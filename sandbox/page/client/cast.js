import { el, redraw } from './dom.js';
import { sit, store, personOf } from './store.js';

const HUES = { D: 205, K: 145, L: 268, O: 330, F: 24 };

/** A round or square picture of a person: initials on a colour of their own. */
export function avatar(name, size = 36) {
  const letters = name
    .split(/\s+/)
    .map((part) => part.charAt(0))
    .join('')
    .slice(0, 2)
    .toUpperCase();
  const hue = HUES[letters.charAt(0)] ?? (letters.charCodeAt(0) * 47) % 360;
  const box = el('span', { class: 'avatar', 'aria-hidden': 'true' }, letters);
  box.style.setProperty('--size', `${size}px`);
  box.style.setProperty('--hue', String(hue));
  return box;
}

/** The bot's picture. */
export function botAvatar(size = 36) {
  const picture = el('img', { class: 'avatar', src: 'latchkey.svg', alt: '' });
  picture.style.setProperty('--size', `${size}px`);
  return picture;
}

/** Lets the reader be somebody else in this pane. */
export function castPicker(parent, pane) {
  const me = personOf(pane);
  const { cast } = store[pane];
  redraw(parent, [me.id, cast], () => [
    el('span', { class: 'cast-label' }, 'You are'),
    el(
      'div',
      { class: 'cast', role: 'radiogroup', 'aria-label': 'You are' },
      cast.map((person) => castButton(person, { pane, isMe: person.id === me.id })),
    ),
  ]);
}

function castButton(person, { pane, isMe }) {
  const move = (event) => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const { cast } = store[pane];
    const here = cast.findIndex(({ id }) => id === person.id);
    const next = cast[(here + step + cast.length) % cast.length] ?? person;
    sit(pane, { person: next.id });
    document.querySelector(`#${pane} [role=radio][aria-checked=true]`)?.focus();
  };
  return el(
    'button',
    {
      type: 'button',
      role: 'radio',
      'aria-checked': String(isMe),
      tabindex: isMe ? 0 : -1,
      title: `${person.name}, ${person.part}`,
      data: { person: person.id },
      on: { click: () => sit(pane, { person: person.id }), keydown: move },
    },
    avatar(person.name, 22),
    el('span', { class: 'cast-name' }, person.name),
    isMe && el('span', { class: 'cast-part' }, person.part),
  );
}
