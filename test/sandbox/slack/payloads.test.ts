import { existsSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { WebClient } from '@slack/web-api';
import type { SlackSandbox } from '../../../sandbox/slack/slack.ts';
import { CARD, CHANNEL, MODAL, seededSlack, TOKEN } from './support.ts';

const KEYS = new URL('./sample-keys.json', import.meta.url);
interface Samples {
  payloads: Record<string, string[]>;
  answers: Record<string, string[]>;
}

/** Key paths of the vendor's bodies, by sample. */
const samples = JSON.parse(readFileSync(KEYS, 'utf8')) as Samples;

/** Key paths of the vendor's answers, by method. */
const sampleAnswers = samples.answers;

/** Without the scope `users:read.email` there is no address; the sample has both. */
const LEFT_OUT = ['user.profile.email'];

/** What depends on the card or form at hand, not on Slack. */
const CONTENT =
  /^(message\.blocks|view\.blocks|view\.state\.values|state\.values|event\.view\.blocks)(\.|\[)/;

/** Every key path of a body: `actions[].action_id`. */
function keyPaths(value: unknown, at = ''): string[] {
  if (Array.isArray(value)) return value.flatMap((item) => keyPaths(item, `${at}[]`));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, child]) => {
    const path = at ? `${at}.${key}` : key;
    return [path, ...keyPaths(child, path)];
  });
}

const shape = (body: unknown): string[] =>
  [...new Set(keyPaths(body))].filter((path) => !CONTENT.test(path)).sort();

let slack: SlackSandbox;
let app: Server;
let client: WebClient;

beforeEach(async () => {
  slack = await seededSlack();
  app = createServer((_request, response) => void response.end());
  await new Promise<void>((resolve) => app.listen(0, '127.0.0.1', resolve));
  slack.connect({ requestUrl: `http://127.0.0.1:${(app.address() as AddressInfo).port}/` });
  client = new WebClient(TOKEN, { slackApiUrl: slack.apiUrl });
});

afterEach(async () => {
  await slack.stop();
  await new Promise((resolve) => {
    app.close(resolve);
    app.closeAllConnections();
  });
});

const sent = () => slack.deliveries.at(-1)?.payload;
const post = async () =>
  (await client.chat.postMessage({ channel: CHANNEL, text: 'card', blocks: CARD as never })).ts ?? '';
const openForm = async () => {
  await slack.command({ user: 'U0ALICE0001', channel: CHANNEL, text: 'form' });
  const { view } = await client.views.open({
    trigger_id: String(sent()?.['trigger_id']),
    view: MODAL as never,
  });
  return view?.id ?? '';
};

describe('the payloads', () => {
  it('of commands have the keys of the samples', async () => {
    await slack.command({ user: 'U0ALICE0001', channel: CHANNEL, text: 'contoso contributor 2h' });
    expect(shape(sent())).toEqual(samples.payloads['in.slash-command.json']);
    expect(Object.values(sent() ?? {}).every((value) => typeof value === 'string')).toBe(true);
    expect(sent()).toMatchObject({ is_enterprise_install: 'false', channel_name: 'contoso-access' });
    await slack.command({ user: 'U0CAROL0001', channel: 'C0LEADS0001', text: 'help' });
    expect(shape(sent())).toEqual(samples.payloads['in.slash-command.private-channel.json']);
    expect(sent()).toMatchObject({ channel_name: 'privategroup' });
  });

  it.each([
    ['in.block-actions.button.json', { user: 'U0CAROL0001', actionId: 'approve' }],
    ['in.block-actions.button.slack-connect.json', { user: 'U0LEADCUST1', actionId: 'approve' }],
    ['in.block-actions.overflow.json', { user: 'U0CAROL0001', actionId: 'more', value: 'end:req_01' }],
    ['in.block-actions.static-select.json', { user: 'U0CAROL0001', actionId: 'role', value: 'Reader' }],
  ])('%s has the keys of the sample', async (sample, press) => {
    await slack.click({ channel: CHANNEL, ts: await post(), ...press });
    expect(shape(sent())).toEqual(samples.payloads[sample]);
  });

  it('of an outsider name the home team of the person and the team of the installation', async () => {
    await slack.click({ user: 'U0LEADCUST1', channel: CHANNEL, ts: await post(), actionId: 'approve' });
    expect(sent()).toMatchObject({ user: { team_id: 'T0CUST00001' }, team: { id: 'T0OURS00001' } });
    slack.addUser({ id: 'U0LEADCUST2', teamId: 'T0CUST00001', name: 'lead2', realName: 'Lead' });
    slack.changeChannel(CHANNEL, { join: ['U0LEADCUST2'] });
    await slack.click({
      user: 'U0LEADCUST2',
      channel: CHANNEL,
      ts: slack.messages(CHANNEL)[0]?.ts ?? '',
      actionId: 'approve',
    });
    const { view } = await client.views.open({
      trigger_id: String(sent()?.['trigger_id']),
      view: MODAL as never,
    });
    const values = { why: 'INC-42', role: 'reader', who: 'U0LEADCUST2' };
    await slack.submitView({ user: 'U0LEADCUST2', viewId: view?.id ?? '', values });
    expect(shape(sent())).toEqual(samples.payloads['in.view-submission.slack-connect.json']);
    expect(sent()).toMatchObject({
      team: { id: 'T0CUST00001' },
      user: { team_id: 'T0CUST00001' },
      view: { app_installed_team_id: 'T0OURS00001' },
    });
  });

  it('of an ephemeral message carry no message', async () => {
    const { message_ts: ts } = await client.chat.postEphemeral({
      channel: CHANNEL,
      user: 'U0CAROL0001',
      text: 'card',
      blocks: CARD as never,
    });
    await slack.click({ user: 'U0CAROL0001', channel: CHANNEL, ts: ts ?? '', actionId: 'approve' });
    expect(shape(sent())).toEqual(samples.payloads['in.block-actions.ephemeral.json']);
    expect(sent()).toMatchObject({ container: { is_ephemeral: true } });
  });

  it('of a Home tab carry a view and no response URL', async () => {
    const button = {
      type: 'button',
      action_id: 'revoke',
      style: 'danger',
      value: 'g',
      text: { type: 'plain_text', text: 'End now' },
    };
    const blocks = [{ type: 'actions', elements: [button] }];
    const { view } = await client.views.publish({
      user_id: 'U0CAROL0001',
      view: { type: 'home', blocks } as never,
    });
    await slack.click({ user: 'U0CAROL0001', viewId: view?.id ?? '', actionId: 'revoke' });
    expect(shape(sent())).toEqual(shapeWithoutOptionalTexts('in.block-actions.home.json'));
    await slack.openHome({ user: 'U0CAROL0001' });
    expect(shape(sent())).toEqual(shapeWithoutOptionalTexts('in.event.app-home-opened.json'));
  });

  it('of modals have the keys of the samples', async () => {
    const viewId = await openForm();
    const values = { why: 'INC-42 database failover', role: 'contributor', who: 'U0ALICE0001' };
    await slack.submitView({ user: 'U0ALICE0001', viewId, values });
    expect(shape(sent())).toEqual(samples.payloads['in.view-submission.json']);
    const view = sent()?.['view'] as { state: { values: unknown } };
    expect(view.state.values).toEqual({
      why: { v: { type: 'plain_text_input', value: 'INC-42 database failover' } },
      role: {
        pick: {
          type: 'static_select',
          selected_option: {
            text: { type: 'plain_text', text: 'Contributor', emoji: true },
            value: 'contributor',
          },
        },
      },
      who: { pick: { type: 'users_select', selected_user: 'U0ALICE0001' } },
    });
    await slack.closeView({ user: 'U0ALICE0001', viewId: await openForm() });
    expect(shape(sent())).toEqual(samples.payloads['in.view-closed.json']);
  });

  it('of events have the keys of the samples', async () => {
    await slack.mention({ user: 'U0ALICE0001', channel: CHANNEL, text: 'status' });
    expect(shape(sent())).toEqual(samples.payloads['in.event.app-mention.json']);
    await slack.mention({ user: 'U0LEADCUST1', channel: CHANNEL, text: 'status' });
    expect(shape(sent())).toEqual(samples.payloads['in.event.app-mention.slack-connect.json']);
    await slack.shareChannel({ channel: CHANNEL, teamId: 'T0OTHER0001' });
    expect(shape(sent())).toEqual(samples.payloads['in.event.channel-shared.json']);
    await slack.revokeTokens({ teamId: 'T0OURS00001' });
    expect(shape(sent())).toEqual(samples.payloads['in.event.tokens-revoked.json']);
  });

  it('of a Grid customer name the organisation as home', async () => {
    slack.addWorkspace({ id: 'T0GRIDCUST1', name: 'Grid', domain: 'grid', enterpriseId: 'E0CUSTGRID1' });
    slack.addUser({ id: 'W0LEADGRID1', teamId: 'E0CUSTGRID1', name: 'gridlead', realName: 'Grid Lead' });
    await slack.shareChannel({ channel: CHANNEL, teamId: 'E0CUSTGRID1' });
    slack.changeChannel(CHANNEL, { join: ['W0LEADGRID1'] });
    await slack.mention({ user: 'W0LEADGRID1', channel: CHANNEL, text: 'status' });
    expect(sent()?.['event']).toMatchObject({ team: 'T0OURS00001', user_team: 'E0CUSTGRID1' });
    await slack.click({ user: 'W0LEADGRID1', channel: CHANNEL, ts: await post(), actionId: 'approve' });
    expect(sent()).toMatchObject({ user: { team_id: 'E0CUSTGRID1' }, team: { id: 'T0OURS00001' } });
    expect((await client.users.info({ user: 'W0LEADGRID1' })).user).toMatchObject({
      team_id: 'E0CUSTGRID1',
      enterprise_user: { enterprise_id: 'E0CUSTGRID1' },
    });
    const ack = await slack.command({ user: 'W0LEADGRID1', channel: CHANNEL, text: 'help' });
    expect(ack.problem).toBe('invalid_command');
  });

  it('of a shortcut have the keys of the sample', async () => {
    await slack.shortcut({ user: 'U0ALICE0001', callbackId: 'access_request' });
    expect(shape(sent())).toEqual(samples.payloads['in.global-shortcut.json']);
  });
});

describe('the answers of the Web API', () => {
  const call = async (method: string, args: Record<string, string>) => {
    const headers = { authorization: `Bearer ${TOKEN}` };
    const body = new URLSearchParams(args);
    const answer = await fetch(`${slack.apiUrl}${method}`, { method: 'POST', headers, body });
    return shape(await answer.json());
  };

  it('have the keys of the samples', async () => {
    slack.addChannel({ id: 'C0PLAIN0001', teamId: 'T0OURS00001', name: 'plain', members: ['U0ALICE0001'] });
    const card = { channel: CHANNEL, text: 'card', blocks: JSON.stringify(CARD) };
    const ts = await post();
    await slack.shortcut({ user: 'U0ALICE0001', callbackId: 'access_request' });
    const form = { trigger_id: String(sent()?.['trigger_id']), view: JSON.stringify(MODAL) };
    const home = { user_id: 'U0ALICE0001', view: JSON.stringify({ type: 'home', blocks: [] }) };
    await client.conversations.open({ users: 'U0ALICE0001' });
    const calls: Array<[string, Record<string, string>]> = [
      ['auth.test', {}],
      ['chat.postMessage', card],
      ['chat.postEphemeral', { ...card, user: 'U0ALICE0001' }],
      ['chat.update', { ...card, ts }],
      ['conversations.info', { channel: 'C0PLAIN0001', include_num_members: 'true' }],
      ['conversations.members', { channel: CHANNEL }],
      ['conversations.open', { users: 'U0ALICE0001', return_im: 'true' }],
      ['users.info', { user: 'U0ALICE0001' }],
      ['views.open', form],
      ['views.publish', home],
    ];
    for (const [method, args] of calls) {
      const found = await call(method, args);
      expect([method, found]).toEqual([
        method,
        sampleAnswers[method]?.filter((path) => !LEFT_OUT.includes(path)),
      ]);
    }
  });
});

describe('sample-keys.json', () => {
  const source = new URL('../../../../shared/contracts/samples/slack/', import.meta.url);
  const inReach = existsSync(source) ? it : it.skip;
  inReach('agrees with the vendor samples', () => {
    for (const [name, keys] of Object.entries(samples.payloads)) {
      const { body } = JSON.parse(readFileSync(new URL(name, source), 'utf8')) as { body: unknown };
      expect([name, shape(body)]).toEqual([name, keys]);
    }
    for (const [method, keys] of Object.entries(samples.answers)) {
      const sample = JSON.parse(readFileSync(new URL(`api.${method}.json`, source), 'utf8')) as {
        response_ok: unknown;
      };
      expect([method, shape(sample.response_ok)]).toEqual([method, keys]);
    }
  });
});

/** The samples of Home tabs show `submit` as an object or null alike; a Home tab has none. */
function shapeWithoutOptionalTexts(sample: string): string[] {
  return (samples.payloads[sample] ?? []).filter((path) => !/view\.submit\./.test(path));
}
