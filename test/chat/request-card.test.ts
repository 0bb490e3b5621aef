import fc from 'fast-check';
import type { AccessRequest } from '../../src/access/access-request.ts';
import type { Decision } from '../../src/access/decision.ts';
import type { EndCause, Grant, GrantState } from '../../src/access/grant.ts';
import type { Card } from '../../src/chat/card.ts';
import type { Audience } from '../../src/chat/request-view.ts';
import { requestCard } from '../../src/chat/request-card.ts';
import { cardText, createChat, createTestSeal, words } from '../support/chat-fakes.ts';
import { customerStage, HOUR, MINUTE, partnerStage } from '../support/house.ts';

const seal = createTestSeal();

/** A request and its grant, as the services make them; every state is drawn from changes of these. */
async function setUp() {
  const { house } = createChat([customerStage, partnerStage]);
  const request = await house.ask({ ticket: 'INC-1042' });
  const now = house.clock.at;
  const policy = house.policy.now;
  const grant: Grant = {
    id: request.id,
    revision: 1,
    state: 'active',
    requestVersion: 1,
    digest: request.digest,
    person: request.requester,
    personName: request.requesterName,
    customerSlug: request.customerSlug,
    customerName: request.customerName,
    roleName: request.roleName,
    scopeName: request.scopeName,
    entitlement: request.entitlement,
    justification: request.justification,
    approvedBy: ['Olga Owner', 'Lee Lead'],
    replyTo: request.replyTo,
    places: [],
    startAt: now,
    endAt: now + 2 * HOUR,
    activeAt: now + MINUTE,
    warnAt: now + 110 * MINUTE,
    attempts: 0,
  };
  const draw = (
    changes: Partial<AccessRequest> = {},
    more: { grant?: Partial<Grant>; audience?: Audience } = {},
  ): Card =>
    requestCard({
      request: { ...request, ...changes },
      grant: more.grant && { ...grant, ...more.grant },
      audience: more.audience ?? 'approvers',
      policy,
      now,
      seal,
    });
  const approval = (changes: Partial<Decision> = {}): Decision => ({
    person: request.requester,
    name: 'Olga Owner',
    side: 'customer',
    stage: 0,
    verdict: 'approve',
    version: 1,
    digest: request.digest,
    durationMs: request.durationMs,
    decidedAt: now,
    ...changes,
  });
  return { draw, request, grant, now, policy, approval };
}

const factOf = (card: Card, label: string): string | undefined => {
  const found = card.facts.find((each) => each.label === label);
  return found && words(found.value);
};
const verbs = (card: Card): string[] => card.buttons.map(({ verb }) => verb);
const approved = { state: 'approved' as const, stage: 2, closedByName: 'Lee Lead' };

describe('requestCard', () => {
  it('shows what approvers need to know, by id and in plain words', async () => {
    const { draw, request } = await setUp();
    const card = draw();
    expect(card.title).toBe('Dana Example asks for contributor at Contoso Ltd');
    expect(words(card.status)).toBe('1 of 2: waiting for Contoso Ltd');
    expect(factOf(card, 'Customer')).toBe(`Contoso Ltd · tenant ${request.entitlement.tenantId}`);
    expect(factOf(card, 'Role')).toContain('Creates, changes and deletes');
    expect(factOf(card, 'Scope')).toContain('the whole subscription');
    expect(factOf(card, 'Requested by')).toBe('Dana Example of Northwind Cloud');
    expect(factOf(card, 'Duration')).toBe('2 hours, until 2026-11-20T11:00 if approved at 2026-11-20T09:00');
    expect(factOf(card, 'Can decide')).toBe('The owners at Contoso Ltd');
    expect(factOf(card, 'Answer by')).toContain('2026-11-20T13:00');
    expect(factOf(card, 'Ticket')).toBe('INC-1042');
    expect(factOf(card, 'Reference')).toContain(request.digest.slice(0, 12));
    expect(card.quote).toEqual({ label: 'Reason', text: 'incident 42' });
    expect(verbs(card)).toEqual(['approve', 'approveLess', 'deny']);
  });

  it('puts nothing on a button but a verb and a sealed id and version', async () => {
    const { draw, request } = await setUp();
    for (const { ref } of draw().buttons) {
      expect(seal.open(ref)).toEqual({ kind: 'request', id: request.id, version: 1 });
    }
  });

  it('names the people who can decide, where the operator vouches for their names, but not the requester', async () => {
    const { draw, approval } = await setUp();
    const card = draw({ stage: 1, decisions: [approval()] });
    expect(words(card.status)).toBe('2 of 2: waiting for Northwind Cloud');
    expect(factOf(card, 'Can decide')).toBe('Lee Lead or Kim Lead (leads at Northwind Cloud)');
    expect(card.notes.map(words)[0]).toBe('✓ Olga Owner approved for Contoso Ltd, 2026-11-20T09:00');
  });

  it('counts approvals where a stage needs several', async () => {
    const { draw, request, approval } = await setUp();
    const stages = request.stages.slice(0, 1).map((stage) => ({ ...stage, count: 2 }));
    expect(words(draw({ stages, decisions: [approval()] }).status)).toBe(
      'Waiting for Contoso Ltd (1 of 2 approvals)',
    );
  });

  it('shows the shorter time once somebody allowed less, and offers only less than that', async () => {
    const { draw, approval } = await setUp();
    const card = draw({ stage: 1, decisions: [approval({ durationMs: HOUR })] });
    expect(factOf(card, 'Duration')).toContain('1 hour (asked: 2 hours), until 2026-11-20T10:00');
    expect(card.buttons[0]?.label).toBe('Approve 1 hour');
    const [field] = card.buttons[1]?.form?.fields ?? [];
    expect(field?.kind === 'choice' && field.options.map(({ value }) => value)).toEqual(['5m', '15m', '30m']);
  });

  it('offers no shorter time when there is none', async () => {
    const { draw } = await setUp();
    expect(verbs(draw({ durationMs: 5 * MINUTE }))).toEqual(['approve', 'deny']);
  });

  it('gives the requester a way back, and readers no button', async () => {
    const { draw } = await setUp();
    expect(verbs(draw({}, { audience: 'requester' }))).toEqual(['cancel']);
    expect(verbs(draw({}, { audience: 'reader' }))).toEqual([]);
  });

  it('marks roles that can hand out access, in the title too', async () => {
    const { draw, request } = await setUp();
    const entitlement = {
      ...request.entitlement,
      roleDefinitionId: '8e3af657-a8ff-443c-a75c-2fe8c4bcb635',
    };
    const card = draw({ entitlement, roleName: 'boss' });
    expect(card.title).toMatch(/^PRIVILEGED: /);
    expect(factOf(card, 'Role')).toBe(
      'boss PRIVILEGED (Owner): Does everything, and can give access to anyone.',
    );
  });

  it('says who closed it and when, in every final state, and has no button left', async () => {
    const { draw, now } = await setUp();
    const closed = { closedAt: now, closedByName: 'Olga Owner' };
    const denied = draw({ state: 'denied', ...closed, closedReason: 'Not today.' });
    expect(words(denied.status)).toBe('Denied by Olga Owner, 2026-11-20T09:00. Nothing was granted.');
    expect(denied.quote).toEqual({ label: 'Reason for the denial', text: 'Not today.' });
    const cancelled = draw({ state: 'cancelled', ...closed, closedByName: 'Dana Example' });
    expect(words(cancelled.status)).toContain('Taken back by Dana Example, 2026-11-20T09:00');
    const timedOut = draw({ state: 'timedOut', closedAt: now });
    expect(words(timedOut.status)).toContain('Timed out 2026-11-20T09:00');
    for (const card of [denied, cancelled, timedOut]) expect(card.buttons).toEqual([]);
  });

  it('never says that a request expired', async () => {
    const { draw, now } = await setUp();
    expect(cardText(draw({ state: 'timedOut', closedAt: now })).toLowerCase()).not.toContain('expire');
  });

  it('follows the access: being made, active, being removed, stuck', async () => {
    const { draw, now } = await setUp();
    const status = (state: GrantState, changes: Partial<Grant> = {}): string =>
      words(draw({ ...approved, closedAt: now }, { grant: { state, ...changes } }).status);
    expect(status('provisioning')).toBe(
      'Approved by Olga Owner and Lee Lead, 2026-11-20T09:00. The access is being made in Azure.',
    );
    expect(status('active')).toContain('Active until 2026-11-20T11:00. Approved by Olga Owner and Lee Lead');
    expect(status('revoking', { endCause: 'expiry', revokingAt: now + 2 * HOUR })).toBe(
      'Time was up, 2026-11-20T11:00. Being removed from Azure now.',
    );
    expect(status('stuck', { endCause: 'revoke', endedByName: 'Lee Lead', revokingAt: now })).toContain(
      'Revoked by Lee Lead, 2026-11-20T09:00, but Azure has not let go of it yet.',
    );
  });

  it('says why it ended, when it was seen to be gone, and how late that was', async () => {
    const { draw, now } = await setUp();
    const end = now + 2 * HOUR;
    const ended = (endCause: EndCause, changes: Partial<Grant>): Card =>
      draw({ ...approved, closedAt: now }, { grant: { state: 'ended', endCause, ...changes } });
    expect(words(ended('expiry', { revokingAt: end, endedAt: end + 3000 }).status)).toBe(
      'Ended. Time was up, 2026-11-20T11:00. Verified gone from Azure 2026-11-20T11:00 (3 seconds later).',
    );
    const finished = ended('finish', {
      endedByName: 'Dana Example',
      revokingAt: now + HOUR,
      endedAt: now + HOUR,
    });
    expect(words(finished.status)).toBe(
      'Ended. Finished early by Dana Example, 2026-11-20T10:00. Verified gone from Azure 2026-11-20T10:00 (at once).',
    );
    const late = ended('expiry', { revokingAt: end + 5 * MINUTE, endedAt: end + 6 * MINUTE });
    expect(words(late.status)).toContain('(6 minutes later)');
    const revoked = ended('revoke', {
      endedByName: 'Lee Lead',
      endReason: 'Enough.',
      revokingAt: now,
      endedAt: now,
    });
    expect(revoked.quote).toEqual({ label: 'Reason for revoking', text: 'Enough.' });
  });

  it('tells access that never came to be from access that ended', async () => {
    const { draw, now, grant } = await setUp();
    const { activeAt: _, ...never } = grant;
    const card = requestCardOf(never);
    function requestCardOf(changes: Partial<Grant>): Card {
      return draw(
        { ...approved, closedAt: now },
        {
          grant: {
            ...changes,
            state: 'ended',
            endCause: 'failed',
            endReason: 'No such role.',
            revokingAt: now,
            endedAt: now,
          },
        },
      );
    }
    expect(card.tone).toBe('bad');
    expect(words(card.status)).toMatch(/^Azure refused the access, .*Verified gone/);
    expect(card.quote).toEqual({ label: 'What stopped it', text: 'No such role.' });
  });

  it('claims nothing about a role that somebody else had given before', async () => {
    const { draw, now } = await setUp();
    const assignment = { assignmentId: 'a', principalId: 'p', status: 'existed' as const, changedAt: now };
    const active = draw({ ...approved, closedAt: now }, { grant: { assignment } });
    expect(cardText(active)).toContain('Not from Latchkey: this role was there before');
    const ended = draw(
      { ...approved, closedAt: now },
      { grant: { assignment, state: 'ended', endCause: 'expiry', endedAt: now + 2 * HOUR } },
    );
    expect(cardText(ended)).toContain('Latchkey does not remove it at the end');
    expect(cardText(ended)).not.toContain('Verified gone');
  });

  it('gives approvers the plug and the engineer Extend and Finish, while there is something to end', async () => {
    const { draw, now } = await setUp();
    const at = (state: GrantState, audience: Audience) =>
      verbs(draw({ ...approved, closedAt: now }, { grant: { state }, audience }));
    expect(at('provisioning', 'approvers')).toEqual(['revoke']);
    expect(at('active', 'approvers')).toEqual(['revoke']);
    expect(at('provisioning', 'requester')).toEqual(['finish']);
    expect(at('active', 'requester')).toEqual(['extend', 'finish']);
    expect(at('active', 'reader')).toEqual([]);
    for (const state of ['revoking', 'stuck', 'ended'] as const) expect(at(state, 'approvers')).toEqual([]);
  });

  it('shows a request for more time with the end it would lead to', async () => {
    const { draw, now } = await setUp();
    const more = { extendsGrantId: 'AR-7K3M9PQX', durationMs: HOUR };
    const pending = draw(more, { grant: {} });
    expect(pending.title).toContain('asks for more time as contributor');
    expect(factOf(pending, 'Duration')).toBe(
      '1 hour more: ends 2026-11-20T12:00 instead of 2026-11-20T11:00',
    );
    const done = draw({ ...more, ...approved, closedAt: now }, { grant: { endAt: now + 3 * HOUR } });
    expect(words(done.status)).toBe(
      '1 hour more approved, 2026-11-20T09:00. The access now ends 2026-11-20T12:00.',
    );
    expect(done.buttons).toEqual([]);
  });

  it('keeps a ticket that reads as an address, or as anything else, out of the facts', async () => {
    const { draw } = await setUp();
    for (const ticket of ['https://evil.example', 'www.evil.example', '<!channel>', 'a b']) {
      const card = draw({ ticket });
      expect(factOf(card, 'Ticket')).toBeUndefined();
      expect(card.quote?.text).toContain(`(ticket: ${ticket})`);
    }
  });

  it('shows no address of anybody', async () => {
    const { draw, now } = await setUp();
    expect(cardText(draw())).not.toContain('@');
    expect(cardText(draw({ ...approved, closedAt: now }, { grant: {} }))).not.toContain('@');
  });

  it('lets no justification change any other part of the card', async () => {
    const { draw, now } = await setUp();
    const nasty = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 600 }),
      fc.constantFrom(
        '<!channel> <@U1> <https://evil.example|Approve>',
        '*bold* _it_ `code` [link](https://evil.example) {{DATE()}} ${x}',
        '\nCustomer: Fabrikam\nRole: reader\u202e',
        '<at>Everyone</at>&nbsp;',
        '',
      ),
    );
    const states: Array<[Partial<AccessRequest>, { grant?: Partial<Grant> }]> = [
      [{}, {}],
      [{ state: 'denied', closedAt: now, closedByName: 'Lee Lead' }, {}],
      [{ state: 'timedOut', closedAt: now }, {}],
      [{ ...approved, closedAt: now }, { grant: { state: 'active' } }],
      [{ ...approved, closedAt: now }, { grant: { state: 'ended', endCause: 'expiry', endedAt: now } }],
    ];
    fc.assert(
      fc.property(nasty, fc.constantFrom(...states), (justification, [changes, more]) => {
        const { quote, ...rest } = draw({ ...changes, justification }, more);
        const { quote: plain, ...same } = draw({ ...changes, justification: 'x' }, more);
        expect(rest).toEqual(same);
        expect(quote?.label).toBe(plain?.label);
        expect(quote?.text).not.toMatch(/[\p{Cc}\u202a-\u202e\u2066-\u2069\u200b]/u);
        expect([...(quote?.text ?? '')].length).toBeLessThanOrEqual(500);
      }),
      { numRuns: 300 },
    );
  });

  it('stays short and whole whatever people are called', async () => {
    const { draw } = await setUp();
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (requesterName) => {
        const card = draw({ requesterName });
        expect([...card.title].length).toBeLessThanOrEqual(150);
        expect(card.title).not.toMatch(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/u);
        expect(card.title).toContain('contributor at Contoso Ltd');
      }),
    );
  });
});
