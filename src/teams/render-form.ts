import type { Field, Form, Verb } from '../chat/card.ts';
import { clip, inertText, renderLine } from './render-line.ts';
import type { Element } from './render-line.ts';

const MAX_LABEL = 100;
const MAX_INPUT = 3_000;
const RESERVED = new Set(['ref', 'verb', 'msteams']);

/** How much one card may hold. Smaller budgets make smaller cards of the same content. */
export interface Budget {
  /** Characters of one text. */
  text: number;
  /** Facts, notes and commands, each. */
  rows: number;
  /** Options of a choice; with more of them the value is typed. */
  options: number;
  buttons: number;
}

/**
 * Hands out the ids of the inputs on one card: the field's own, with a number after it when another form on the same card
 * has taken it.
 */
export type InputIds = (field: string) => string;

/** Ids for one card. */
export function createInputIds(): InputIds {
  const taken = new Set<string>(RESERVED);
  return (field) => {
    let id = field;
    for (let count = 2; taken.has(id); count += 1) id = `${field}~${count}`;
    taken.add(id);
    return id;
  };
}

/** The field an input id stands for; undefined for what we put beside the inputs ourselves. */
export function fieldOfInput(id: string): string | undefined {
  if (RESERVED.has(id) || id === '__proto__') return undefined;
  return id.replace(/~\d+$/, '');
}

/** What a form sends: the verb, and the opaque reference as the only data. */
export interface FormAction {
  verb: Verb;
  ref: string;
}

/** The body of a form: intro, inputs, and the button that sends it. */
export function renderForm(
  form: Form,
  action: FormAction,
  { budget, inputIds }: { budget: Budget; inputIds: InputIds },
): Element[] {
  return [
    ...(form.intro ? renderLine(form.intro, budget.text) : []),
    ...form.fields.slice(0, budget.rows).map((field) => renderField(field, inputIds(field.id), budget)),
    {
      type: 'ActionSet',
      actions: [executeAction({ ...action, label: form.submitLabel, look: 'primary', inputs: 'auto' })],
    },
  ];
}

const STYLES = { primary: 'positive', danger: 'destructive', plain: 'default' } as const;

/**
 * A button that reaches us, for clients old and new. `inputs`: whether what was typed on the card comes along.
 *
 * Source: https://learn.microsoft.com/microsoftteams/platform/task-modules-and-cards/cards/universal-actions-for-adaptive-cards/overview
 */
export function executeAction(
  button: FormAction & { label: string; look: keyof typeof STYLES; inputs: 'auto' | 'none' },
): Element {
  const shared = {
    title: clip(button.label, MAX_LABEL) || ' ',
    style: STYLES[button.look],
    associatedInputs: button.inputs,
  };
  return {
    type: 'Action.Execute',
    ...shared,
    verb: button.verb,
    data: { ref: button.ref },
    fallback: { type: 'Action.Submit', ...shared, data: { ref: button.ref, verb: button.verb } },
  };
}

function renderField(field: Field, id: string, budget: Budget): Element {
  const label = inertText(clip(field.label, MAX_LABEL));
  if (field.kind === 'text') {
    return {
      type: 'Input.Text',
      id,
      label,
      maxLength: Math.max(1, Math.min(field.maxLength, MAX_INPUT)),
      isMultiline: field.multiline === 'yes',
      ...(field.required === 'yes' && { isRequired: true, errorMessage: `Please fill in: ${label}` }),
    };
  }
  const required = { isRequired: true, errorMessage: `Please choose: ${label}` };
  const value = field.initial !== undefined && { value: field.initial };
  // What cannot be listed in the room there is can still be typed.
  if (field.options.length === 0 || field.options.length > budget.options) {
    return { type: 'Input.Text', id, label, maxLength: 64, ...value, ...required };
  }
  const choices = field.options.map((option) => ({
    title: inertText(clip(option.label, MAX_LABEL)),
    value: option.value,
  }));
  return { type: 'Input.ChoiceSet', id, label, style: 'compact', choices, ...value, ...required };
}
