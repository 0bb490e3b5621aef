import type { Place } from '../access/place.ts';

/** What a button does. The button carries an opaque reference and one of these, nothing else. */
export const VERBS = [
  'approve',
  'approveLess',
  'deny',
  'cancel',
  'finish',
  'revoke',
  'extend',
  'ask',
  'refresh',
] as const;

/** One of {@link VERBS}. */
export type Verb = (typeof VERBS)[number];

/** True for the verbs of our own buttons. */
export function isVerb(value: unknown): value is Verb {
  return VERBS.some((verb) => verb === value);
}

/** The look of a card: what the reader should feel before reading. */
export type Tone = 'waiting' | 'working' | 'good' | 'bad' | 'neutral';

/**
 * A piece of text. `time` parts (epoch ms) are shown in the reader's own zone where the platform can, else in UTC:
 * `clock` as the time of day, `date` with its date.
 */
export type Part =
  | { kind: 'text'; text: string }
  | { kind: 'bold'; text: string }
  | { kind: 'code'; text: string }
  | { kind: 'time'; at: number; show: 'clock' | 'date' }
  | { kind: 'link'; text: string; url: string };

/** A line of a card. Text in it is always plain: nothing of it is ever read as markup. */
export type Line = readonly Part[];

/** One labelled fact, looked up by us. */
export interface Fact {
  label: string;
  value: Line;
}

/** A field of a form. Values come back as strings. */
export type Field =
  | {
      kind: 'text';
      id: string;
      label: string;
      maxLength: number;
      required: 'yes' | 'no';
      multiline: 'yes' | 'no';
    }
  | {
      kind: 'choice';
      id: string;
      label: string;
      options: ReadonlyArray<{ label: string; value: string }>;
      initial?: string;
    };

/** What a button, or a bare `/access`, asks before it acts: a modal in Slack, inputs on the card in Teams. */
export interface Form {
  title: string;
  intro?: Line;
  fields: readonly Field[];
  submitLabel: string;
}

/** Something to press. `ref` is opaque and sealed (`chat/seal.ts`). `url` makes it a link instead. */
export interface Button {
  verb: Verb;
  label: string;
  look: 'primary' | 'danger' | 'plain';
  ref: string;
  form?: Form;
}

/** A card as both platforms show it: facts first, free text last and inert. */
export interface Card {
  tone: Tone;
  /** One line, at most 150 characters. */
  title: string;
  /** The state in words: who did what and when, or who is waited for. */
  status: Line;
  facts: readonly Fact[];
  /** Paragraphs of ours below the facts. */
  notes: readonly Line[];
  /** Lines to copy, shown as code. */
  commands: readonly string[];
  /** What a person wrote, shown last and without any effect. */
  quote?: { label: string; text: string };
  buttons: readonly Button[];
  links: ReadonlyArray<{ label: string; url: string }>;
  /** What notifications and screen readers say. */
  summary: string;
}

/** Where a posted message is, in the platform's own terms. Opaque outside its room; JSON. */
export interface MessageRef {
  place: Place;
  id: string;
  /** Conversation the message went to where the platform makes one (Teams). */
  conversationId?: string;
  serviceUrl?: string;
}

/** Posting and updating cards on one platform. Both throw `Unavailable` (try later) or `NotFound` (place is gone). */
export interface Messenger {
  post(place: Place, card: Card): Promise<MessageRef>;
  update(ref: MessageRef, card: Card): Promise<void>;
}

/** Who did something in a chat, as the platform vouches for it. */
export type Actor =
  | { platform: 'slack'; teamId: string; userId: string }
  | { platform: 'teams'; tenantId: string; objectId: string };

/** Something a person typed, pressed or filled in, already authenticated. */
export type Incoming =
  | { kind: 'command'; actor: Actor; place: Place; text: string }
  | {
      kind: 'press';
      actor: Actor;
      place: Place;
      verb: Verb;
      ref: string;
      inputs: Readonly<Record<string, string>>;
    }
  | { kind: 'ask'; actor: Actor; place: Place; inputs: Readonly<Record<string, string>> };

/**
 * What the person who acted gets back, seen by nobody else. `form` opens a form whose submission comes back as
 * `press` or `ask`; `fieldErrors` keeps an open form open with the errors at their fields.
 */
export type Reply =
  | { kind: 'card'; card: Card }
  | { kind: 'text'; text: string }
  | { kind: 'form'; form: Form; verb: Verb; ref: string }
  | { kind: 'fieldErrors'; errors: Readonly<Record<string, string>>; text: string };

/** The door every chat calls: never throws, always answers in words. */
export type Answer = (incoming: Incoming) => Promise<Reply>;
