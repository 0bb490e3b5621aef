/** A clock that tests and the demo can move. Milliseconds since the epoch, UTC. */
export interface SandboxClock {
  now(): number;
  /** Moves the clock by `ms`; negative moves it back. */
  advance(ms: number): void;
  /** Sets the clock to an instant; it goes on ticking from there. */
  set(atMs: number): void;
}

/** Ticks with the host's clock until it is moved. */
export function createClock(): SandboxClock {
  let offsetMs = 0;
  return {
    now: () => Date.now() + offsetMs,
    advance: (ms) => {
      offsetMs += ms;
    },
    set: (atMs) => {
      offsetMs = atMs - Date.now();
    },
  };
}
