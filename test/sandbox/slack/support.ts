import { createSlack, type SlackOptions, type SlackSandbox } from '../../../sandbox/slack/slack.ts';

export const SECRET = 'fictional-signing-secret-0001';
export const OURS = 'T0OURS00001';
export const CUSTOMER = 'T0CUST00001';
export const TOKEN = 'xoxb-ours';
export const APP_TOKEN = 'xapp-1-ours';
export const CHANNEL = 'C0CONTOSO01';

/** A Slack with our workspace, a customer's, a shared channel and one person of every sort. */
export async function seededSlack(options: Partial<SlackOptions> = {}): Promise<SlackSandbox> {
  const slack = await createSlack({ signingSecret: SECRET, ...options });
  slack.addWorkspace({
    id: OURS,
    name: 'Ours',
    domain: 'ours',
    botToken: TOKEN,
    appToken: APP_TOKEN,
    botUserId: 'U0BOT000001',
  });
  slack.addWorkspace({ id: CUSTOMER, name: 'Customer', domain: 'customer' });
  slack.addUser({
    id: 'U0ALICE0001',
    teamId: OURS,
    name: 'alice',
    realName: 'Alice Example',
    email: 'alice@ours.example',
  });
  slack.addUser({ id: 'U0CAROL0001', teamId: OURS, name: 'carol', realName: 'Carol Example' });
  slack.addUser({ id: 'U0GUEST0001', teamId: OURS, name: 'guest', realName: 'Guest', isRestricted: true });
  slack.addUser({ id: 'U0GONE00001', teamId: OURS, name: 'gone', realName: 'Gone', deleted: true });
  slack.addUser({
    id: 'U0LEADCUST1',
    teamId: CUSTOMER,
    name: 'lead',
    realName: 'Lead of Customer',
    email: 'lead@contoso.example',
  });
  slack.addChannel({
    id: CHANNEL,
    teamId: OURS,
    name: 'contoso-access',
    members: ['U0ALICE0001', 'U0CAROL0001', 'U0GUEST0001', 'U0LEADCUST1'],
    isExtShared: true,
    connectedTeamIds: [CUSTOMER],
  });
  slack.addChannel({
    id: 'C0LEADS0001',
    teamId: OURS,
    name: 'leads',
    members: ['U0CAROL0001'],
    isPrivate: true,
  });
  return slack;
}

/** A card like the app's: words, two buttons, an overflow menu and a select. */
export const CARD = [
  {
    type: 'section',
    block_id: 'summary',
    text: { type: 'mrkdwn', text: '*alice* asks for *Contributor*' },
    accessory: {
      type: 'overflow',
      action_id: 'more',
      options: [{ text: { type: 'plain_text', text: 'End early' }, value: 'end:req_01' }],
    },
  },
  {
    type: 'actions',
    block_id: 'decide',
    elements: [
      {
        type: 'button',
        action_id: 'approve',
        text: { type: 'plain_text', text: 'Approve' },
        style: 'primary',
        value: 'req_01',
      },
      {
        type: 'button',
        action_id: 'deny',
        text: { type: 'plain_text', text: 'Deny' },
        style: 'danger',
        value: 'req_01',
      },
    ],
  },
  {
    type: 'actions',
    block_id: 'pick',
    elements: [
      {
        type: 'static_select',
        action_id: 'role',
        placeholder: { type: 'plain_text', text: 'Role' },
        options: [
          { text: { type: 'plain_text', text: 'Reader' }, value: 'reader' },
          { text: { type: 'plain_text', text: 'Contributor' }, value: 'contributor' },
        ],
      },
    ],
  },
];

/** A modal with a required reason, a role and a person. */
export const MODAL = {
  type: 'modal',
  callback_id: 'access_request',
  title: { type: 'plain_text', text: 'Request access' },
  submit: { type: 'plain_text', text: 'Send' },
  private_metadata: '{"c":"C0CONTOSO01"}',
  notify_on_close: true,
  blocks: [
    {
      type: 'input',
      block_id: 'why',
      label: { type: 'plain_text', text: 'Reason' },
      element: { type: 'plain_text_input', action_id: 'v', multiline: true },
    },
    {
      type: 'input',
      block_id: 'role',
      label: { type: 'plain_text', text: 'Role' },
      element: {
        type: 'static_select',
        action_id: 'pick',
        options: [
          { text: { type: 'plain_text', text: 'Reader' }, value: 'reader' },
          { text: { type: 'plain_text', text: 'Contributor' }, value: 'contributor' },
        ],
      },
    },
    {
      type: 'input',
      block_id: 'who',
      optional: true,
      label: { type: 'plain_text', text: 'For' },
      element: { type: 'users_select', action_id: 'pick' },
    },
  ],
};
