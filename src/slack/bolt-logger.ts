import { LogLevel } from '@slack/bolt';
import type { Logger } from '@slack/bolt';
import type { Log } from '../access/ports.ts';

const MAX_WORDS = 300;

/** Bolt's own lines as events of ours: only what went wrong, and of that only the words, never an object. */
export function createBoltLogger(log: Log): Logger {
  const say = (level: 'warn' | 'error', words: readonly unknown[]): void => {
    const text = words.map((word) =>
      word instanceof Error ? word.message : typeof word === 'string' ? word : '',
    );
    log[level]('slack.sdk', { words: text.filter(Boolean).join(' ').slice(0, MAX_WORDS) });
  };
  return {
    debug: () => undefined,
    info: () => undefined,
    warn: (...words: unknown[]) => say('warn', words),
    error: (...words: unknown[]) => say('error', words),
    setLevel: () => undefined,
    getLevel: () => LogLevel.WARN,
    setName: () => undefined,
  };
}
