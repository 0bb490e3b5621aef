import fc from 'fast-check';
import { Unavailable } from '../../src/access/errors.ts';
import { placeKey } from '../../src/access/place.ts';
import type { Card, Incoming, Reply, Verb } from '../../src/chat/card.ts';
import type { Chat } from '../support/chat-fakes.ts';
import {
  cardText,
  createChat,
  danaInSlack,
  inTeams,
  kimInSlack,
  leeInSlack,
  replyText,
  words,
} from '../support/chat-fakes.ts';
import {
  contosoPlace,
  customerStage,
  danasChat,
  frida,
  HOUR,
  leadsPlace,
  MINUTE,
  olga,
  omar,
  partnerStage,
} from '../support/house.ts';

const ASK = 'contoso contributor 2h fix the site';
const inContoso = { place: contosoPlace };

async function asked(approve = [customerStage]) {
  const chat = createChat(approve);
  const reply = await chat.type(danaInSlack, ASK);
  await chat.post();
  const [card] = chat.teams.at(contosoPlace);
  const [request] = chat.house.store.requests.values();
  if (!card || !request) throw new Error(`nothing was posted: ${replyText(reply)}`);
  return { chat, card, reply, id: request.id };
}

async function running() {
  const made = await asked();
  await made.chat.press(inTeams(olga), { ...inContoso, card: made.card, verb: 'approve' });
  await made.chat.house.settle();
  await made.chat.post();
  const [ready] = made.chat.slack.at(danasChat);
  if (!ready) throw new Error('the engineer was not told');
  return { ...made, ready };
}

const stateOf = (chat: Chat, id: string) => chat.house.store.requests.get(id)?.state;

function formOf(reply: Reply): Extract<Reply, { kind: 'form' }> {
  if (reply.kind !== 'form') throw new Error(`no form: ${replyText(reply)}`);
  return reply;
}

describe('answering commands', () => {
  it('asks, tells the requester who decides, and shows the approvers a card on both platforms', async () => {
    const { chat, reply } = await asked();
    expect(replyText(reply)).toContain('Dana Example asks for contributor at Contoso Ltd');
    expect(replyText(reply)).toContain('Can decide: The owners at Contoso Ltd');
    expect(reply.kind === 'card' && reply.card.buttons.map(({ verb }) => verb)).toEqual(['cancel']);
    expect(chat.teams.at(contosoPlace)).toHaveLength(1);
    expect(chat.slack.at(leadsPlace)).toHaveLength(1);
  });

  it("answers in the person's own chat later, wherever the command was typed", async () => {
    const { chat, id } = await asked();
    expect(placeKey(chat.house.store.requests.get(id)?.replyTo ?? leadsPlace)).toBe(placeKey(danasChat));
  });

  it.each([
    ['contoso', 'The role is missing'],
    ['contoso contributor 9h', 'at most 4h'],
    ['contoso owner 1h', 'You can ask for: contributor, reader'],
    ['contos reader 1h', 'Did you mean contoso?'],
    ['helpp', 'Did you mean help?'],
    ['show AR-ZZZZZZZZ', 'There is no request AR-ZZZZZZZZ.'],
    ['finish nonsense', 'is not a request id'],
  ])('answers %s in words, and stores nothing', async (text, said) => {
    const chat = createChat();
    const reply = await chat.type(danaInSlack, text);
    expect(reply.kind).toBe('text');
    expect(replyText(reply)).toContain(said);
    expect(chat.house.store.requests.size).toBe(0);
    expect(chat.house.store.mail.size).toBe(0);
  });

  it('shows help, offers, and who has what', async () => {
    const { chat } = await running();
    const say = async (text: string): Promise<string> => replyText(await chat.type(danaInSlack, text));
    expect(await say('help')).toContain('/access contoso contributor 2h why you need it');
    expect(await say('roles')).toContain('fabrikam reader · up to 4 hours at Fabrikam');
    expect(await say('roles contoso')).toContain('Sees every resource.');
    expect(await say('mine')).toContain(
      'Contoso Ltd · contributor · default · until 2026-11-20T11:00 (in 2 h)',
    );
    expect(await say('who contoso')).toContain('1 person with access right now.');
  });

  it("tells a customer's people about their own tenant only", async () => {
    const { chat, id } = await running();
    expect(replyText(await chat.type(inTeams(frida), 'who contoso'))).toBe(
      'There is no customer contoso. Did you mean fabrikam?',
    );
    expect(replyText(await chat.type(inTeams(frida), `show ${id}`))).toBe(`There is no request ${id}.`);
    expect(replyText(await chat.type(inTeams(omar), `show ${id}`))).toContain('Active until');
  });

  it('takes a request back, ends access early, and asks for more time by command', async () => {
    const { chat, id } = await running();
    expect(replyText(await chat.type(danaInSlack, `extend ${id} 1h`))).toContain(
      '1 hour more: ends 2026-11-20T12:00 instead of 2026-11-20T11:00',
    );
    const more = [...chat.house.store.requests.keys()].find((each) => each !== id) ?? '';
    expect(replyText(await chat.type(danaInSlack, `cancel ${more}`))).toMatch(
      /^Taken back: contributor at Contoso/,
    );
    expect(replyText(await chat.type(danaInSlack, `finish ${id}`))).toMatch(
      /^Finished: contributor at Contoso/,
    );
    expect(chat.house.store.grants.get(id)?.endCause).toBe('finish');
    expect(replyText(await chat.type(danaInSlack, `finish ${id}`))).toContain('it is being removed');
  });

  it('lets approvers revoke by command, and nobody else', async () => {
    const { chat, id } = await running();
    expect(replyText(await chat.type(danaInSlack, `revoke ${id}`))).toContain('Nothing was revoked.');
    expect(replyText(await chat.type(inTeams(olga), `revoke ${id} wrong tenant`))).toContain(
      'Revoked: Dana Example loses contributor at Contoso Ltd',
    );
    expect(chat.house.store.grants.get(id)?.endReason).toBe('wrong tenant');
  });
});

describe('answering the form for asking', () => {
  it('offers what the person may ask for, and nothing else', async () => {
    const chat = createChat();
    const { form } = formOf(await chat.type(danaInSlack, ''));
    const options = Object.fromEntries(
      form.fields.map((field) => [
        field.id,
        field.kind === 'choice' ? field.options.map(({ value }) => value) : [],
      ]),
    );
    expect(options).toEqual({
      customer: ['contoso', 'fabrikam'],
      role: ['contributor', 'reader'],
      duration: ['usual', '5m', '15m', '30m', '1h', '2h', '3h', '4h'],
      scope: ['usual', 'web'],
      ticket: [],
      reason: [],
    });
    expect(replyText(await chat.type(inTeams(frida), ''))).toContain('No rule lets you ask for anything.');
  });

  const filledIn = {
    customer: 'contoso',
    role: 'reader',
    duration: 'usual',
    scope: 'web',
    ticket: '',
    reason: 'look',
  };
  const submit = (chat: Chat, inputs: Record<string, string>): Promise<Reply> =>
    chat.answer({ kind: 'ask', actor: danaInSlack, place: danasChat, inputs });

  it('asks for what was filled in, with the usual time', async () => {
    const chat = createChat();
    const reply = await submit(chat, filledIn);
    expect(replyText(reply)).toContain('resource group web');
    const [request] = chat.house.store.requests.values();
    expect(request).toMatchObject({ roleName: 'reader', scopeName: 'web', durationMs: 2 * HOUR });
    expect(request).not.toHaveProperty('ticket');
  });

  it.each([
    [{ ...filledIn, reason: '  ' }, 'reason'],
    [{ ...filledIn, reason: 'x'.repeat(501) }, 'reason'],
    [{ ...filledIn, duration: '9h' }, 'duration'],
    [{ ...filledIn, duration: '1.5h' }, 'duration'],
    [{ ...filledIn, scope: 'nix' }, 'scope'],
    [{ ...filledIn, customer: 'cont\u043eso' }, 'customer'],
    [{ ...filledIn, customer: 'nobody' }, 'customer'],
    [{ ...filledIn, role: 'owner' }, 'role'],
    [{ ...filledIn, ticket: 'a b' }, 'ticket'],
  ])('keeps the form open with the error at its field: %j', async (inputs, field) => {
    const chat = createChat();
    const reply = await submit(chat, inputs);
    expect(reply.kind).toBe('fieldErrors');
    expect(reply.kind === 'fieldErrors' && Object.keys(reply.errors)).toEqual([field]);
    expect(chat.house.store.requests.size).toBe(0);
  });

  it('answers in words when it is about no field', async () => {
    const chat = createChat();
    await submit(chat, filledIn);
    const reply = await submit(chat, filledIn);
    expect(reply.kind).toBe('text');
    expect(replyText(reply)).toContain('You have asked for this already');
  });

  it('opens from a button, and takes what a button brings along', async () => {
    const chat = createChat();
    const help = await chat.type(danaInSlack, 'help');
    if (help.kind !== 'card') throw new Error('no card');
    const open = await chat.press(danaInSlack, { place: danasChat, card: help.card, verb: 'ask' });
    expect(formOf(open)).toMatchObject({ verb: 'ask' });
    const reply = await chat.press(danaInSlack, {
      place: danasChat,
      card: help.card,
      verb: 'ask',
      inputs: filledIn,
    });
    expect(reply.kind).toBe('card');
  });
});

describe('answering buttons', () => {
  it('approves, and every copy of the card says by whom and until when', async () => {
    const { chat, card } = await asked();
    const reply = await chat.press(inTeams(olga), { ...inContoso, card, verb: 'approve' });
    expect(replyText(reply)).toContain('Approved until 11:00 UTC.');
    await chat.post();
    for (const copy of [...chat.teams.at(contosoPlace), ...chat.slack.at(leadsPlace)]) {
      expect(words(copy.status)).toContain('Approved by Olga Owner');
    }
  });

  it('tells a late click who decided and when, from the record', async () => {
    const { chat, card, id } = await asked();
    await chat.press(inTeams(olga), { ...inContoso, card, verb: 'approve' });
    chat.house.clock.at += 5 * MINUTE;
    for (const verb of ['approve', 'deny'] as Verb[]) {
      const reply = await chat.press(inTeams(omar), { ...inContoso, card, verb, inputs: { reason: 'no' } });
      expect(replyText(reply)).toBe(
        'Already decided: approved by Olga Owner at 09:00 UTC. Your decision was not counted.',
      );
    }
    expect(chat.house.store.requests.get(id)?.decisions).toHaveLength(1);
  });

  it('says "timed out" to a click that comes too late', async () => {
    const { chat, card } = await asked();
    await chat.house.pass(5 * HOUR);
    const reply = await chat.press(inTeams(olga), { ...inContoso, card, verb: 'approve' });
    expect(replyText(reply)).toContain('Too late: it timed out at 13:00 UTC. Nothing was granted.');
  });

  it('asks for less time with a form, and approves what was chosen', async () => {
    const { chat, card, id } = await asked();
    const opened = formOf(await chat.press(inTeams(olga), { ...inContoso, card, verb: 'approveLess' }));
    expect(opened.verb).toBe('approveLess');
    expect(stateOf(chat, id)).toBe('pending');
    const less = {
      kind: 'press' as const,
      actor: inTeams(olga),
      place: contosoPlace,
      verb: opened.verb,
      ref: opened.ref,
    };
    const longer = await chat.answer({ ...less, inputs: { duration: '4h' } });
    expect(longer).toMatchObject({
      kind: 'fieldErrors',
      errors: { duration: expect.stringContaining('or less') },
    });
    const wrong = await chat.answer({ ...less, inputs: { duration: 'soon' } });
    expect(wrong).toMatchObject({ kind: 'fieldErrors' });
    expect(replyText(await chat.answer({ ...less, inputs: { duration: '30m' } }))).toContain(
      'until 09:30 UTC',
    );
  });

  it('denies only with a reason, which the requester reads', async () => {
    const { chat, card, id } = await asked();
    const press = (inputs?: Record<string, string>) =>
      chat.press(inTeams(olga), { ...inContoso, card, verb: 'deny', ...(inputs && { inputs }) });
    expect(formOf(await press()).form.title).toBe('Deny');
    expect((await press({ reason: ' ' })).kind).toBe('fieldErrors');
    expect(stateOf(chat, id)).toBe('pending');
    expect(replyText(await press({ reason: 'Use reader.' }))).toMatch(/^Denied\. Nothing was granted/);
    await chat.post();
    const [told] = chat.slack.at(danasChat);
    expect(told && cardText(told)).toContain('Reason for the denial “Use reader.”');
  });

  it('says what is still missing after the first of two stages', async () => {
    const { chat, card, id } = await asked([customerStage, partnerStage]);
    expect(replyText(await chat.press(inTeams(olga), { ...inContoso, card, verb: 'approve' }))).toBe(
      'Your approval counts. Now 2 of 2: waiting for Northwind Cloud.',
    );
    await chat.post();
    const [lead] = chat.slack.at(leadsPlace);
    if (!lead) throw new Error('no card');
    await chat.press(leeInSlack, { place: leadsPlace, card: lead, verb: 'approve' });
    expect(stateOf(chat, id)).toBe('approved');
  });

  it('refuses who may not decide, and where it is not decided', async () => {
    const { chat, card, id } = await asked();
    const say = async (...ask: Parameters<Chat['press']>): Promise<string> =>
      replyText(await chat.press(...ask));
    expect(await say(danaInSlack, { place: leadsPlace, card, verb: 'approve' })).toContain(
      'Nobody decides their own',
    );
    expect(await say(kimInSlack, { place: leadsPlace, card, verb: 'approve' })).toContain(
      'not among the people',
    );
    expect(await say(inTeams(olga), { place: danasChat, card, verb: 'approve' })).toContain(
      'not decided here',
    );
    expect(
      await say(
        { platform: 'slack', teamId: 'T0', userId: 'U0' },
        { place: leadsPlace, card, verb: 'approve' },
      ),
    ).toContain('does not know who you are');
    expect(stateOf(chat, id)).toBe('pending');
  });

  it('takes a request back, once', async () => {
    const { chat, reply, card } = await asked();
    const own = reply.kind === 'card' ? reply.card : card;
    const press = () => chat.press(danaInSlack, { place: danasChat, card: own, verb: 'cancel' });
    expect(replyText(await press())).toMatch(/^Taken back/);
    expect(replyText(await press())).toContain('Too late: taken back by Dana Example at 09:00 UTC.');
  });

  it('finishes and extends from the message that told how to get in', async () => {
    const { chat, ready, id } = await running();
    const press = (verb: Verb, inputs?: Record<string, string>) =>
      chat.press(danaInSlack, { place: danasChat, card: ready, verb, ...(inputs && { inputs }) });
    expect(formOf(await press('extend')).form.title).toBe('Ask for more time');
    expect(replyText(await press('extend', { duration: '1h' }))).toContain('Asked for 1 hour more');
    expect(await press('extend', { duration: '30m' })).toMatchObject({ kind: 'text' });
    expect(replyText(await press('finish'))).toMatch(/^Finished/);
    expect(replyText(await press('finish'))).toContain('is not running any more');
    expect(replyText(await press('extend'))).toContain(`${id} is not running any more`);
  });

  it('revokes from the active card, after asking why', async () => {
    const { chat, id } = await running();
    const [active] = chat.teams.at(contosoPlace);
    if (!active) throw new Error('no card');
    const press = (inputs?: Record<string, string>) =>
      chat.press(inTeams(olga), { ...inContoso, card: active, verb: 'revoke', ...(inputs && { inputs }) });
    expect(formOf(await press()).form.title).toBe('Revoke access');
    expect(chat.house.store.grants.get(id)?.state).toBe('active');
    expect(replyText(await press({ why: 'security', reason: '' }))).toContain('Revoked: Dana Example');
    expect(chat.house.store.grants.get(id)).toMatchObject({
      endCause: 'revoke',
      endReason: 'Security concern',
    });
  });

  it('does nothing for a reference it did not make, or a verb it was not made for', async () => {
    const { chat, card, id, reply } = await asked();
    const [approve] = card.buttons;
    const press = (verb: Verb, ref: string) =>
      chat.answer({
        kind: 'press',
        actor: inTeams(olga),
        place: contosoPlace,
        verb,
        ref,
        inputs: { reason: 'x' },
      });
    expect(approve && reply.kind).toBe('card');
    for (const [verb, ref] of [
      ['approve', approve?.ref.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A')) ?? ''],
      ['approve', ''],
      ['finish', approve?.ref ?? ''],
      ['revoke', approve?.ref ?? ''],
      ['ask', approve?.ref ?? ''],
      ['constructor' as Verb, approve?.ref ?? ''],
    ] as Array<[Verb, string]>) {
      expect(replyText(await press(verb, ref))).toContain('not one of ours');
    }
    expect(stateOf(chat, id)).toBe('pending');
    expect(chat.logged.filter(({ event }) => event === 'chat.forgedRef')).toHaveLength(6);
  });

  it('shows how a request stands on refresh', async () => {
    const { chat, card } = await asked();
    const ref = card.buttons[0]?.ref ?? '';
    const reply = await chat.answer({
      kind: 'press',
      actor: inTeams(omar),
      place: contosoPlace,
      verb: 'refresh',
      ref,
      inputs: {},
    });
    expect(replyText(reply)).toContain('Waiting for Contoso Ltd');
  });
});

describe('createAnswer', () => {
  it('says it in words when the directory is silent, and does nothing', async () => {
    const { chat, card, id } = await asked();
    chat.house.azure.fail({ call: 'findProfile', error: new Unavailable('Graph is down', 3000) });
    const reply = await chat.press(inTeams(olga), { ...inContoso, card, verb: 'approve' });
    expect(replyText(reply)).toContain('does not answer');
    expect(stateOf(chat, id)).toBe('pending');
  });

  it('answers a bug with an incident id that is in the log', async () => {
    const chat = createChat();
    chat.house.store.pendingRequestsOfPerson = () => Promise.reject(new TypeError('boom'));
    expect(replyText(await chat.type(danaInSlack, 'mine'))).toContain('I-1');
    expect(chat.logged).toContainEqual(
      expect.objectContaining({ event: 'chat.bug', facts: expect.objectContaining({ incidentId: 'I-1' }) }),
    );
  });

  it('never throws, whatever comes, and never logs what people wrote', async () => {
    const chat = createChat();
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 200 }),
      fc.constantFrom('contoso contributor 2h canary-words', 'extend AR-00000000 1h', 'who', 'ask __proto__'),
    );
    const inputs = fc.dictionary(
      fc.constantFrom('reason', 'duration', 'customer', '__proto__', 'constructor'),
      text,
    );
    const verb = fc.constantFrom<Verb[]>(
      'approve',
      'approveLess',
      'deny',
      'cancel',
      'finish',
      'revoke',
      'extend',
      'ask',
      'refresh',
    );
    const ref = fc.constantFrom(
      'x',
      ...(['request', 'grant', 'offer'] as const).map((kind) =>
        chat.seal.seal({ kind, id: 'AR-00000000', version: 1 }),
      ),
    );
    const who = { actor: danaInSlack, place: leadsPlace };
    const incoming: fc.Arbitrary<Incoming> = fc.oneof(
      text.map((typed) => ({ kind: 'command' as const, ...who, text: typed })),
      inputs.map((given) => ({ kind: 'ask' as const, ...who, inputs: given })),
      fc.tuple(verb, ref, inputs).map(([pressed, sealed, given]) => ({
        kind: 'press' as const,
        ...who,
        verb: pressed,
        ref: sealed,
        inputs: given,
      })),
    );
    await fc.assert(
      fc.asyncProperty(incoming, async (each) => {
        const reply = await chat.answer(each);
        if (reply.kind === 'text') expect(reply.text).toMatch(/\S/);
      }),
      { numRuns: 400 },
    );
    expect(chat.logged.filter(({ event }) => event === 'chat.bug')).toEqual([]);
    expect(JSON.stringify(chat.logged)).not.toContain('canary-words');
  });

  it('shows no address of anybody, in any reply', async () => {
    const { chat, id } = await running();
    const cards: Card[] = [...chat.slack.messages, ...chat.teams.messages].map(({ card }) => card);
    for (const text of ['help', 'roles', 'mine', 'who contoso', `show ${id}`]) {
      expect(replyText(await chat.type(danaInSlack, text))).not.toContain('@');
    }
    for (const card of cards) expect(cardText(card)).not.toContain('@');
  });
});
