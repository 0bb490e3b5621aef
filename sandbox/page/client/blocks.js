import { el, words } from './dom.js';
import { control, inputField } from './controls.js';
import { mrkdwn } from './mrkdwn.js';
import { richText } from './rich-text.js';

/**
 * Block Kit as elements. `deps`: `names`, `follow(url)`, `press(block, element, value)`, and for modals `form`
 * (`valueOf(block, element)`, `errorOf(block)`, `typed(block, element, value)`).
 * Source: https://docs.slack.dev/reference/block-kit/blocks
 */
export function renderBlocks(blocks, deps) {
  return el(
    'div',
    { class: 'blocks' },
    (blocks ?? []).map((block) => renderBlock(block, deps)),
  );
}

function renderBlock(block, deps) {
  switch (block.type) {
    case 'header':
      return el('h3', { class: 'b-header' }, words(block.text.text));
    case 'section':
      return section(block, deps);
    case 'rich_text':
      return richText(block, deps);
    case 'divider':
      return el('hr', {});
    case 'context':
      return el(
        'div',
        { class: 'b-context' },
        block.elements.map((each) => contextElement(each, deps)),
      );
    case 'actions':
      return el(
        'div',
        { class: 'b-actions' },
        block.elements.map((each) => control(block, each, deps)),
      );
    case 'input':
      return inputField(block, deps);
    case 'image':
      return el('div', { class: 'b-image' }, block.alt_text);
    default:
      return el('div', { class: 'unknown' }, `[${block.type}]`);
  }
}

/** A text object. */
export function textOf(text, deps) {
  if (!text) return [];
  return text.type === 'mrkdwn' ? mrkdwn(text.text, deps) : words(text.text);
}

function section(block, deps) {
  const fields = (block.fields ?? []).map((field) => el('div', { class: 'b-field' }, textOf(field, deps)));
  return el(
    'div',
    { class: 'b-section' },
    el(
      'div',
      { class: 'b-section-text' },
      block.text && el('div', {}, textOf(block.text, deps)),
      fields.length > 0 && el('div', { class: 'b-fields' }, fields),
    ),
    block.accessory && el('div', { class: 'b-accessory' }, control(block, block.accessory, deps)),
  );
}

function contextElement(element, deps) {
  if (element.type === 'image') return el('span', { class: 'b-context-image' }, element.alt_text);
  return el('span', {}, textOf(element, deps));
}
