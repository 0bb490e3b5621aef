import type { AccessRequest } from '../../src/access/access-request.ts';
import type { Grant, GrantState } from '../../src/access/grant.ts';
import type { NoticeKind } from '../../src/access/mail.ts';
import { noticeCard } from '../../src/chat/notice-card.ts';
import { cardText, createChat, createTestSeal, words } from '../support/chat-fakes.ts';
import { CONTOSO, HOUR, MINUTE, olga, contosoPlace } from '../support/house.ts';

/** A running grant as the services make it. */
async function setUp() {
  const { house } = createChat();
  const asked = await house.ask();
  await house.access.decide({
    requestId: asked.id,
    version: 1,
    person: olga,
    verdict: 'approve',
    at: contosoPlace,
  });
  await house.settle();
  const { request, grant } = await house.access.show({ person: olga, id: asked.id });
  if (grant?.state !== 'active') throw new Error('the grant is not active');
  const context = { policy: house.policy.now, now: house.clock.at, seal: createTestSeal() };
  const draw = (
    kind: NoticeKind,
    changes: { grant?: Partial<Grant>; request?: Partial<AccessRequest>; now?: number } = {},
  ) =>
    noticeCard(kind, {
      ...context,
      now: changes.now ?? context.now,
      request: { ...request, ...changes.request },
      grant: { ...grant, ...changes.grant },
    });
  const text = (...ask: Parameters<typeof draw>): string | undefined => {
    const card = draw(...ask);
    return card && cardText(card);
  };
  return { draw, text, grant, context, now: context.now };
}

describe('noticeCard', () => {
  it('tells a new guest how to get in: invitation, portal of that tenant, commands, and patience', async () => {
    const { draw, text } = await setUp();
    const card = draw('accessReady');
    expect(card?.links).toEqual([
      { label: 'Accept the invitation', url: 'https://login.example/redeem/guest-1' },
      { label: 'Open the Azure portal', url: `https://portal.azure.com/${CONTOSO}` },
    ]);
    expect(card?.commands).toEqual([
      `az login --tenant ${CONTOSO}`,
      'az account set --subscription 00000000-0000-4000-8000-000000000051',
      `Connect-AzAccount -Tenant ${CONTOSO} -Subscription 00000000-0000-4000-8000-000000000051`,
    ]);
    expect(card?.buttons.map(({ verb }) => verb)).toEqual(['extend', 'finish']);
    expect(text('accessReady')).toContain('up to 10 minutes');
    expect(words(card?.status ?? [])).toBe('Your access works until 2026-11-20T11:00 (2 hours left).');
  });

  it('speaks of no invitation to who was there before', async () => {
    const { context, grant } = await setUp();
    const { redeemUrl: _, ...known } = grant;
    const card = noticeCard('accessReady', { ...context, grant: known });
    expect(card?.links.map(({ label }) => label)).toEqual(['Open the Azure portal']);
    expect(JSON.stringify(card)).not.toMatch(/invitation|First time/);
  });

  it('warns with Extend and Finish, and how soon', async () => {
    const { text, grant } = await setUp();
    const said = text('warning', { now: grant.warnAt });
    expect(said).toContain('Your access ends 2026-11-20T11:00, in 10 min.');
    expect(said).toContain('[Extend…]');
    expect(said).toContain('[Finish now]');
  });

  it('drops a warning that an extension has moved', async () => {
    const { draw, grant } = await setUp();
    expect(draw('warning', { now: grant.warnAt - MINUTE })).toBeUndefined();
  });

  it('drops what a grant that is over, or past its end, makes untrue', async () => {
    const { draw, grant } = await setUp();
    for (const kind of ['accessReady', 'warning', 'extended'] as const) {
      for (const state of ['provisioning', 'revoking', 'stuck', 'ended'] as GrantState[]) {
        expect(draw(kind, { grant: { state }, now: grant.warnAt })).toBeUndefined();
      }
      expect(draw(kind, { now: grant.endAt })).toBeUndefined();
    }
  });

  it('drops an end that has not come, and a stuck that was cleared', async () => {
    const { draw, context } = await setUp();
    expect(draw('ended')).toBeUndefined();
    expect(draw('failed', { grant: { state: 'revoking', endCause: 'failed' } })).toBeUndefined();
    expect(draw('stuck')).toBeUndefined();
    expect(draw('denied')).toBeUndefined();
    expect(draw('timedOut')).toBeUndefined();
    expect(noticeCard('ended', context)).toBeUndefined();
  });

  it('tells that somebody else removed it in Azure', async () => {
    const { text, now } = await setUp();
    const grant = {
      state: 'ended' as const,
      endCause: 'removedOutside' as const,
      revokingAt: now,
      endedAt: now,
    };
    expect(text('ended', { grant })).toContain('Removed in Azure by somebody else, 2026-11-20T09:00.');
  });

  it('tells operators of access that has lost its record, while it runs', async () => {
    const { draw, text, grant, now } = await setUp();
    const said = text('adopted', { grant: { guestId: 'guest-1' } });
    expect(said).toContain('It is taken away 2026-11-20T11:00.');
    expect(said).toContain('guest-1');
    expect(said).toContain('Nothing proves that Latchkey invited the account');
    expect(said).toContain(`/access revoke ${grant.id}`);
    expect(draw('adopted', { now: now + 2 * HOUR })).toBeUndefined();
  });

  it('tells that time was added', async () => {
    const { text, now } = await setUp();
    expect(text('extended', { grant: { endAt: now + 3 * HOUR } })).toContain(
      'Your access now ends 2026-11-20T12:00 (3 hours left).',
    );
  });

  it('tells why access ended and that it is gone', async () => {
    const { text, now } = await setUp();
    const grant = {
      state: 'ended' as const,
      endCause: 'revoke' as const,
      endedByName: 'Olga Owner',
      endReason: 'Wrong tenant.',
      revokingAt: now,
      endedAt: now + 2000,
    };
    const said = text('ended', { grant });
    expect(said).toContain('Revoked by Olga Owner, 2026-11-20T09:00. Verified gone from Azure');
    expect(said).toContain('Reason for revoking “Wrong tenant.”');
  });

  it('tells a failure as a failure, with what stopped it, and an early finish as an end', async () => {
    const { text, now } = await setUp();
    const base = { state: 'ended' as const, revokingAt: now, endedAt: now };
    const failed = text('failed', { grant: { ...base, endCause: 'failed', endReason: 'A lock.' } });
    expect(failed).toContain('Not granted: contributor at Contoso Ltd');
    expect(failed).toContain('What stopped it “A lock.”');
    expect(failed).toContain('You have no access from this.');
    const finished = text('failed', { grant: { ...base, endCause: 'finish', endedByName: 'Dana Example' } });
    expect(finished).toContain('Ended: contributor at Contoso Ltd');
  });

  it('tells a denial with its reason, by whom and when', async () => {
    const { text, now } = await setUp();
    const request = {
      state: 'denied' as const,
      closedByName: 'Olga Owner',
      closedAt: now,
      closedReason: 'Use the reader role.',
    };
    const said = text('denied', { request });
    expect(said).toContain('Olga Owner denied this, 2026-11-20T09:00. Nothing was granted.');
    expect(said).toContain('Reason for the denial “Use the reader role.”');
    const more = text('denied', { request: { ...request, extendsGrantId: 'AR-7K3M9PQX' } });
    expect(more).toContain('What you have still ends 2026-11-20T11:00.');
  });

  it('offers to ask again when nobody answered', async () => {
    const { draw, now } = await setUp();
    const card = draw('timedOut', { request: { state: 'timedOut', closedAt: now } });
    expect(words(card?.status ?? [])).toBe('Nobody decided by 2026-11-20T09:00. Nothing was granted.');
    expect(card?.buttons.map(({ verb }) => verb)).toEqual(['ask']);
  });

  it('tells operators what is stuck, since when, where, and what stops it', async () => {
    const { text, grant, now } = await setUp();
    const said = text('stuck', {
      grant: {
        state: 'stuck',
        revokingAt: now,
        stuckAt: now + MINUTE,
        attempts: 7,
        lastError: 'A lock forbids it.',
      },
    });
    expect(said).toContain('STUCK: contributor at Contoso Ltd is not gone');
    expect(said).toContain('Due 2026-11-20T09:00, stuck after 7 tries since 2026-11-20T09:01.');
    expect(said).toContain(`Assignment: ${grant.assignment?.assignmentId}`);
    expect(said).toContain('Guest: guest-1');
    expect(said).toContain('What stops it “A lock forbids it.”');
  });

  it('never names an address, and never what the requester wrote', async () => {
    const { text, now, grant } = await setUp();
    for (const said of [
      text('accessReady'),
      text('warning', { now: grant.warnAt }),
      text('ended', { grant: { state: 'ended', endedAt: now } }),
      text('timedOut', { request: { state: 'timedOut' } }),
    ]) {
      expect(said).toBeDefined();
      expect(said).not.toMatch(/incident 42|@/);
    }
  });
});
