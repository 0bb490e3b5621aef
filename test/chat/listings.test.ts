import type { Offer } from '../../src/access/access.ts';
import type { Grant } from '../../src/access/grant.ts';
import { askForm, durationOptions, extendForm, lessOptions, revokeReason } from '../../src/chat/forms.ts';
import { helpCard, mineCard, rolesCard, whoCard } from '../../src/chat/listings.ts';
import { parseCommand } from '../../src/access/command.ts';
import { cardText, createChat, createTestSeal, words } from '../support/chat-fakes.ts';
import { contosoPlace, dana, HOUR, MINUTE, olga } from '../support/house.ts';

async function setUp() {
  const { house } = createChat();
  const request = await house.ask();
  await house.access.decide({
    requestId: request.id,
    version: 1,
    person: olga,
    verdict: 'approve',
    at: contosoPlace,
  });
  await house.settle();
  const grant = house.store.grants.get(request.id);
  const customer = house.policy.now.customers.get('contoso');
  if (!grant || !customer) throw new Error('the house is not in order');
  const offers = await house.access.offers({ person: dana });
  const context = { policy: house.policy.now, now: house.clock.at, seal: createTestSeal() };
  const many: Grant[] = Array.from({ length: 50 }, (_, index) => ({
    ...grant,
    id: `AR-${String(index).padStart(8, '0')}`,
    person: { ...grant.person, objectId: `${grant.person.objectId}${index % 7}` },
    endAt: grant.endAt + index * MINUTE,
  }));
  return { house, context, customer, grant, request, offers, many };
}

describe('whoCard', () => {
  it('says so when nobody has access', async () => {
    const { context, customer } = await setUp();
    const card = whoCard(context, { customer, grants: [], pending: [] });
    expect(words(card.status)).toBe('Nobody has access to Contoso Ltd through Latchkey right now.');
    expect(card.notes).toEqual([]);
  });

  it('gives each access one line: person, role, scope, end, what is left, id', async () => {
    const { context, customer, grant, request } = await setUp();
    const card = whoCard(context, { customer, grants: [grant], pending: [request] });
    expect(card.notes.map(words)).toEqual([
      `Dana Example · contributor · default · until 2026-11-20T11:00 (in 2 h) · ${grant.id}`,
      `Dana Example · contributor · default · asks for 2 hours, waiting for Contoso Ltd until 2026-11-20T13:00 · ${request.id}`,
    ]);
  });

  it('stays readable with 50 grants, and says how many more there are', async () => {
    const { context, customer, many } = await setUp();
    const card = whoCard(context, { customer, grants: many, pending: [] });
    expect(words(card.status)).toBe('7 people with access right now.');
    expect(card.notes).toHaveLength(21);
    expect(words(card.notes.at(-1) ?? [])).toBe('and 30 more.');
  });

  it('says of access that is leaving or stuck that it is', async () => {
    const { context, customer, grant } = await setUp();
    const lineOf = (state: Grant['state']): string =>
      words(whoCard(context, { customer, grants: [{ ...grant, state }], pending: [] }).notes[0] ?? []);
    expect(lineOf('stuck')).toContain('STUCK, was due 2026-11-20T11:00');
    expect(lineOf('revoking')).toContain('being removed');
    expect(lineOf('provisioning')).toContain('being made');
  });
});

describe('mineCard', () => {
  it('has the buttons of the one access that runs, and the commands when several do', async () => {
    const { context, grant, many } = await setUp();
    const one = mineCard(context, { grants: [grant], pending: [] });
    expect(one.buttons.map(({ verb }) => verb)).toEqual(['extend', 'finish']);
    const several = mineCard(context, { grants: many, pending: [] });
    expect(several.buttons).toEqual([]);
    expect(several.commands).toEqual(['/access extend AR-00000000 1h', '/access finish AR-00000000']);
    expect(several.notes).toHaveLength(21);
  });
});

describe('rolesCard', () => {
  it('lists everything in one line each, one customer in full', async () => {
    const { context, offers } = await setUp();
    expect(cardText(rolesCard(context, { offers }))).toContain(
      'contoso reader · up to 4 hours at Contoso Ltd',
    );
    const contoso = offers.filter(({ customer }) => customer.slug === 'contoso');
    expect(cardText(rolesCard(context, { offers: contoso, customerSlug: 'contoso' }))).toContain(
      'reader · up to 4 hours. Sees every resource. Cannot change anything. Decided by Contoso Ltd.',
    );
    expect(words(rolesCard(context, { offers: [] }).status)).toBe('There is nothing you can ask for.');
  });
});

describe('helpCard', () => {
  it('shows only commands that can be typed as they stand', async () => {
    const { context, offers } = await setUp();
    const typed = helpCard(context, offers).facts.map(({ value }) => words(value));
    expect(typed.length).toBeGreaterThan(8);
    for (const command of typed) expect(() => parseCommand(command)).not.toThrow();
    for (const command of helpCard(context, []).facts)
      expect(() => parseCommand(words(command.value))).not.toThrow();
  });
});

describe('askForm', () => {
  const many = (offer: Offer, count: number): Offer[] =>
    Array.from({ length: count }, (_, index) => ({
      ...offer,
      customer: {
        ...offer.customer,
        slug: `customer-${index}`,
        name: `Customer ${index} ${'long '.repeat(30)}`,
        scopes: new Map([
          ['default', '/subscriptions/x'],
          [`scope-${index}`, '/subscriptions/x'],
        ]),
      },
    }));

  it('takes a typed name where there are too many customers for a list', async () => {
    const { offers } = await setUp();
    const [offer] = offers;
    if (!offer) throw new Error('no offer');
    const kinds = (count: number) =>
      Object.fromEntries(askForm(many(offer, count)).fields.map(({ id, kind }) => [id, kind]));
    expect(kinds(100)).toMatchObject({ customer: 'choice', scope: 'text' });
    expect(kinds(101)).toMatchObject({ customer: 'text', role: 'choice', scope: 'text' });
    expect(kinds(50)).toMatchObject({ customer: 'choice', scope: 'choice' });
  });

  it('keeps every label within what a list can show, and every value parseable', async () => {
    const { offers } = await setUp();
    const [offer] = offers;
    if (!offer) throw new Error('no offer');
    for (const field of askForm(many(offer, 60)).fields) {
      if (field.kind !== 'choice') continue;
      expect(field.options.length).toBeGreaterThan(0);
      for (const { label, value } of field.options) {
        expect(label.length).toBeLessThanOrEqual(75);
        expect(value).toMatch(/^[a-z0-9._-]+$/);
      }
      expect(field.initial === undefined || field.options.some(({ value }) => value === field.initial)).toBe(
        true,
      );
    }
  });
});

describe('durationOptions', () => {
  it('goes up to the most, with it, and no further', () => {
    expect(durationOptions(90 * MINUTE).map(({ value }) => value)).toEqual([
      '5m',
      '15m',
      '30m',
      '1h',
      '1h30m',
    ]);
    expect(durationOptions(0)).toEqual([]);
  });

  it('offers for less only what is less', () => {
    expect(lessOptions(2 * HOUR).map(({ label }) => label)).toEqual([
      '5 minutes',
      '15 minutes',
      '30 minutes',
      '1 hour',
    ]);
    expect(lessOptions(5 * MINUTE)).toEqual([]);
  });
});

describe('extendForm', () => {
  it('always has a choice, and proposes an hour where that is possible', () => {
    const [short] = extendForm(-5).fields;
    expect(short?.kind === 'choice' && short.options.map(({ value }) => value)).toEqual(['1m']);
    const [long] = extendForm(4 * HOUR).fields;
    expect(long?.kind === 'choice' && long.initial).toBe('1h');
  });
});

describe('revokeReason', () => {
  it('joins what was chosen and what was written', () => {
    expect(revokeReason({ why: 'security' })).toBe('Security concern');
    expect(revokeReason({ why: 'security', details: 'Odd sign-ins.' })).toBe(
      'Security concern: Odd sign-ins.',
    );
    expect(revokeReason({ why: 'other', details: 'Odd sign-ins.' })).toBe('Odd sign-ins.');
    expect(revokeReason({ why: 'constructor' })).toBe('');
  });
});
