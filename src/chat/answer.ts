import type { AnswerDeps, Turn } from './answer-deps.ts';
import { doingOf, privatePlace } from './answer-deps.ts';
import { answerAsk } from './answer-ask.ts';
import { answerCommand } from './answer-command.ts';
import { answerPress } from './answer-press.ts';
import type { Answer, Incoming, Reply } from './card.ts';
import { createReplies } from './replies.ts';

/**
 * The door every chat calls: works out who it is, does what was asked, and answers in words. Never throws. What
 * happened is logged without a word of what people wrote.
 */
export function createAnswer(deps: AnswerDeps): Answer {
  const replies = createReplies(deps);
  return async (incoming) => {
    const doing = doingOf(incoming);
    try {
      const person = await deps.resolvePerson(incoming.actor);
      const reply = await act({ deps, replies, incoming, person, replyTo: privatePlace(incoming.actor) });
      deps.log.info('chat.answered', { ...actFacts(incoming), doing, reply: reply.kind });
      return reply;
    } catch (error) {
      const { text } = replies(error, { doing, now: deps.clock.now() });
      deps.log.info('chat.declined', { ...actFacts(incoming), doing, error: nameOf(error) });
      return { kind: 'text', text };
    }
  };
}

function act(turn: Turn): Promise<Reply> {
  const { incoming } = turn;
  switch (incoming.kind) {
    case 'command':
      return answerCommand({ ...turn, incoming });
    case 'press':
      return answerPress({ ...turn, incoming });
    case 'ask':
      return answerAsk(turn, incoming.inputs);
    default:
      return incoming satisfies never;
  }
}

/** Ids only. */
function actFacts(incoming: Incoming): Record<string, unknown> {
  const { actor } = incoming;
  const who =
    actor.platform === 'slack' ? `${actor.teamId}/${actor.userId}` : `${actor.tenantId}/${actor.objectId}`;
  const verb = incoming.kind === 'press' ? { verb: incoming.verb } : {};
  return { kind: incoming.kind, platform: actor.platform, actor: who, ...verb };
}

function nameOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? `:${String(error.code)}` : '';
  return `${error instanceof Error ? error.name : typeof error}${code}`;
}
