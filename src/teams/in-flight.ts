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
      const deadline = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, deadlineMs);
      });
      await Promise.race([Promise.all(running), deadline]);
      clearTimeout(timer);
    },
  };
}
