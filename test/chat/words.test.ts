import { roleWords } from '../../src/chat/role-words.ts';
import {
  durationWords,
  leftWords,
  listWords,
  nameWords,
  relativeWords,
  scopeWords,
  utcWords,
} from '../../src/chat/words.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const NOW = Date.UTC(2026, 10, 20, 14, 5);

describe('durationWords', () => {
  it.each([
    [0, '0 seconds'],
    [3000, '3 seconds'],
    [MINUTE, '1 minute'],
    [2 * HOUR, '2 hours'],
    [90 * MINUTE, '1 hour 30 minutes'],
    [25 * HOUR, '1 day 1 hour'],
    [-5, '0 seconds'],
  ])('says %d ms as %s', (ms, said) => {
    expect(durationWords(ms)).toBe(said);
  });
});

describe('relativeWords', () => {
  it.each([
    [NOW + 105 * MINUTE, 'in 1 h 45 min'],
    [NOW + 2 * HOUR, 'in 2 h'],
    [NOW + 2 * HOUR - 5000, 'in 2 h'],
    [NOW + 30_000, 'in less than a minute'],
    [NOW - 12 * MINUTE, '12 min ago'],
    [NOW + 26 * HOUR, 'in 1 d 2 h'],
  ])('says how far %d is', (at, said) => {
    expect(relativeWords(at, NOW)).toBe(said);
  });
});

describe('leftWords', () => {
  it('rounds to the nearest minute', () => {
    expect(leftWords(NOW + 2 * HOUR - 1, NOW)).toBe('2 hours left');
    expect(leftWords(NOW + 20_000, NOW)).toBe('20 seconds left');
  });
});

describe('utcWords', () => {
  it('names the zone, and the day when it is another one', () => {
    expect(utcWords(NOW, NOW)).toBe('14:05 UTC');
    expect(utcWords(NOW + 10 * HOUR, NOW)).toBe('2026-11-21 00:05 UTC');
  });
});

describe('listWords', () => {
  it('joins names as people do', () => {
    expect(listWords([])).toBe('');
    expect(listWords(['Ada'])).toBe('Ada');
    expect(listWords(['Ada', 'Lee', 'Sam'], 'or')).toBe('Ada, Lee or Sam');
  });
});

describe('nameWords', () => {
  it('takes out what could turn, hide or stretch a card', () => {
    expect(nameWords('Ada\u202e\u0000 \n Lovelace')).toBe('Ada Lovelace');
    expect([...nameWords('x'.repeat(500))]).toHaveLength(60);
    expect(nameWords('\u200b')).toBe('Somebody without a name');
  });
});

describe('scopeWords', () => {
  const subscription = '/subscriptions/11111111-1111-4111-8111-111111111111';
  it('says how much a scope covers', () => {
    expect(scopeWords(subscription)).toBe('the whole subscription 11111111-1111-4111-8111-111111111111');
    expect(scopeWords(`${subscription}/resourceGroups/web`)).toBe(
      'resource group web in subscription 11111111-1111-4111-8111-111111111111',
    );
    expect(
      scopeWords(`${subscription}/resourceGroups/web/providers/Microsoft.Sql/servers/s1/databases/d1`),
    ).toBe(
      'd1 (Microsoft.Sql/servers/databases) in resource group web, subscription 11111111-1111-4111-8111-111111111111',
    );
  });
});

describe('roleWords', () => {
  it('knows well-known roles by id in any case, whatever the policy calls them', () => {
    const words = roleWords({
      roleDefinitionId: 'ACDD72A7-3385-48EF-BD42-F606FBA81AE7',
      summary: 'Everything!',
    });
    expect(words).toEqual({
      title: 'Reader',
      can: 'Sees every resource. Cannot change anything.',
      weight: 'plain',
    });
  });

  it('marks roles that can hand out access', () => {
    for (const roleDefinitionId of [
      '8e3af657-a8ff-443c-a75c-2fe8c4bcb635',
      '18d7d88d-d35e-4fb5-a5c3-7773c20a72d9',
      'f58310d9-a9f6-439a-9e8d-f62e7b41a168',
    ]) {
      expect(roleWords({ roleDefinitionId }).weight).toBe('privileged');
    }
  });

  it("says other roles in the operator's words, and admits it when there are none", () => {
    const roleDefinitionId = '99999999-9999-4999-8999-999999999999';
    expect(roleWords({ roleDefinitionId, summary: 'Restarts the web shop.' }).can).toBe(
      'Restarts the web shop.',
    );
    expect(roleWords({ roleDefinitionId }).can).toContain('the policy does not describe it');
  });
});
