import type { WebClient } from '@slack/web-api';
import { Misconfigured } from '../access/errors.ts';
import { translate } from './messenger.ts';

/** Who we are in the one workspace we serve. */
export interface SlackSelf {
  teamId: string;
  teamName: string;
  enterpriseId: string | undefined;
  botId: string;
  botUserId: string;
}

/**
 * Asks Slack who this token belongs to.
 * @throws {Misconfigured} when it belongs to nobody
 */
export async function whoAmI(client: WebClient): Promise<SlackSelf> {
  const answer = await client.auth.test().catch((error: unknown) => {
    const said = (error as { data?: { error?: string } }).data?.error;
    if (
      said !== undefined &&
      /^(invalid_auth|not_authed|account_inactive|token_(revoked|expired))$/.test(said)
    ) {
      throw new Misconfigured(
        `Slack refuses SLACK_BOT_TOKEN (${said}).`,
        'Copy the Bot User OAuth Token again.',
      );
    }
    throw translate(error);
  });
  if (!answer.team_id || !answer.bot_id || !answer.user_id) {
    throw new Misconfigured('SLACK_BOT_TOKEN is not a bot token.', 'Use the token that starts with xoxb-.');
  }
  return {
    teamId: answer.team_id,
    teamName: answer.team ?? answer.team_id,
    enterpriseId: answer.enterprise_id,
    botId: answer.bot_id,
    botUserId: answer.user_id,
  };
}
