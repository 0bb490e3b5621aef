/** How often a condition is looked at besides on every change. */
const LOOK_MS = 20;

/**
 * Waits until `find` gives something that is neither `undefined`, `false` nor an empty list, and answers it.
 *
 * @throws after `timeoutMs` (default 5000), with what was waited for and how things stand.
 */
export function waitUntil<T>(
  find: () => T | undefined | false,
  options: {
    timeoutMs?: number;
    /** What is waited for, for the error. */
    what?: string;
    listen(listener: () => void): () => void;
    describe(): string;
  },
): Promise<T> {
  return new Promise((resolve, reject) => {
    const finish = (settle: () => void): void => {
      clearInterval(poll);
      clearTimeout(deadline);
      unlisten();
      settle();
    };
    const look = (): void => {
      try {
        const found = find();
        if (found === undefined || found === false) return;
        if (Array.isArray(found) && found.length === 0) return;
        finish(() => resolve(found));
      } catch (error) {
        finish(() => reject(error as Error));
      }
    };
    const poll = setInterval(look, LOOK_MS);
    const timeoutMs = options.timeoutMs ?? 5000;
    const deadline = setTimeout(() => {
      const words = `sandbox slack: waited ${timeoutMs} ms for ${options.what ?? 'a condition'}`;
      finish(() => reject(new Error(`${words}\n${options.describe()}`)));
    }, timeoutMs);
    const unlisten = options.listen(() => queueMicrotask(look));
    look();
  });
}
