import { fromMention } from '../../src/slack/incoming.ts';

const teams = { installed: 'T0HOUSE', actor: 'T0HOUSE' };
const mention = (text: string) => fromMention({ user: 'U0DANA', text, channel: 'C0LEADS' }, teams);

describe('fromMention', () => {
  it.each([
    ['<@U0BOT> mine', 'mine'],
    ['<@U0BOT|latchkey> /access who contoso', 'who contoso'],
    ['hello <@U0BOT|>', 'hello'],
  ])('leaves the mention out of %s', (text, said) => {
    expect(mention(text)).toMatchObject({ kind: 'command', text: said });
  });

  it('reads 64 KiB of broken mentions at once', () => {
    const text = '<@A|'.repeat(16 * 1024);
    const startedAt = performance.now();
    expect(mention(text)).toMatchObject({ kind: 'command' });
    expect(performance.now() - startedAt).toBeLessThan(300);
  });
});
