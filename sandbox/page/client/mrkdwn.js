import { el, words } from './dom.js';
import { dateNode, emoji, link } from './rich-text.js';

/** Slack's `mrkdwn` as elements. Source: https://docs.slack.dev/messaging/formatting-message-text */
export function mrkdwn(text, deps) {
  return String(text)
    .split(/```\n?([\s\S]*?)```/)
    .flatMap((part, index) => (index % 2 === 1 ? [el('pre', {}, unescape(part))] : lines(part, deps)));
}

function lines(text, deps) {
  const out = [];
  let quote;
  text.split('\n').forEach((line, index) => {
    const quoted = /^(?:&gt;|>) ?(.*)$/.exec(line);
    if (quoted) {
      if (quote) quote.append(el('br'));
      else out.push((quote = el('blockquote', {})));
      quote.append(...spans(quoted[1], deps));
      return;
    }
    if (index > 0 && !quote) out.push(el('br'));
    quote = undefined;
    out.push(...spans(line, deps));
  });
  return out;
}

const SPAN =
  /`([^`]+)`|<([^<>]+)>|(?<![\w*])\*([^*\s](?:[^*]*[^*\s])?)\*(?![\w*])|(?<![\w_])_([^_\s](?:[^_]*[^_\s])?)_(?![\w_])|(?<![\w~])~([^~\s](?:[^~]*[^~\s])?)~(?![\w~])|:([a-z0-9_+-]+):/g;

function spans(text, deps) {
  const out = [];
  let from = 0;
  for (const match of text.matchAll(SPAN)) {
    out.push(...words(unescape(text.slice(from, match.index))));
    from = match.index + match[0].length;
    const [, code, reference, bold, italic, strike, name] = match;
    if (code !== undefined) out.push(el('code', {}, unescape(code)));
    else if (reference !== undefined) out.push(refer(reference, deps));
    else if (bold !== undefined) out.push(el('strong', {}, spans(bold, deps)));
    else if (italic !== undefined) out.push(el('em', {}, spans(italic, deps)));
    else if (strike !== undefined) out.push(el('s', {}, spans(strike, deps)));
    else out.push(emoji(name));
  }
  out.push(...words(unescape(text.slice(from))));
  return out;
}

function refer(reference, deps) {
  const [target, label] = reference.split(/\|(.*)/s);
  if (target.startsWith('@'))
    return el('span', { class: 'mention' }, `@${label ?? deps.names.user(target.slice(1))}`);
  if (target.startsWith('#'))
    return el('span', { class: 'mention' }, `#${label ?? deps.names.channel(target.slice(1))}`);
  const date = /^!date\^(\d+)\^([^^]*)/.exec(target);
  if (date) return dateNode({ timestamp: date[1], format: date[2], fallback: label });
  if (target.startsWith('!')) return el('span', { class: 'mention loud' }, `@${label ?? target.slice(1)}`);
  return link(unescape(target), unescape(label ?? target), deps);
}

function unescape(text) {
  return text.replace(/&lt;/g, '<').replace(/&gt;/g, '>').replace(/&amp;/g, '&');
}
