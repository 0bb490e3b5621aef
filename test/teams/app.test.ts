import type { Reply } from '../../src/chat/card.ts';
import { ids } from '../sandbox/teams/northwind.ts';
import type { Bench } from './support.ts';
import { danaPlace, leadsPlace, sampleCard, startBench } from './support.ts';

const dana = { platform: 'teams', tenantId: ids.host, objectId: ids.dana } as const;
const lee = { platform: 'teams', tenantId: ids.host, objectId: ids.lee } as const;

let bench: Bench;
beforeEach(async () => {
  bench = await startBench();
});
afterEach(() => bench.stop());

/** All words of a message or card. */
function wordsOf(value: unknown): string {
  return JSON.stringify(value);
}

/** A card in the leads' channel, as the outbox would post it. */
async function postCard(): Promise<string> {
  return (await bench.app.messenger.post(leadsPlace, sampleCard())).id;
}

describe('createTeamsApp, when somebody types', () => {
  it.each([
    ['a mention', { text: 'contoso contributor 2h', mention: true }],
    ['a mention with /access', { text: '/access contoso contributor 2h', mention: true }],
    ['a mention with access', { text: 'Access contoso contributor 2h', mention: true }],
    ['a mention with hard spaces', { text: '&nbsp;\u00a0/access contoso contributor 2h\n', mention: true }],
    ['a slash command', { text: 'access contoso contributor 2h', slash: true }],
    ['a slash command with its slash', { text: '/access contoso contributor 2h', slash: true }],
  ] as const)('hears %s in a channel', async (_name, said) => {
    await bench.teams.say({ user: ids.dana, place: ids.leads, ...said });
    expect(bench.heard).toEqual([
      { kind: 'command', actor: dana, place: leadsPlace, text: 'contoso contributor 2h' },
    ]);
  });

  it('hears plain words in a private chat, whose place is the person', async () => {
    await bench.teams.say({ user: ids.dana, place: 'personal', text: 'access mine' });
    expect(bench.heard).toEqual([{ kind: 'command', actor: dana, place: danaPlace, text: 'mine' }]);
    expect(wordsOf(bench.teams.chat(ids.dana).at(-1)?.activity)).toContain('heard');
  });

  it('keeps a word that only begins like access, and the lines of a reason as one', async () => {
    await bench.teams.say({ user: ids.dana, place: 'personal', text: 'accessible\r\nweb\t1h' });
    expect(bench.heard).toMatchObject([{ text: 'accessible  web 1h' }]);
  });

  it('does not hear what is not addressed to us', async () => {
    const change = (activity: { type: string }) => ({ ...activity, entities: [] });
    await bench.teams.say({ user: ids.dana, place: ids.leads, text: 'mine', mention: true, change });
    expect(bench.heard).toEqual([]);
  });

  it('hears a group chat as the person alone', async () => {
    await bench.teams.say({ user: ids.dana, place: ids.group, text: 'mine', mention: true });
    expect(bench.heard).toMatchObject([{ place: danaPlace, text: 'mine' }]);
  });

  it('takes the tenant of a person from abroad as their home, the place in its host', async () => {
    await bench.teams.say({ user: ids.sam, place: ids.leads, text: 'mine', mention: true });
    const actor = { platform: 'teams', tenantId: ids.foreign, objectId: ids.sam };
    expect(bench.heard).toMatchObject([{ actor, place: leadsPlace }]);
  });

  it('ignores an edit of what was typed', async () => {
    const said = await bench.teams.say({ user: ids.dana, place: ids.leads, text: 'mine', mention: true });
    const { activityId } = said;
    const edited = await bench.teams.edit({ user: ids.dana, activityId, text: 'contoso contributor 8h' });
    expect(edited?.status).toBe(200);
    expect(bench.heard).toHaveLength(1);
  });

  it('does not act twice on the same message', async () => {
    const said = await bench.teams.say({ user: ids.dana, place: 'personal', text: 'mine' });
    await bench.teams.redeliver({ deliveryId: said.delivery!.id, as: 'sameId' });
    expect(bench.heard).toHaveLength(1);
  });

  it('answers in a channel so that only the person sees it', async () => {
    bench.answerWith({ kind: 'card', card: sampleCard({ title: 'Your access' }) });
    await bench.teams.say({ user: ids.dana, place: ids.leads, text: 'mine', mention: true });
    const [targeted] = bench.teams.targeted(ids.dana);
    expect(wordsOf(targeted?.activity)).toContain('Your access');
    expect(bench.teams.messages(ids.leads)[0]?.replies).toEqual([]);
    expect(bench.teams.chat(ids.dana)).toEqual([]);
  });

  it('answers in the private chat where there are no targeted messages', async () => {
    bench.teams.faults.add({
      path: /;messageid=/,
      effect: { kind: 'answer', status: 400, body: { error: { code: 'BadArgument', message: 'no' } } },
    });
    await bench.teams.say({ user: ids.dana, place: ids.leads, text: 'mine', mention: true });
    expect(wordsOf(bench.teams.chat(ids.dana)[0]?.activity)).toContain('heard');
    expect(bench.teams.messages(ids.leads)[0]?.replies).toEqual([]);
  });

  it('says publicly how to become reachable, and nothing of the answer, when nothing private is possible', async () => {
    bench.answerWith({ kind: 'text', text: 'SECRET' });
    bench.teams.block(ids.dana);
    bench.teams.faults.add({
      path: /;messageid=/,
      effect: { kind: 'answer', status: 400, body: { error: { code: 'BadArgument', message: 'no' } } },
    });
    await bench.teams.say({ user: ids.dana, place: ids.leads, text: 'mine', mention: true });
    const [thread] = bench.teams.messages(ids.leads);
    expect(wordsOf(thread?.replies[0]?.activity)).toContain('Add the Latchkey app for yourself');
    expect(wordsOf(bench.teams.dump())).not.toContain('SECRET');
  });

  it('shows a form as a card whose button brings back what was filled in', async () => {
    const form: Reply = {
      kind: 'form',
      verb: 'ask',
      ref: 'o.any.0.mac',
      form: {
        title: 'Ask for access',
        fields: [
          {
            kind: 'choice',
            id: 'customer',
            label: 'Customer',
            options: [
              { label: 'Contoso', value: 'contoso' },
              { label: 'Fabrikam', value: 'fabrikam' },
            ],
          },
          { kind: 'text', id: 'reason', label: 'Reason', maxLength: 500, required: 'yes', multiline: 'yes' },
        ],
        submitLabel: 'Ask',
      },
    };
    bench.answerWith(form);
    await bench.teams.say({ user: ids.dana, place: ids.leads, text: '', mention: true });
    const activityId = bench.teams.targeted(ids.dana)[0]!.id;
    const fill = { user: ids.dana, activityId, title: 'Ask' };
    await expect(bench.teams.click({ ...fill, inputs: { customer: 'contoso' } })).rejects.toThrow('reason');
    const text = 'Nothing was asked. Which customer?';
    bench.answerWith({ kind: 'fieldErrors', errors: { customer: 'Which customer?' }, text });
    const clicked = await bench.teams.click({ ...fill, inputs: { customer: 'contoso', reason: 'INC-1' } });
    expect(bench.heard.at(-1)).toEqual({
      kind: 'ask',
      actor: dana,
      place: leadsPlace,
      inputs: { customer: 'contoso', reason: 'INC-1' },
    });
    expect(clicked).toMatchObject({ shown: 'message', text });
  });
});

describe('createTeamsApp, when somebody presses a button', () => {
  it('hears who pressed what, where, and shows the answering card to that person alone', async () => {
    const activityId = await postCard();
    bench.answerWith({ kind: 'card', card: sampleCard({ title: 'Approved' }) });
    const clicked = await bench.teams.click({ user: ids.lee, activityId, verb: 'approve' });
    expect(bench.heard).toEqual([
      { kind: 'press', actor: lee, place: leadsPlace, verb: 'approve', ref: 'r.AR-1.1.mac', inputs: {} },
    ]);
    expect(clicked).toMatchObject({ shown: 'card', answer: { statusCode: 200 } });
    expect(wordsOf(bench.teams.seenCard({ user: ids.lee, activityId }))).toContain('Approved');
    expect(wordsOf(bench.teams.seenCard({ user: ids.dana, activityId }))).not.toContain('"Approved"');
  });

  it('brings what was filled in with the button that asks for it', async () => {
    const activityId = await postCard();
    await bench.teams.click({ user: ids.lee, activityId, verb: 'deny', inputs: { reason: 'no ticket' } });
    await bench.teams.click({ user: ids.lee, activityId, verb: 'approveLess', inputs: { duration: '30m' } });
    expect(bench.heard).toMatchObject([
      { verb: 'deny', inputs: { reason: 'no ticket' } },
      { verb: 'approveLess', inputs: { duration: '30m' } },
    ]);
  });

  it('does not let an empty required field through', async () => {
    const activityId = await postCard();
    const click = bench.teams.click({ user: ids.lee, activityId, verb: 'deny' });
    await expect(click).rejects.toThrow('must be filled in');
  });

  it('hears the fallback button of an old client and answers in private', async () => {
    const activityId = await postCard();
    const delivery = await bench.teams.submit({ user: ids.lee, activityId, verb: 'approve' });
    expect(delivery.status).toBe(200);
    expect(bench.heard).toMatchObject([{ kind: 'press', verb: 'approve', ref: 'r.AR-1.1.mac', inputs: {} }]);
    expect(wordsOf(bench.teams.targeted(ids.lee)[0]?.activity)).toContain('heard');
  });

  it('does not act twice on the same delivery, and leaves copies with a new id to the records', async () => {
    const activityId = await postCard();
    const { delivery } = await bench.teams.click({ user: ids.lee, activityId, verb: 'approve' });
    const again = await bench.teams.redeliver({ deliveryId: delivery.id, as: 'sameId' });
    expect(again).toMatchObject({ shown: 'message', text: expect.stringContaining('arrived already') });
    expect(bench.heard).toHaveLength(1);
    await bench.teams.redeliver({ deliveryId: delivery.id, as: 'newId' });
    expect(bench.heard).toHaveLength(2);
    expect(bench.heard[1]).toEqual(bench.heard[0]);
  });

  it.each([
    ['a verb nobody knows', { verb: 'grant', data: { ref: 'r' } }],
    ['a verb from the prototype', { verb: 'constructor', data: { ref: 'r' } }],
    ['no reference', { verb: 'approve', data: {} }],
    ['a reference that is a list', { verb: 'approve', data: { ref: ['r'] } }],
    ['an endless reference', { verb: 'approve', data: { ref: 'r'.repeat(301) } }],
    ['no data', { verb: 'approve' }],
    ['no action', undefined],
  ])('answers %s with an error and hears nothing', async (_name, action) => {
    const activityId = await postCard();
    const change = (activity: { type: string }) => ({ ...activity, value: { action } });
    const clicked = await bench.teams.click({ user: ids.lee, activityId, verb: 'approve', change });
    expect(clicked).toMatchObject({ shown: 'error', answer: { statusCode: 400 } });
    expect(bench.heard).toEqual([]);
  });

  it('takes only short strings beside the reference as inputs', async () => {
    const activityId = await postCard();
    const data = {
      ref: 'r',
      reason: 'x'.repeat(5_000),
      nested: { a: 1 },
      list: ['x'],
      verb: 'deny',
      count: 3,
    };
    const change = (activity: { type: string }) => ({
      ...activity,
      value: { action: { verb: 'deny', data } },
    });
    await bench.teams.click({ user: ids.lee, activityId, verb: 'approve', change });
    expect(bench.heard).toMatchObject([{ ref: 'r', inputs: { reason: 'x'.repeat(4_000) } }]);
    expect(Object.keys((bench.heard[0] as { inputs: object }).inputs)).toEqual(['reason']);
  });

  it('says that it works on a slow answer, and brings it in private when it is there', async () => {
    const activityId = await postCard();
    let finish: (reply: Reply) => void = () => undefined;
    bench.answerWith(() => new Promise((resolve) => (finish = resolve)));
    const startedAt = Date.now();
    const clicked = await bench.teams.click({ user: ids.lee, activityId, verb: 'approve' });
    expect(Date.now() - startedAt).toBeLessThan(5_000);
    expect(clicked).toMatchObject({ shown: 'message', text: expect.stringContaining('Working on it') });
    const stopped = bench.app.stop(5_000);
    finish({ kind: 'text', text: 'Your approval was counted.' });
    await stopped;
    expect(wordsOf(bench.teams.targeted(ids.lee)[0]?.activity)).toContain('Your approval was counted.');
  });

  it('answers an error of ours without its words', async () => {
    const activityId = await postCard();
    bench.answerWith(() => Promise.reject(new Error('SECRET')));
    const clicked = await bench.teams.click({ user: ids.lee, activityId, verb: 'approve' });
    expect(clicked).toMatchObject({ shown: 'error', answer: { statusCode: 500 } });
    expect(wordsOf(bench.teams.dump())).not.toContain('SECRET');
  });

  it('answers other invokes with 501 and nothing', async () => {
    const activityId = await postCard();
    const change = (activity: { type: string }) => ({ ...activity, name: 'task/fetch' });
    const { delivery } = await bench.teams.click({ user: ids.lee, activityId, verb: 'approve', change });
    expect({ status: delivery.status, body: delivery.body }).toEqual({ status: 501, body: undefined });
  });
});

describe('createTeamsApp, stop', () => {
  it('waits for an answer under way, but not beyond its deadline', async () => {
    bench.answerWith(() => new Promise(() => undefined));
    const said = bench.teams.say({ user: ids.dana, place: 'personal', text: 'mine' });
    await bench.teams.waitFor(() => bench.heard.length === 1);
    const startedAt = Date.now();
    await bench.app.stop(300);
    expect(Date.now() - startedAt).toBeGreaterThanOrEqual(290);
    expect(Date.now() - startedAt).toBeLessThan(3_000);
    await said;
  });
});
