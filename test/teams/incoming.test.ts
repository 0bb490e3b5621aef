import { readFileSync } from 'node:fs';
import { fromCardAction, fromMessage } from '../../src/teams/incoming.ts';
import type { JsonObject } from '../../src/teams/json.ts';

const SAMPLES = new URL('../sandbox/teams/samples/', import.meta.url);

function sample(name: string): JsonObject {
  return JSON.parse(readFileSync(new URL(`${name}.json`, SAMPLES), 'utf8')) as JsonObject;
}

const HOST = '5c1a0f0e-7a11-4c0d-8e11-0000000c0de1';
const dana = { platform: 'teams', tenantId: HOST, objectId: '9a1d0c3e-4b5f-4a6b-8c7d-00000000da7a' };
const lee = { platform: 'teams', tenantId: HOST, objectId: '7e2b1f4d-3c2a-4d1e-9b8a-000000001ee0' };
const channel = {
  platform: 'teams',
  tenantId: HOST,
  teamId: '19:fictionalteamroot@thread.tacv2',
  channelId: '19:fictionalleadchannel@thread.tacv2',
};
const text = 'contoso contributor 2h';

describe('fromMessage', () => {
  it.each([
    ['message-channel-mention', { kind: 'command', actor: dana, place: channel, text }],
    ['message-channel-slash-targeted', { kind: 'command', actor: dana, place: channel }],
    ['message-groupchat-mention', { kind: 'command', place: { tenantId: HOST, userId: dana.objectId } }],
    ['message-personal', { kind: 'command', place: { tenantId: HOST, userId: dana.objectId } }],
  ])('reads %s', (name, expected) => {
    const heard = fromMessage(sample(name));
    expect(heard).toMatchObject(expected);
    expect((heard as { text: string }).text).not.toMatch(/^\/|^access|<at>|nbsp/);
  });

  it('reads the fallback button of an old client', () => {
    const value = { verb: 'deny', ref: 'r.AR-1.1.mac', reason: 'no' };
    expect(fromMessage({ ...sample('message-action-submit'), value })).toEqual({
      kind: 'press',
      actor: lee,
      place: channel,
      verb: 'deny',
      ref: 'r.AR-1.1.mac',
      inputs: { reason: 'no' },
    });
  });

  it('reads a long message with any number of mentions at once', () => {
    const mention = { type: 'mention', mentioned: { id: '28:bot' }, text: ' ' };
    const long = {
      ...sample('message-channel-mention'),
      recipient: { id: '28:bot' },
      entities: Array.from({ length: 1_500 }, () => mention),
      text: `who contoso${' '.repeat(120_000)}`,
    };
    const startedAt = performance.now();
    expect(fromMessage(long)).toMatchObject({ kind: 'command', text: 'who contoso' });
    expect(performance.now() - startedAt).toBeLessThan(500);
  });

  it('hears nobody without an Entra object id', () => {
    const from = { id: '29:1anonymous', name: 'Lee Approver' };
    expect(fromMessage({ ...sample('message-personal'), from })).toBeUndefined();
  });

  it('does not take a mention of somebody else for one of us', () => {
    const entities = [{ type: 'mention', mentioned: { id: '29:1other' }, text: '<at>JIT Access</at>' }];
    expect(fromMessage({ ...sample('message-channel-mention'), entities })).toBeUndefined();
  });
});

describe('fromCardAction', () => {
  const pressed = (name: string): JsonObject => {
    const activity = sample(name);
    const verb = name.includes('deny') ? 'deny' : 'approve';
    return {
      ...activity,
      value: { action: { type: 'Action.Execute', verb, data: { ref: 'r.AR-1.1.mac' } } },
    };
  };

  it('knows the person by object id and home tenant, never by name', () => {
    expect(fromCardAction(pressed('invoke-adaptivecard-action-approve'))).toMatchObject({
      actor: lee,
      verb: 'approve',
    });
    expect(fromCardAction(pressed('invoke-adaptivecard-action-approve-external-tenant'))).toMatchObject({
      actor: { tenantId: 'c0a7a50a-0b0b-4d0d-9e0e-00000000c057' },
      place: channel,
    });
  });

  it('does not know the buttons of another bot', () => {
    expect(fromCardAction(sample('invoke-adaptivecard-action-deny'))).toBeUndefined();
  });

  it('keeps a form for asking apart from the button that opens it', () => {
    const ask = (data: JsonObject) =>
      fromCardAction({
        ...pressed('invoke-adaptivecard-action-approve'),
        value: { action: { verb: 'ask', data } },
      });
    expect(ask({ ref: 'o.any.0.mac' })).toMatchObject({ kind: 'press', verb: 'ask' });
    expect(ask({ ref: 'o.any.0.mac', 'reason~2': 'x' })).toMatchObject({
      kind: 'ask',
      inputs: { reason: 'x' },
    });
  });
});
