import fc from 'fast-check';
import { clean, createLog } from '../src/log.ts';

function logged(write: (log: ReturnType<typeof createLog>) => void, level = 'info'): string[] {
  const lines: string[] = [];
  write(createLog({ level, destination: { write: (line) => void lines.push(line) } }));
  return lines;
}

describe('createLog', () => {
  it('writes one line of JSON per event', () => {
    const lines = logged((log) => log.warn('grant.stuck', { id: 'AR-7K3M9PQX', attempts: 3 }));
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^[^\n]+\n$/);
    expect(JSON.parse(lines[0] ?? '')).toEqual({
      level: 'warn',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      event: 'grant.stuck',
      id: 'AR-7K3M9PQX',
      attempts: 3,
    });
  });

  it('leaves out what is below its level', () => {
    expect(logged((log) => log.info('x'), 'warn')).toEqual([]);
  });

  it('is one parseable line with the right level and event, whatever the facts', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ unit: 'binary' }), fc.anything()), (facts) => {
        const [line = '', ...more] = logged((log) => log.error('event', facts));
        expect(more).toEqual([]);
        expect(line.trimEnd()).not.toMatch(/[\n\r\u0085\u2028\u2029\u202e]/);
        expect(JSON.parse(line)).toMatchObject({ level: 'error', event: 'event' });
      }),
    );
  });
});

describe('clean', () => {
  const canaries = [
    ['a bot token', 'xoxb-1234567890-canary'],
    ['an app token', 'xapp-1-A01-canary'],
    ['a JWT', 'eyJhbGciOiJSUzI1NiJ9.eyJjYW5hcnkiOjF9.c2lnbmF0dXJl'],
    ['a header', 'Authorization: Bearer abc.def~canary=='],
    ['a URL with a password', 'redis://user:canary@host:6379'],
    ['a private key', '-----BEGIN PRIVATE KEY-----\ncanary\n-----END PRIVATE KEY-----'],
    ['a link that answers a command', 'https://hooks.slack.com/commands/T0A/123/canary'],
    ['a link into a socket', 'wss://wss-primary.slack.com/link/?ticket=canary&app_id=1'],
    ['a form with a secret', 'client_id=1&client_secret=canary~1&grant_type=x'],
    ['a token to renew another', 'xoxe-1-canary-123'],
    ['a signed link', 'https://x.blob.core.windows.net/?sv=1&sig=canary%3D'],
  ] as const;

  it.each(canaries)('takes %s out of any text', (_, text) => {
    for (const facts of [
      { note: text },
      { deep: [{ note: `a ${text} b` }] },
      { error: new Error(text, { cause: text }) },
    ]) {
      const shown = JSON.stringify(clean(facts));
      expect(shown).not.toMatch(/canary|eyJjYW5hcnkiOjF9/);
      expect(shown).toContain('[redacted]');
    }
  });

  it.each([
    ...[
      'password',
      'TEAMS_APP_PASSWORD',
      'clientSecret',
      'access_token',
      'accessToken',
      'token',
      'authorization',
    ],
    ...['x-slack-signature', 'cookie', 'client_assertion', 'privateKey', 'api-key', 'body'],
  ])('hides the field %s', (field) => {
    expect(clean({ [field]: 'canary', deep: { [field]: { a: 'canary' } } })).toEqual({
      [field]: '[redacted]',
      deep: { [field]: '[redacted]' },
    });
  });

  it('keeps numbers, ids and names that only sound secret', () => {
    const facts = { token: 7, tokens: 3, id: 'AR-7K3M9PQX', passed: 'yes', digest: 'a'.repeat(64) };
    expect(clean(facts)).toEqual(facts);
  });

  it('keeps of an error only what names it', () => {
    const error = Object.assign(new Error('refused'), {
      code: 'ECONNREFUSED',
      request: { headers: { a: 'canary' } },
    });
    expect(clean({ error })).toEqual({
      error: {
        name: 'Error',
        message: 'refused',
        code: 'ECONNREFUSED',
        stack: expect.stringContaining('refused'),
      },
    });
  });

  it('ends at circles, depths and lengths', () => {
    const circle: Record<string, unknown> = { text: 'x'.repeat(100_000) };
    circle['self'] = circle;
    expect(JSON.stringify(clean({ circle })).length).toBeLessThan(5_000);
  });
});
