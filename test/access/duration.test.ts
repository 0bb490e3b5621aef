import fc from 'fast-check';
import { InvalidCommand } from '../../src/access/errors.ts';
import {
  formatDuration,
  MAX_DURATION_MS,
  MIN_DURATION_MS,
  parseDuration,
} from '../../src/access/duration.ts';

const MINUTE = 60_000;

describe('parseDuration', () => {
  it.each([
    ['1m', MINUTE],
    ['30m', 30 * MINUTE],
    ['90m', 90 * MINUTE],
    ['2h', 120 * MINUTE],
    ['2H', 120 * MINUTE],
    ['36h', 36 * 60 * MINUTE],
    ['1h30m', 90 * MINUTE],
    ['1h59m', 119 * MINUTE],
    ['1d', 24 * 60 * MINUTE],
    ['1d23h59m', (47 * 60 + 59) * MINUTE],
    ['1d5m', (24 * 60 + 5) * MINUTE],
    ['30d', MAX_DURATION_MS],
  ])('reads %s', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  it.each([
    ['', 'not a duration'],
    ['2', 'no unit'],
    ['0m', 'does not start with 0'],
    ['02h', 'does not start with 0'],
    ['1h00m', 'not a duration'],
    ['-2h', 'only goes forward'],
    ['1.5h', 'whole numbers only'],
    ['1e3m', 'not a duration'],
    ['30m1h', 'not a duration'],
    ['1h1h', 'not a duration'],
    ['1h60m', '60 minutes after the hours'],
    ['1d24h', '24 hours after the days'],
    ['31d', 'longer than 30d'],
    ['30d1m', 'longer than 30d'],
    ['99999h', 'longer than 30d'],
    ['9999999999999h', 'not a duration'],
    ['2 h', 'not a duration'],
    [' 2h', 'not a duration'],
    ['2h\n', 'not a duration'],
    ['٢h', 'not a duration'],
    ['２h', 'not a duration'],
    ['2w', 'not a duration'],
    ['2hours', 'not a duration'],
    ['PT2H', 'not a duration'],
    ['Infinityh', 'not a duration'],
  ])('refuses %j: %s', (text, words) => {
    expect(() => parseDuration(text)).toThrow(InvalidCommand);
    expect(() => parseDuration(text)).toThrow(words);
  });

  it('shows a right example with every refusal', () => {
    try {
      parseDuration('soon');
      throw new Error('was accepted');
    } catch (error) {
      expect(error).toMatchObject({ name: 'InvalidCommand', hint: 'Write it like 30m, 2h, 1h30m or 1d.' });
    }
  });

  it('never answers anything but whole minutes inside the caps', () => {
    const almost = fc.stringMatching(/^[0-9dhmDHM.+-]{0,12}$/);
    fc.assert(
      fc.property(fc.oneof(fc.string(), almost), (text) => {
        let read: number;
        try {
          read = parseDuration(text);
        } catch (error) {
          expect(error).toBeInstanceOf(InvalidCommand);
          return;
        }
        expect(read % MINUTE).toBe(0);
        expect(read).toBeGreaterThanOrEqual(MIN_DURATION_MS);
        expect(read).toBeLessThanOrEqual(MAX_DURATION_MS);
      }),
    );
  });
});

describe('formatDuration', () => {
  it('writes what parseDuration reads, for every length', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: MAX_DURATION_MS / MINUTE }), (minutes) => {
        expect(parseDuration(formatDuration(minutes * MINUTE))).toBe(minutes * MINUTE);
      }),
    );
  });

  it.each([
    [90 * MINUTE, '1h30m'],
    [24 * 60 * MINUTE, '1d'],
    [119_999, '1m'],
    [59_999, '0m'],
    [-5, '0m'],
  ])('writes %d ms as %s', (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });
});
