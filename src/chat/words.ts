import { inert } from '../access/names.ts';
import type { Policy, Side } from '../access/policy.ts';

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** Longest display name shown, in characters. */
const MAX_NAME_SHOWN = 60;

/** A duration (ms) as people say it: `2 hours`, `1 hour 30 minutes`, `45 minutes`, `3 seconds`. Fractions are dropped. */
export function durationWords(durationMs: number): string {
  const ms = Math.max(0, durationMs);
  if (ms < MINUTE_MS) return count(Math.floor(ms / SECOND_MS), 'second');
  const days = Math.floor(ms / DAY_MS);
  const hours = Math.floor((ms % DAY_MS) / HOUR_MS);
  const minutes = Math.floor((ms % HOUR_MS) / MINUTE_MS);
  return [
    days > 0 ? count(days, 'day') : '',
    hours > 0 ? count(hours, 'hour') : '',
    minutes > 0 ? count(minutes, 'minute') : '',
  ]
    .filter(Boolean)
    .join(' ');
}

/** How far an instant is from now, both epoch ms: `in 1 h 45 min`, `12 min ago`, `in less than a minute`. */
export function relativeWords(at: number, now: number): string {
  const ms = toWholeMinutes(Math.abs(at - now));
  const far = ms < MINUTE_MS ? 'less than a minute' : shortDuration(ms);
  return at >= now ? `in ${far}` : `${far} ago`;
}

/** What is left of something, both epoch ms, to the nearest minute: `59 minutes left`. */
export function leftWords(at: number, now: number): string {
  return `${durationWords(toWholeMinutes(at - now))} left`;
}

function toWholeMinutes(ms: number): number {
  return ms < MINUTE_MS ? ms : Math.round(ms / MINUTE_MS) * MINUTE_MS;
}

function shortDuration(ms: number): string {
  const days = Math.floor(ms / DAY_MS);
  const hours = Math.floor((ms % DAY_MS) / HOUR_MS);
  const minutes = Math.floor((ms % HOUR_MS) / MINUTE_MS);
  if (days > 0) return hours > 0 ? `${days} d ${hours} h` : `${days} d`;
  if (hours > 0) return minutes > 0 ? `${hours} h ${minutes} min` : `${hours} h`;
  return `${minutes} min`;
}

/** `1 hour`, `3 hours`; `2 people` with its own plural. */
export function count(number: number, noun: string, plural: string = `${noun}s`): string {
  return `${number} ${number === 1 ? noun : plural}`;
}

/**
 * An instant (epoch ms) for replies that are plain text: `14:05 UTC`, with the day when it is another one than `now`'s:
 * `2026-11-20 14:05 UTC`.
 */
export function utcWords(at: number, now: number): string {
  const iso = new Date(at).toISOString();
  const clock = `${iso.slice(11, 16)} UTC`;
  return iso.slice(0, 10) === new Date(now).toISOString().slice(0, 10)
    ? clock
    : `${iso.slice(0, 10)} ${clock}`;
}

/** A looked-up name, made short and harmless: people choose their own display names. */
export function nameWords(name: string): string {
  return inert(name, MAX_NAME_SHOWN) || 'Somebody without a name';
}

/** `Ada`, `Ada and Lee`, `Ada, Lee and Sam`. */
export function listWords(names: readonly string[], last: 'and' | 'or' = 'and'): string {
  if (names.length <= 1) return names[0] ?? '';
  return `${names.slice(0, -1).join(', ')} ${last} ${names.at(-1) ?? ''}`;
}

/** `Did you mean contoso or contoso-test?`; nothing when nothing is near. */
export function nearWords(near: readonly string[]): string {
  return near.length > 0 ? `Did you mean ${listWords(near.slice(0, 5), 'or')}?` : '';
}

/** Whose side: the customer's or the partner's name. */
export function sideWords(
  side: Side,
  { policy, customerName }: { policy: Policy; customerName: string },
): string {
  return nameWords(side === 'customer' ? customerName : policy.partner.name);
}

/**
 * An ARM id in words: `the whole subscription <id>`, `resource group web in subscription <id>`,
 * `vm1 (Microsoft.Compute/virtualMachines) in resource group web, subscription <id>`.
 */
export function scopeWords(scope: string): string {
  const parts = scope.split('/').filter(Boolean);
  const subscription = parts[1] ?? scope;
  if (parts.length <= 2) return `the whole subscription ${subscription}`;
  const group = parts[3] ?? '';
  if (parts.length === 4) return `resource group ${group} in subscription ${subscription}`;
  return `${parts.at(-1) ?? ''} (${resourceType(parts)}) in resource group ${group}, subscription ${subscription}`;
}

function resourceType(parts: readonly string[]): string {
  const provider = parts.lastIndexOf('providers');
  const names = parts.slice(provider + 2).filter((_, index) => index % 2 === 0);
  return [parts[provider + 1] ?? 'resource', ...names].join('/');
}
