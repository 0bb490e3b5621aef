import type { AppsManifestCreateArguments } from '@slack/web-api';

/** Slack's own type: a wrong scope or event name does not compile. */
export type SlackManifest = AppsManifestCreateArguments['manifest'];

/** What differs between two installations. */
export interface SlackManifestOptions {
  /** Where Slack reaches us, `https://…` without a trailing slash. Not used in Socket Mode. */
  publicUrl: string;
  /** Whether we call Slack (an app-level token with `connections:write`), or Slack calls us. */
  socketMode: boolean;
}

/** The one path that Slack posts commands, clicks and events to. */
export const SLACK_EVENTS_PATH = '/slack/events';

const LONG_DESCRIPTION = [
  "Latchkey lends engineers of a Cloud Solution Provider time-boxed access to their customers' Azure, and takes it back on time.",
  'Ask with one line: /access contoso contributor 2h. The people who own that access decide on a card in their channel, in Slack or in Microsoft Teams.',
  'When they approve, the access appears in Azure; when its time is over, it is removed and checked to be gone.',
].join('\n\n');

/**
 * The manifest to make the Slack app from.
 *
 * Three scopes, each with its reason: `commands` for `/access`; `chat:write` for cards and replies, in channels we were
 * invited to and to one person; `app_mentions:read` to answer when somebody mentions the app instead. Deliberately none:
 * reading messages, posting where nobody invited us, other names, lists of people or channels, e-mail addresses.
 *
 * @see https://docs.slack.dev/reference/app-manifest
 */
export function slackManifest({ publicUrl, socketMode }: SlackManifestOptions): SlackManifest {
  const url = `${publicUrl}${SLACK_EVENTS_PATH}`;
  return {
    _metadata: { major_version: 1, minor_version: 1 },
    display_information: {
      name: 'Latchkey',
      description: "Time-boxed access to customers' Azure: ask, decide, gone on time.",
      background_color: '#14324f',
      long_description: LONG_DESCRIPTION,
    },
    features: {
      app_home: {
        home_tab_enabled: false,
        messages_tab_enabled: true,
        messages_tab_read_only_enabled: true,
      },
      bot_user: { display_name: 'latchkey', always_online: true },
      slash_commands: [
        {
          command: '/access',
          description: "Ask for access to a customer's Azure, or see and end what you have",
          usage_hint: '<customer> <role> <duration> [reason] | mine | who <customer> | roles | help',
          should_escape: true,
          ...(socketMode ? {} : { url }),
        },
      ],
    },
    oauth_config: {
      scopes: {
        bot: ['commands', 'chat:write', 'app_mentions:read'],
      },
    },
    settings: {
      event_subscriptions: {
        bot_events: ['app_mention'],
        ...(socketMode ? {} : { request_url: url }),
      },
      interactivity: { is_enabled: true, ...(socketMode ? {} : { request_url: url }) },
      org_deploy_enabled: false,
      socket_mode_enabled: socketMode,
      token_rotation_enabled: false,
    },
  };
}
