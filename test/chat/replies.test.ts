import type { RefusalCode } from '../../src/access/errors.ts';
import {
  InvalidCommand,
  Misconfigured,
  NotFound,
  Refused,
  StateConflict,
  Unavailable,
} from '../../src/access/errors.ts';
import type { Doing } from '../../src/chat/replies.ts';
import { createReplies } from '../../src/chat/replies.ts';
import { createFakeLog } from '../support/chat-fakes.ts';

const now = Date.UTC(2026, 10, 20, 14, 5);
const doings: Doing[] = ['ask', 'decide', 'cancel', 'finish', 'revoke', 'extend', 'look'];
const every: Record<RefusalCode, true> = {
  unlinked: true,
  accountDisabled: true,
  guestAccount: true,
  foreignPlace: true,
  noRule: true,
  roleNotOffered: true,
  tooLong: true,
  selfApproval: true,
  notApprover: true,
  alreadyDecidedByYou: true,
  wrongPlace: true,
  staleCard: true,
  alreadyPending: true,
  alreadyGranted: true,
  rateLimited: true,
  notYours: true,
  notAllowedToSee: true,
  preflight: true,
  agentGroupMember: true,
  clockInDoubt: true,
  policyChanged: true,
  notRunning: true,
  cannotBeLonger: true,
};
const codes = Object.keys(every) as RefusalCode[];

function setUp() {
  const { log, lines } = createFakeLog();
  let incidents = 0;
  const replies = createReplies({ newIncidentId: () => `I-${++incidents}`, log });
  return { replies, lines };
}

describe('createReplies', () => {
  it.each(codes)('says %s as sentences, with and without facts', (code) => {
    const { replies } = setUp();
    for (const doing of doings) {
      for (const facts of [{}, { id: 'AR-7K3M9PQX', endAt: now, most: 5, maxMs: 3_600_000, near: 'web' }]) {
        const { text } = replies(new Refused(code, 'A message.', facts), { doing, now });
        expect(text).toMatch(/^[A-Z].*[.?h]$/);
        expect(text.length).toBeGreaterThan(20);
        expect(text).not.toMatch(/undefined|NaN|\[object|\s\s|\.\./);
      }
    }
  });

  it('says what was not done when a request is refused', () => {
    const { replies } = setUp();
    const { text } = replies(new Refused('selfApproval', 'x'), { doing: 'decide', now });
    expect(text).toBe(
      'Nobody decides their own request. Your decision was not counted. Somebody else has to.',
    );
  });

  it('tells when the access one has already ends, and how to get more', () => {
    const { replies } = setUp();
    const refused = new Refused('alreadyGranted', 'x', { id: 'AR-7K3M9PQX', endAt: now + 3_600_000 });
    const { text } = replies(refused, { doing: 'ask', now });
    expect(text).toContain('AR-7K3M9PQX, until 15:05 UTC');
    expect(text).toContain('/access extend AR-7K3M9PQX 1h');
  });

  it('names the field a refusal belongs to', () => {
    const { replies } = setUp();
    const fieldOf = (code: RefusalCode) => replies(new Refused(code, 'x'), { doing: 'ask', now }).field;
    expect(fieldOf('tooLong')).toBe('duration');
    expect(fieldOf('roleNotOffered')).toBe('role');
    expect(fieldOf('noRule')).toBe('customer');
    expect(fieldOf('rateLimited')).toBeUndefined();
  });

  it('shows the right example for a command it cannot read', () => {
    const { replies } = setUp();
    const error = new InvalidCommand('The role is missing.', '/access contoso reader 1h why');
    expect(replies(error, { doing: 'look', now }).text).toBe(
      'The role is missing. For example: /access contoso reader 1h why',
    );
  });

  it('offers the names that are near', () => {
    const { replies } = setUp();
    const { text } = replies(new NotFound('There is no customer contos.', ['contoso']), {
      doing: 'look',
      now,
    });
    expect(text).toBe('There is no customer contos. Did you mean contoso?');
  });

  it('promises nothing it cannot know when a dependency is silent', () => {
    const { replies } = setUp();
    const { text } = replies(new Unavailable('Redis is down', 5000), { doing: 'finish', now });
    expect(text).toContain('could not be confirmed');
    expect(text).toContain('Your access ends on time in any case.');
    expect(text).toContain('Trying again in 5 seconds is safe.');
    expect(text).not.toContain('Redis');
  });

  it('says that somebody was faster', () => {
    const { replies } = setUp();
    expect(replies(new StateConflict('x'), { doing: 'decide', now }).text).toContain('Somebody was faster');
  });

  it('keeps set-up troubles for the operators, under an incident id', () => {
    const { replies, lines } = setUp();
    const error = new Misconfigured('consent is missing in tenant t', 'Grant consent.');
    const { text } = replies(error, { doing: 'ask', now });
    expect(text).toContain('I-1');
    expect(text).not.toContain('consent');
    expect(lines).toEqual([
      {
        level: 'error',
        event: 'chat.misconfigured',
        facts: { incidentId: 'I-1', reason: 'consent is missing in tenant t', remedy: 'Grant consent.' },
      },
    ]);
  });

  it('answers anything else neutrally, and logs where it happened but not what people wrote', () => {
    const { replies, lines } = setUp();
    for (const thrown of [new TypeError('secret words of a person'), 'secret words', undefined, null]) {
      const { text } = replies(thrown, { doing: 'ask', now });
      expect(text).toMatch(/I-\d/);
      expect(text).not.toContain('secret');
    }
    expect(lines.map(({ level, event }) => `${level} ${event}`)).toEqual(Array(4).fill('error chat.bug'));
    expect(JSON.stringify(lines)).not.toContain('secret');
    expect(String(lines[0]?.facts['where'])).toContain('replies.test');
  });
});
