/** A sleep that can be cut short, also just before it begins. One sleeps at a time. */
export interface Sleeper {
  sleep(ms: number): Promise<void>;
  wake(): void;
}

/** Sleeps on the host's timers. */
export function createSleeper(): Sleeper {
  let end: (() => void) | undefined;
  let isWoken = false;
  return {
    sleep: (ms) =>
      new Promise((resolve) => {
        if (isWoken) {
          isWoken = false;
          resolve();
          return;
        }
        const finish = (): void => {
          clearTimeout(timer);
          end = undefined;
          resolve();
        };
        const timer = setTimeout(finish, ms);
        end = finish;
      }),
    wake: () => {
      if (end) end();
      else isWoken = true;
    },
  };
}
