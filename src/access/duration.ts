import { InvalidCommand } from './errors.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** The shortest time anything can be lent or waited for, ms. */
export const MIN_DURATION_MS = MINUTE_MS;

/** The longest time that can be written at all, whatever a policy says: 30 days, in ms. */
export const MAX_DURATION_MS = 30 * DAY_MS;

/** What to type, for messages. */
export const DURATION_EXAMPLE = '30m, 2h, 1h30m or 1d';

// ASCII digits only and no leading zero: `\d` without the u flag knows no other digits.
const NUMBER = '([1-9]\\d{0,4})';
const GRAMMAR = new RegExp(`^(?:${NUMBER}d)?(?:${NUMBER}h)?(?:${NUMBER}m)?$`, 'i');
const MAX_TEXT = 12;

/**
 * Reads `30m`, `2h`, `1h30m`, `1d`, `1d12h` as ms. Whole numbers without leading zeros, largest unit first, each unit
 * once; after a larger unit, hours stay under 24 and minutes under 60. From {@link MIN_DURATION_MS} to
 * {@link MAX_DURATION_MS}.
 *
 * @throws {InvalidCommand} for everything else, saying which part is wrong
 */
export function parseDuration(text: string): number {
  const match = text.length > 0 && text.length <= MAX_TEXT ? GRAMMAR.exec(text) : null;
  if (!match) throw notADuration(text);
  const [days, hours, minutes] = [match[1], match[2], match[3]].map((part) => Number(part ?? 0));
  if (days === undefined || hours === undefined || minutes === undefined) throw notADuration(text);
  if (days > 0 && hours > 23) throw invalid(`"${text}" has ${hours} hours after the days; write more days.`);
  if (days + hours > 0 && minutes > 59) {
    throw invalid(`"${text}" has ${minutes} minutes after the hours; write more hours.`);
  }
  const durationMs = days * DAY_MS + hours * HOUR_MS + minutes * MINUTE_MS;
  if (durationMs > MAX_DURATION_MS) {
    throw invalid(`"${text}" is longer than ${formatDuration(MAX_DURATION_MS)}, the longest possible.`);
  }
  return durationMs;
}

/** Writes ms as `1h30m`, the way people type it. Parts of a minute are dropped; under a minute it says `0m`. */
export function formatDuration(durationMs: number): string {
  const whole = Math.max(0, Math.floor(durationMs / MINUTE_MS));
  const days = Math.floor(whole / (24 * 60));
  const hours = Math.floor(whole / 60) % 24;
  const minutes = whole % 60;
  const text = `${days ? `${days}d` : ''}${hours ? `${hours}h` : ''}${minutes ? `${minutes}m` : ''}`;
  return text || '0m';
}

function notADuration(text: string): InvalidCommand {
  const shown = /^[\x20-\x7e]{1,24}$/.test(text) ? `"${text}"` : 'This';
  if (/^\d+$/.test(text)) return invalid(`${shown} has no unit: is it minutes, hours or days?`);
  if (text.startsWith('0')) return invalid(`${shown} is not a duration: a number does not start with 0.`);
  if (text.startsWith('-')) return invalid(`${shown} is not a duration: time only goes forward.`);
  if (/^\d*[.,]\d+[dhm]$/i.test(text)) {
    return invalid(`${shown} is not a duration: whole numbers only, like 1h30m.`);
  }
  return invalid(`${shown} is not a duration.`);
}

function invalid(message: string): InvalidCommand {
  return new InvalidCommand(message, `Write it like ${DURATION_EXAMPLE}.`);
}
