/** Counts work that goes on after a chat was answered, so that stopping can wait for it. */
export interface InFlight {
  /** Keeps track of a piece of work; its failure is its own to report. */
  track(work: Promise<unknown>): void;
  /** Resolves when nothing is under way any more, or after `deadlineMs`. */
  settled(deadlineMs: number): Promise<void>;
}

export function createInFlight(): InFlight {
  const running = new Set<Promise<unknown>>();
  return {
    track: (work) => {
      const done = work
        .catch(() => undefined)
        .finally(() => {
          running.delete(done);
        });
      running.add(done);
    },
    settled: async (deadlineMs) => {
      await within(Promise.all(running), deadlineMs);
    },
  };
}

/** What a promise gives within `ms`; undefined when it takes longer, and the promise goes on. */
export async function within<T>(promise: Promise<T>, ms: number): Promise<T | undefined> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
