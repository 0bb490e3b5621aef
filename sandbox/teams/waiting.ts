import type { World } from './model.ts';

/** Tells listeners of changes, and waits for them. */
export interface Waiting {
  onChange(listener: () => void): () => void;
  /** @throws {Error} with `explain()` when the predicate does not hold within `timeoutMs`. */
  waitFor<T>(
    predicate: () => T | false | undefined,
    options: { timeoutMs: number; explain(): string },
  ): Promise<T>;
}

/** Takes over `world.changed`. */
export function createWaiting(world: World): Waiting {
  const listeners = new Set<() => void>();
  world.changed = () => {
    for (const listener of listeners) listener();
  };
  const onChange: Waiting['onChange'] = (listener) => {
    listeners.add(listener);
    return () => void listeners.delete(listener);
  };
  return {
    onChange,
    waitFor: (predicate, { timeoutMs, explain }) =>
      new Promise((resolve, reject) => {
        const finish = (settle: () => void): void => {
          clearTimeout(timer);
          stopListening();
          settle();
        };
        const check = (): void => {
          try {
            const value = predicate();
            if (value !== undefined && value !== false) finish(() => resolve(value));
          } catch (error) {
            finish(() => reject(error instanceof Error ? error : new Error(String(error))));
          }
        };
        const timer = setTimeout(() => {
          finish(() => reject(new Error(`Waited ${timeoutMs} ms in vain. ${explain()}`)));
        }, timeoutMs);
        const stopListening = onChange(check);
        check();
      }),
  };
}
