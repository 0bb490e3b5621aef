/** Counts work that goes on after Teams was answered, so that stopping can wait for it. */
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
      let timer: NodeJS.Timeout | undefined;
      let late = false;
      const deadline = new Promise<void>((resolve) => {
        timer = setTimeout(() => {
          late = true;
          resolve();
        }, deadlineMs);
      });
      // What is under way may start more: a late answer is brought by a message of its own.
      while (running.size > 0 && !late) await Promise.race([Promise.all(running), deadline]);
      clearTimeout(timer);
    },
  };
}
