import fc from 'fast-check';
import type { AskCommand } from '../../src/access/command.ts';
import { parseCommand, printAsk, RESERVED_WORDS } from '../../src/access/command.ts';
import { InvalidCommand } from '../../src/access/errors.ts';
import { inert, MAX_FREE_TEXT } from '../../src/access/names.ts';

const HOUR = 3_600_000;
const ID = 'AR-7K3M9PQX';
const asked = (more: object = {}) => ({
  kind: 'ask',
  customer: 'contoso',
  role: 'contributor',
  durationMs: 2 * HOUR,
  reason: '',
  ...more,
});

function refusalOf(text: string): InvalidCommand {
  try {
    const command = parseCommand(text);
    throw new Error(`was read as ${JSON.stringify(command)}`);
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidCommand);
    if (error instanceof InvalidCommand) return error;
    throw error;
  }
}

describe('parseCommand', () => {
  it.each([
    ['contoso contributor 2h', asked()],
    ['/access contoso contributor 2h', asked()],
    ['access CONTOSO Contributor 2H', asked()],
    ['  contoso\u00a0contributor\n2h ', asked()],
    ['contoso contributor', { kind: 'ask', customer: 'contoso', role: 'contributor', reason: '' }],
    ['contoso contributor 2h fix  the site', asked({ reason: 'fix the site' })],
    [
      'contoso contributor 2h scope=Web ticket=INC-1 fix',
      asked({ scope: 'web', ticket: 'INC-1', reason: 'fix' }),
    ],
    [
      'ticket=#12 reason="fix it" contoso scope=web contributor 2h',
      asked({ scope: 'web', ticket: '#12', reason: 'fix it' }),
    ],
    ['contoso contributor 2h reason=\u201cfix it\u201d', asked({ reason: 'fix it' })],
    ['contoso contributor 2h reason=\u201efix it\u201c now', asked({ reason: 'fix it now' })],
    ["contoso contributor 2h reason='don't panic'", asked({ reason: "don't panic" })],
    ['contoso contributor 2h REASON="say \\"hi\\" \\\\o/"', asked({ reason: 'say "hi" \\o/' })],
    ['contoso contributor 2h reason=fix the site', asked({ reason: 'fix the site' })],
    ['contoso contributor 2h set a=b', asked({ reason: 'set a=b' })],
    ['contoso contributor 2h reason=""', asked()],
    [
      'contoso contributor reason="2h is enough"',
      { kind: 'ask', customer: 'contoso', role: 'contributor', reason: '2h is enough' },
    ],
    ['rolse contributor 2h', asked({ customer: 'rolse' })],
    ['', { kind: 'form' }],
    [' /access ', { kind: 'form' }],
    ['help me please', { kind: 'help' }],
    ['Roles', { kind: 'roles' }],
    ['roles contoso', { kind: 'roles', customer: 'contoso' }],
    ['mine', { kind: 'mine' }],
    ['who contoso', { kind: 'who', customer: 'contoso' }],
    ['show ar-7k3m9pqx', { kind: 'show', id: ID }],
    ['cancel AR-7K3M9PQX', { kind: 'cancel', id: ID }],
    ['finish Ar-oi1l0234', { kind: 'finish', id: 'AR-01110234' }],
    ['revoke AR-7K3M9PQX', { kind: 'revoke', id: ID }],
    ['revoke AR-7K3M9PQX left the team', { kind: 'revoke', id: ID, reason: 'left the team' }],
    ['revoke AR-7K3M9PQX reason="left the team"', { kind: 'revoke', id: ID, reason: 'left the team' }],
    ['extend AR-7K3M9PQX 1h30m', { kind: 'extend', id: ID, durationMs: 1.5 * HOUR }],
  ])('reads %j', (text, command) => {
    expect(parseCommand(text)).toEqual(command);
  });

  it.each([
    ['rolse', 'Did you mean roles?', '/access roles contoso'],
    ['hlep', 'Did you mean help?', '/access help'],
    ['shwo ar-7k3m9pqo', 'Did you mean show?', '/access show AR-7K3M9PQ0'],
    ['exted AR-7K3M9PQX 2h', 'Did you mean extend?', '/access extend AR-7K3M9PQX 1h'],
    ['ar-7k3m9pqx', 'What about AR-7K3M9PQX?', '/access show AR-7K3M9PQX'],
    ['contoso', 'The role is missing', '/access contoso contributor 2h'],
    ['scope=web', 'The customer and the role are missing', '/access contoso'],
    [
      'contoso contributor fixing',
      '"fixing" is not a duration. The third word',
      '/access contoso contributor 2h',
    ],
    ['contoso contributor 2', '"2" has no unit', '/access contoso contributor 2h'],
    ['contoso contributor 1h 30m', '"1h 30m" are two words', '/access contoso contributor 1h30m'],
    ['contoso contributor 31d', 'longer than 30d', '/access contoso contributor 2h'],
    ['contoso contributor 2h scpoe=web', 'Did you mean scope=?', 'scope=web'],
    ['contoso contributor 2h scope=', '"scope=" has nothing after it', 'scope=web'],
    ['contoso contributor 2h scope=a scope=b', '"scope=" is there 2 times', 'once'],
    ['contoso contributor 2h scope=.b', 'does not start with a letter', 'web'],
    ['contoso contributor 2h scope=b/c', 'the character "/" at position 2', 'web'],
    ['contoso contributor 2h ticket="a b"', 'cannot be a ticket', 'ticket=INC-1042'],
    ['contoso contributor 2h ticket==1+1', 'cannot be a ticket', 'ticket=INC-1042'],
    ['contoso contributor 2h reason="fix', 'no closing quote', 'reason='],
    ['\u0441ontoso contributor 2h', 'a Cyrillic letter (U+0441) at position 1', 'contoso'],
    ['contoso contr\u0131butor 2h', 'U+0131) at position 6', 'contributor'],
    ['contoso contributor\u200b 2h', 'a zero-width character (U+200B) at position 12', 'contributor'],
    ['\u202econtoso contributor 2h', 'a text-direction (bidi) character (U+202E) at position 1', 'contoso'],
    ['show', 'The request id is missing', '/access show AR-'],
    ['show AR-7K3M9PQU', '"AR-7K3M9PQU" is not a request id', '/access show AR-'],
    ['show AR-7K3M9PQ', 'not a request id', '/access show AR-'],
    ['show contoso', 'not a request id', '/access show AR-'],
    ['extend AR-7K3M9PQX', 'How much longer?', '/access extend AR-7K3M9PQX 1h'],
    ['extend AR-7K3M9PQX soon', '"soon" is not a duration', '2h'],
    ['extend AR-7K3M9PQX 1h more', '"more" is more than extend takes', '/access extend'],
    ['who', 'which customer', '/access who contoso'],
    ['mine contoso', '"contoso" is more than mine takes', '/access mine'],
    ['show AR-7K3M9PQX reason=x', '"x" is more than show takes', '/access show'],
    ['who contoso scope=web', '"scope=" goes with a request, not with who', '/access contoso'],
  ])('refuses %j: %s', (text, message, hint) => {
    const refusal = refusalOf(text);
    expect(refusal.message).toContain(message);
    expect(refusal.hint).toContain(hint);
  });

  it('refuses what does not fit, naming the length', () => {
    expect(refusalOf(`contoso contributor 2h ${'x'.repeat(501)}`).message).toContain('has 501 characters');
    expect(refusalOf(`contoso contributor 2h ${'x '.repeat(2_000)}`).message).toContain(
      'at most 4000 characters',
    );
    expect(parseCommand(`contoso contributor 2h ${'😀'.repeat(500)}`)).toMatchObject({
      reason: '😀'.repeat(500),
    });
  });

  it('never folds a letter into a command: the long s is no s', () => {
    expect(refusalOf('\u017fhow AR-7K3M9PQX').message).toContain('show');
    expect(refusalOf('\u017fcope=web contoso reader').message).toContain('U+017F');
  });

  it('throws nothing but InvalidCommand, whatever is typed', () => {
    const word = fc.constantFrom(
      'contoso',
      'reader',
      '2h',
      'show',
      'revoke',
      'extend',
      ID,
      'reason=',
      '"',
      '\u201c',
      '\\',
      'scope=web',
      ' ',
      '\u202e',
    );
    const likely = fc
      .array(fc.oneof(word, fc.string({ maxLength: 4 })), { maxLength: 12 })
      .map((all) => all.join(' '));
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary', maxLength: 300 }), likely), (text) => {
        try {
          expect(parseCommand(text)).toHaveProperty('kind');
        } catch (error) {
          expect(error).toBeInstanceOf(InvalidCommand);
          if (!(error instanceof InvalidCommand)) throw error;
          expect(error.hint).not.toBe('');
          expect(error.message.length).toBeLessThan(700);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('printAsk', () => {
  it('prints what parses to the same ask', () => {
    const name = fc.stringMatching(/^[a-z0-9][a-z0-9._-]{0,20}$/);
    const ask: fc.Arbitrary<AskCommand> = fc
      .record(
        {
          kind: fc.constant('ask' as const),
          customer: name.filter((slug) => !RESERVED_WORDS.includes(slug)),
          role: name.filter((role) => !/^ar-[0-9a-z]{8}$/.test(role)),
          reason: fc.string({ unit: 'grapheme', maxLength: 90 }).map((text) => inert(text)),
          durationMs: fc.integer({ min: 1, max: 43_200 }).map((minutes) => minutes * 60_000),
          scope: name,
          ticket: fc.stringMatching(/^[A-Za-z0-9#][A-Za-z0-9#._:/-]{0,20}$/),
        },
        { requiredKeys: ['kind', 'customer', 'role', 'reason'] },
      )
      .filter((each) => Array.from(each.reason).length <= MAX_FREE_TEXT);
    fc.assert(
      fc.property(ask, (each) => {
        expect(parseCommand(printAsk(each))).toEqual(each);
      }),
      { numRuns: 1_000 },
    );
  });

  it('prints a line a person would type', () => {
    const ask = {
      customer: 'contoso',
      role: 'reader',
      durationMs: 1.5 * HOUR,
      ticket: 'INC-1',
      reason: 'look at "x"',
    };
    expect(printAsk(ask)).toBe('/access contoso reader 1h30m ticket=INC-1 reason="look at \\"x\\""');
  });
});

describe('parseCommand, for operators', () => {
  const day = 86_400_000;

  it.each([
    ['stuck', { kind: 'stuck' }],
    ['SLO', { kind: 'slo', periodMs: 30 * day }],
    ['slo 90d', { kind: 'slo', periodMs: 90 * day }],
    ['slo 12h', { kind: 'slo', periodMs: day / 2 }],
  ])('understands %s', (text, command) => {
    expect(parseCommand(`/access ${text}`)).toEqual(command);
  });

  it.each(['slo 91d', 'slo 0d', 'slo soon', 'slo 1d 2d', 'stuck now'])('refuses %s', (text) => {
    expect(() => parseCommand(text)).toThrow(InvalidCommand);
  });

  it('keeps the words from being customers', () => {
    expect(RESERVED_WORDS).toEqual(expect.arrayContaining(['stuck', 'slo']));
  });
});
