import { runChecks } from '../../src/operator/doctor.ts';

describe('runChecks', () => {
  it('runs them all at once and says them in order', async () => {
    const lines: string[] = [];
    let release: (() => void) | undefined;
    const slow = new Promise<void>((resolve) => (release = resolve));
    const failed = await runChecks(
      [
        { name: 'first', run: () => slow.then(() => 'done') },
        { name: 'second', run: async () => (release?.(), 'released it') },
      ],
      (line) => void lines.push(line),
    );
    expect(failed).toBe(0);
    expect(lines).toEqual(['✔ first: done', '✔ second: released it']);
  });

  it('gives up on what does not answer', async () => {
    const lines: string[] = [];
    const failed = await runChecks(
      [{ name: 'x', run: () => new Promise(() => {}) }],
      (line) => void lines.push(line),
      5,
    );
    expect(failed).toBe(1);
    expect(lines).toEqual(['✖ x: no answer within 0 s; check network and firewall']);
  });
});
