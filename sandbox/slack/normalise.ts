import { randomBytes } from 'node:crypto';
import { elementsOf } from './blocks.ts';
import { isObject } from './limits.ts';
import type { Json } from './state.ts';

/**
 * Blocks as Slack stores and returns them: every block has a `block_id`, every interactive element an `action_id`,
 * plain text carries `emoji`, mrkdwn carries `verbatim`.
 */
export function normaliseBlocks(blocks: readonly Json[]): Json[] {
  return blocks.map((block) => {
    const copy = fillTexts(structuredClone(block)) as Json;
    for (const element of elementsOf(copy)) {
      if (element['type'] !== 'image') element['action_id'] ??= randomId();
    }
    if (copy['type'] === 'input') {
      copy['optional'] ??= false;
      copy['dispatch_action'] ??= false;
    }
    const { type, block_id: blockId, ...rest } = copy;
    return { type, block_id: blockId ?? randomId(), ...rest };
  });
}

/** A view's content as Slack stores it. */
export function normaliseView(view: Json): Json {
  const { blocks, ...rest } = view;
  const list = Array.isArray(blocks) ? blocks.filter(isObject) : [];
  return { ...(fillTexts(structuredClone(rest)) as Json), blocks: normaliseBlocks(list) };
}

function fillTexts(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(fillTexts);
  if (!isObject(value)) return value;
  for (const [key, child] of Object.entries(value)) value[key] = fillTexts(child);
  if (value['type'] === 'plain_text') value['emoji'] ??= true;
  if (value['type'] === 'mrkdwn') value['verbatim'] ??= false;
  return value;
}

function randomId(): string {
  return randomBytes(4).toString('base64url').slice(0, 5);
}
