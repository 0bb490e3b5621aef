import { sloCard } from '../../src/chat/slo-card.ts';
import { stuckListCard } from '../../src/chat/stuck-card.ts';
import { runbookWords } from '../../src/chat/stuck-words.ts';
import { sampleGrant, START } from '../contracts/samples.ts';
import { cardText, createChat, createTestSeal, danaInSlack, inTeams, words } from '../support/chat-fakes.ts';
import { housePolicy, olga } from '../support/house.ts';

const context = { policy: housePolicy(), now: START, seal: createTestSeal() };
const stuck = sampleGrant({
  id: 'AR-7K3M9PQX',
  state: 'stuck',
  endAt: START - 600_000,
  stuckAt: START - 540_000,
  nextTryAt: START + 50_000,
  lastError: 'A lock keeps role assignments from being changed.',
  obstacle: 'locked',
});

describe('stuckListCard', () => {
  it('says so when nothing is stuck', () => {
    const card = stuckListCard(context, []);
    expect(card.tone).toBe('good');
    expect(words(card.status)).toBe('Nothing is stuck.');
  });

  it('says whose, since when, when the next try is, why, and what to do', () => {
    const [note = []] = stuckListCard(context, [stuck]).notes;
    const at = (ms: number): string => new Date(ms).toISOString().slice(0, 16);
    expect(words(note)).toBe(
      `Anna Berg · contributor at Contoso Ltd · AR-7K3M9PQX · was due ${at(START - 600_000)}, ` +
        `stuck since ${at(START - 540_000)}, next try in less than a minute. ` +
        `A lock keeps role assignments from being changed. What to do: ${runbookWords('locked')}`,
    );
  });

  it('says that the next try is now when its time has come, and stays readable', () => {
    const card = stuckListCard(context, Array(30).fill({ ...stuck, nextTryAt: START }));
    expect(words(card.notes[0] ?? [])).toContain('next try now.');
    expect(card.notes).toHaveLength(11);
    expect(words(card.notes.at(-1) ?? [])).toBe('and 20 more.');
  });

  it('shows nothing of what people wrote as markup', () => {
    const odd = { ...stuck, lastError: 'x\u202e<!channel>\n*bold*', personName: '\u200bA\nB' };
    const text = cardText(stuckListCard(context, [odd]));
    expect(text).not.toMatch(/[\u202e\u200b]/);
    expect(text.split('\n')).toHaveLength(3);
  });
});

describe('what is typed', () => {
  it('is answered with the card, and with a no where it is not theirs', async () => {
    const chat = createChat();
    const stuckReply = await chat.type(inTeams(olga), '/access stuck');
    expect(stuckReply).toMatchObject({
      kind: 'card',
      card: { title: 'Access that could not be taken away' },
    });
    const figures = await chat.type(danaInSlack, '/access slo 7d');
    expect(figures).toMatchObject({ kind: 'card', card: { title: 'Punctuality over 7 days' } });
    const refused = await chat.type(inTeams(olga), '/access slo');
    expect(refused).toMatchObject({ kind: 'text', text: expect.stringContaining('You may not see this.') });
  });
});

describe('runbookWords', () => {
  it('has a step of its own for what Azure can say, and one for the rest', () => {
    const kinds = ['locked', 'cannotRemove', 'consentMissing', 'subscriptionDisabled', 'denied'] as const;
    expect(new Set([...kinds, undefined].map(runbookWords)).size).toBe(6);
  });
});

describe('sloCard', () => {
  const day = 86_400_000;
  const period = { since: START - 30 * day, until: START };
  const spread = (p50Ms: number) => ({ count: 9, p50Ms, p95Ms: 2_300, p99Ms: 61_000, maxMs: 7_200_000 });

  it('says the figures in words', () => {
    const figures = { ended: 999, wereStuck: 2, endToGone: spread(120), askedToDecided: spread(90_000) };
    const text = cardText(sloCard(context, { ...period, ...figures, stuck: 1, oldestOverdueMs: 600_000 }));
    expect(text).toContain('Punctuality over 30 days');
    expect(text).toContain(
      '999 of 1000 taken away (99.9 %), 2 of them after being stuck. 1 stuck now; the oldest',
    );
    expect(text).toContain('the oldest is 10 minutes overdue.');
    expect(text).toContain(
      'End to verified gone: half within 120 ms, 95 % within 2.3 s, 99 % within 1 minute, all within 2 hours',
    );
    expect(text).toContain('Decided to working: nothing measured');
  });

  it('is good only while nothing is stuck or late, and never rounds up to all', () => {
    const calm = { ...period, ended: 1, wereStuck: 0, stuck: 0, oldestOverdueMs: 0 };
    expect(sloCard(context, calm).tone).toBe('good');
    expect(words(sloCard(context, calm).status)).toBe(
      '1 of 1 taken away (100 %). Nothing is stuck now; nothing is overdue.',
    );
    expect(sloCard(context, { ...calm, oldestOverdueMs: 60_001 }).tone).toBe('bad');
    const many = sloCard(context, { ...calm, ended: 99_999, stuck: 1 });
    expect(words(many.status)).toContain('(99.99 %)');
  });
});
