/**
 * Makes an element. Strings among the children become text, never markup. `on` has event handlers, `data` dataset entries;
 * everything else is an attribute, left out when undefined or false.
 */
export function el(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === false || value === null) continue;
    if (name === 'on')
      for (const [event, handler] of Object.entries(value)) node.addEventListener(event, handler);
    else if (name === 'data') Object.assign(node.dataset, value);
    else if (name === 'value') node.value = value;
    else node.setAttribute(name, value === true ? '' : String(value));
  }
  node.append(
    ...children.flat(Infinity).filter((child) => child !== undefined && child !== null && child !== false),
  );
  return node;
}

/**
 * Brings the children of `parent` to `items`, in order. What looks as before stays the same element, with what was typed
 * into it, its focus and its scroll position.
 */
export function keep(parent, items, { key, draw, look = (item) => item }) {
  const before = new Map([...parent.children].map((child) => [child.keptKey, child]));
  const after = items.map((item) => {
    const id = String(key(item));
    const sign = JSON.stringify(look(item));
    const known = before.get(id);
    if (known && known.keptLook === sign) return known;
    const made = draw(item);
    made.keptKey = id;
    made.keptLook = sign;
    if (known) made.classList.add('redrawn');
    else made.classList.add('fresh');
    return made;
  });
  const stays = new Set(after);
  for (const child of [...parent.children]) if (!stays.has(child)) child.remove();
  after.forEach((child, index) => {
    if (parent.children[index] !== child) parent.insertBefore(child, parent.children[index] ?? null);
  });
}

/** Draws again into `parent` only when `look` differs from the last time. */
export function redraw(parent, look, draw) {
  const sign = JSON.stringify(look);
  if (parent.drawnLook === sign) return;
  parent.drawnLook = sign;
  const focused = parent.contains(document.activeElement) ? nameOf(document.activeElement) : undefined;
  parent.replaceChildren(...[draw()].flat(Infinity).filter(Boolean));
  if (focused) [...parent.querySelectorAll('*')].find((node) => nameOf(node) === focused)?.focus();
}

/** What makes an element the same one as before for somebody at the keyboard. */
function nameOf(node) {
  const data = JSON.stringify({ ...node.dataset });
  return data === '{}' ? undefined : `${node.tagName} ${data}`;
}

const EMOJI = {
  '🟡': ['dot yellow', 'yellow'],
  '🔵': ['dot blue', 'blue'],
  '🟢': ['dot green', 'green'],
  '🔴': ['dot red', 'red'],
  '⚪': ['dot white', 'white'],
};

/** Text with its coloured circles drawn, so that they look the same whatever fonts there are. */
export function words(text) {
  return String(text)
    .split(/(🟡|🔵|🟢|🔴|⚪)/u)
    .filter((part) => part !== '')
    .map((part) => {
      const emoji = EMOJI[part];
      return emoji ? el('span', { class: `emoji ${emoji[0]}`, role: 'img', 'aria-label': emoji[1] }) : part;
    });
}

/** Follows new messages down, unless the reader has scrolled up to read. */
export function stickToEnd(log, change) {
  const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 80;
  change();
  if (atEnd) log.scrollTop = log.scrollHeight;
}
