import type { KnownBlock, ModalView } from '@slack/types';
import type { Field, Form, Verb } from '../chat/card.ts';
import type { Place } from '../access/place.ts';
import { clip, renderLine } from './render-line.ts';

// Limits of modals: https://docs.slack.dev/reference/views/modal-views
const MAX_TITLE = 24;
const MAX_LABEL = 75;
const MAX_OPTIONS = 100;
const MAX_INPUT = 3_000;

/** The one callback id of all our modals. */
export const FORM_CALLBACK = 'latchkey:form';

/** What a modal remembers of the button that opened it. Slack hands it back as it was; people cannot edit it. */
export interface FormMemory {
  verb: Verb;
  ref: string;
  place: Place;
}

/** A form as a modal. */
export function renderForm(form: Form, memory: FormMemory): ModalView {
  return {
    type: 'modal',
    callback_id: FORM_CALLBACK,
    private_metadata: JSON.stringify(memory),
    title: { type: 'plain_text', text: clip(form.title, MAX_TITLE) },
    submit: { type: 'plain_text', text: clip(form.submitLabel, MAX_TITLE) },
    close: { type: 'plain_text', text: 'Cancel' },
    blocks: [
      ...(form.intro ? [{ type: 'rich_text' as const, elements: [renderLine(form.intro)] }] : []),
      ...form.fields.map(renderField),
    ],
  };
}

function renderField(field: Field): KnownBlock {
  const label = { type: 'plain_text' as const, text: clip(field.label, MAX_LABEL) };
  if (field.kind === 'text') {
    return {
      type: 'input',
      block_id: field.id,
      label,
      optional: field.required === 'no',
      element: {
        type: 'plain_text_input',
        action_id: 'value',
        multiline: field.multiline === 'yes',
        max_length: Math.min(field.maxLength, MAX_INPUT),
      },
    };
  }
  const options = field.options.slice(0, MAX_OPTIONS).map((option) => ({
    text: { type: 'plain_text' as const, text: clip(option.label, MAX_LABEL) },
    value: option.value,
  }));
  const initial = options.find((option) => option.value === field.initial);
  return {
    type: 'input',
    block_id: field.id,
    label,
    element: {
      type: 'static_select',
      action_id: 'value',
      options,
      ...(initial && { initial_option: initial }),
    },
  };
}
