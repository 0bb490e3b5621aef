import { IDS, SLACK, TEAMS } from '../../sandbox/world/ids.ts';
import type { SeenMessage } from '../../sandbox/slack/look.ts';
import type { World } from '../../sandbox/world/world.ts';

/** What people do; all of it may fail, and then they are answered `undefined`. */
export interface People {
  /** Types a command in Slack and answers what the person alone is told. */
  type(text: string, user?: string): Promise<string | undefined>;
  /** Presses a button on the newest card that names the request, in Contoso's channel. */
  press(verb: string, press: { id: string; user?: string }): Promise<string | undefined>;
  /** Presses a button on the request's card in the leads' channel in Slack. */
  pressInSlack(verb: string, press: { id: string; user: string }): Promise<void>;
}

const ANSWER_MS = 1_500;
const LOOK_MS = 20;

/** People of the simulated world who go on when the app does not answer. */
export function createPeople({ slack, teams }: World): People {
  return {
    type: async (text, user = SLACK.dana) => {
      const before = slack.ephemerals(user, SLACK.general).length;
      const ack = await slack.command({ user, channel: SLACK.general, text }).catch(() => undefined);
      if (!ack || ack.problem) return undefined;
      const deadline = Date.now() + ANSWER_MS;
      for (;;) {
        const told = slack.ephemerals(user, SLACK.general).slice(before).at(-1);
        if (told) return `${told.text}\n${JSON.stringify(told.blocks)}`;
        if (Date.now() > deadline) return undefined;
        await pause(LOOK_MS);
      }
    },
    press: async (verb, { id, user = IDS.olga }) => {
      const card = teams
        .messages(TEAMS.contosoApprovals)
        .findLast(({ activity }) => JSON.stringify(activity).includes(id));
      if (!card) return undefined;
      try {
        const inputs = verb === 'deny' ? { reason: 'not today' } : {};
        const clicked = await teams.click({ user, activityId: card.id, verb, inputs });
        return clicked.shown === 'error' ? undefined : (clicked.text ?? '');
      } catch {
        // The button is gone, or the app did not answer.
        return undefined;
      }
    },
    pressInSlack: async (verb, { id, user }) => {
      const words = (message: SeenMessage): string => `${message.text}${JSON.stringify(message.blocks)}`;
      const card = slack.messages(SLACK.leads).findLast((message) => words(message).includes(id));
      const actionId = card && new RegExp(`latchkey:${verb}:\\d+`).exec(words(card))?.[0];
      if (!card || actionId === undefined) return;
      await slack.click({ user, channel: SLACK.leads, ts: card.ts, actionId }).catch(() => undefined);
    },
  };
}

/** The request a text names. */
export function idIn(text: string | undefined): string | undefined {
  return /AR-[0-9A-HJKMNP-TV-Z]{8}/.exec(text ?? '')?.[0];
}

/** Waits some ms. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
