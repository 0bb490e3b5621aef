import { el, words } from './dom.js';
import { slackDate } from './time.js';

/**
 * Slack's rich text as elements. `names` says what ids stand for: `{user(id), channel(id)}`; `follow` opens a link.
 * Source: https://docs.slack.dev/reference/block-kit/blocks/rich-text-block
 */
export function richText(block, deps) {
  return el(
    'div',
    { class: 'rich' },
    (block.elements ?? []).map((element) => container(element, deps)),
  );
}

function container(element, deps) {
  const inlines = () => (element.elements ?? []).map((each) => inline(each, deps));
  switch (element.type) {
    case 'rich_text_section':
      return el('div', { class: 'rich-section' }, inlines());
    case 'rich_text_quote':
      return el('blockquote', {}, inlines());
    case 'rich_text_preformatted':
      return el('pre', {}, inlines());
    case 'rich_text_list': {
      const tag = element.style === 'ordered' ? 'ol' : 'ul';
      const list = el(
        tag,
        {},
        (element.elements ?? []).map((each) => el('li', {}, container(each, deps))),
      );
      list.style.setProperty('--indent', String(element.indent ?? 0));
      return list;
    }
    default:
      return unknown(element.type);
  }
}

function inline(element, deps) {
  switch (element.type) {
    case 'text':
      return styled(words(element.text), element.style);
    case 'link':
      return styled([link(element.url, element.text ?? element.url, deps)], element.style);
    case 'date':
      return styled([dateNode(element)], element.style);
    case 'user':
      return el('span', { class: 'mention' }, `@${deps.names.user(element.user_id)}`);
    case 'channel':
      return el('span', { class: 'mention' }, `#${deps.names.channel(element.channel_id)}`);
    case 'usergroup':
      return el('span', { class: 'mention' }, '@group');
    case 'broadcast':
      return el('span', { class: 'mention loud' }, `@${element.range}`);
    case 'emoji':
      return emoji(element.name, element.unicode);
    case 'color':
      return el('code', {}, element.value);
    default:
      return unknown(element.type);
  }
}

const TAGS = { bold: 'strong', italic: 'em', strike: 's', underline: 'u', code: 'code' };

function styled(children, style = {}) {
  return Object.entries(TAGS).reduce(
    (inner, [name, tag]) => (style[name] ? [el(tag, {}, inner)] : inner),
    children,
  );
}

/** A link that opens as far as this world goes. Anything but the web and mail is shown as plain text. */
export function link(url, text, { follow }) {
  if (!/^(https?|mailto):/i.test(url)) return el('span', {}, text);
  const open = (event) => {
    event.preventDefault();
    void follow(url);
  };
  return el('a', { href: url, rel: 'noreferrer', title: url, on: { click: open } }, text);
}

/** A date in the reader's zone, with the whole instant behind it. */
export function dateNode({ timestamp, format, fallback, url }) {
  const at = new Date(Number(timestamp) * 1000);
  const title = Number.isNaN(at.getTime()) ? fallback : at.toLocaleString();
  return el(
    'time',
    { class: 'date', title, data: { url: url ?? '' } },
    slackDate(timestamp, format, fallback),
  );
}

const NAMED = {
  white_check_mark: '✅',
  x: '❌',
  warning: '⚠️',
  lock: '🔒',
  key: '🔑',
  eyes: '👀',
  hourglass: '⌛',
};

/** An emoji by its short name. */
export function emoji(name, unicode) {
  const known = unicode
    ? String.fromCodePoint(...unicode.split('-').map((part) => parseInt(part, 16)))
    : NAMED[name];
  const circle = /^(?:large_)?(yellow|blue|green|red|white)_circle$/.exec(name)?.[1];
  if (circle) return el('span', { class: `emoji dot ${circle}`, role: 'img', 'aria-label': circle });
  return el('span', { class: 'emoji', role: 'img', 'aria-label': name }, known ?? `:${name}:`);
}

function unknown(type) {
  return el('span', { class: 'unknown' }, `[${type}]`);
}
