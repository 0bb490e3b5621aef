import type { Command } from '../access/command.ts';
import { parseCommand } from '../access/command.ts';
import { askFor, openAskForm } from './answer-ask.ts';
import type { Turn } from './answer-deps.ts';
import { contextOf } from './answer-deps.ts';
import { cancelIt, extendIt, finishIt, revokeIt, showIt } from './answer-acts.ts';
import type { Incoming, Reply } from './card.ts';
import { helpCard, mineCard, rolesCard, whoCard } from './listings.ts';
import { sloCard } from './slo-card.ts';
import { stuckListCard } from './stuck-card.ts';

/** Does what was typed. @throws whatever the services throw, and `InvalidCommand` */
export async function answerCommand(turn: Turn<Extract<Incoming, { kind: 'command' }>>): Promise<Reply> {
  const command = parseCommand(turn.incoming.text);
  switch (command.kind) {
    case 'ask':
      return askFor(turn, askOf(command));
    case 'form':
      return openAskForm(turn);
    case 'help':
    case 'roles':
    case 'mine':
    case 'who':
    case 'stuck':
    case 'slo':
      return list(turn, command);
    case 'show':
      return showIt(turn, command.id);
    case 'cancel':
      return cancelIt(turn, command.id);
    case 'finish':
      return finishIt(turn, command.id);
    case 'revoke':
      return revokeIt(turn, command);
    case 'extend':
      return extendIt(turn, command);
    default:
      return command satisfies never;
  }
}

function askOf({ customer, role, durationMs, scope, ticket, reason }: Extract<Command, { kind: 'ask' }>) {
  return {
    customerSlug: customer,
    roleName: role,
    justification: reason,
    ...(durationMs !== undefined && { durationMs }),
    ...(scope !== undefined && { scopeName: scope }),
    ...(ticket !== undefined && { ticket }),
  };
}

async function list(
  { deps, person }: Turn,
  command: Extract<Command, { kind: 'help' | 'roles' | 'mine' | 'who' | 'stuck' | 'slo' }>,
): Promise<Reply> {
  const { access } = deps;
  const context = contextOf(deps);
  switch (command.kind) {
    case 'help':
      return { kind: 'card', card: helpCard(context, await access.offers({ person })) };
    case 'roles': {
      const { customer } = command;
      const offers = await access.offers({
        person,
        ...(customer !== undefined && { customerSlug: customer }),
      });
      return { kind: 'card', card: rolesCard(context, { offers, customerSlug: customer }) };
    }
    case 'mine':
      return { kind: 'card', card: mineCard(context, await access.mine({ person })) };
    case 'who': {
      const found = await access.who({ person, customerSlug: command.customer });
      return { kind: 'card', card: whoCard(context, found) };
    }
    case 'stuck':
      return { kind: 'card', card: stuckListCard(context, await access.stuck({ person })) };
    case 'slo':
      return { kind: 'card', card: sloCard(context, await access.slo({ person, ...command })) };
    default:
      return command satisfies never;
  }
}
