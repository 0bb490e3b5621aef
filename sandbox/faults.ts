/** What goes wrong with a matching request. */
export type FaultEffect =
  /** Answer this instead of doing the work. `body` as is; `undefined` sends an empty body. */
  | { kind: 'answer'; status: number; headers?: Record<string, string>; body?: unknown }
  /** Cut the connection before doing the work. */
  | { kind: 'reset' }
  /** Never answer, and do no work. */
  | { kind: 'hang' }
  /** Do the work after `ms`, then answer as usual. */
  | { kind: 'delay'; ms: number }
  /** Do the work, then cut the connection: the crash case of every client. */
  | { kind: 'loseAnswer' }
  /** Do the work, then answer 200 with an HTML page (a proxy's doing). */
  | { kind: 'html' };

/** One line of a fault plan. Matches by method and path; path is the decoded pathname without the query. */
export interface Fault {
  method?: string;
  path: RegExp;
  /** Let this many matching requests pass first. Default 0. */
  skip?: number;
  /** Then hit this many. Default 1; Infinity for always. */
  times?: number;
  effect: FaultEffect;
}

/** A fault plan: ordered, first match wins. */
export interface FaultPlan {
  add(fault: Fault): void;
  clear(): void;
  /** The effect for this request, if a fault hits it. Counts the request against every matching fault until one hits. */
  take(method: string, path: string): FaultEffect | undefined;
  /** What has been planned and is not used up, for the dump. */
  pending(): Array<{ method: string | undefined; path: string; times: number }>;
}

export function createFaultPlan(): FaultPlan {
  let faults: Array<Fault & { skip: number; times: number }> = [];
  return {
    add: (fault) => {
      faults.push({ ...fault, skip: fault.skip ?? 0, times: fault.times ?? 1 });
    },
    clear: () => {
      faults = [];
    },
    take: (method, path) => {
      for (const fault of faults) {
        if (fault.times <= 0 || (fault.method && fault.method !== method) || !fault.path.test(path)) continue;
        if (fault.skip > 0) {
          fault.skip -= 1;
          continue;
        }
        fault.times -= 1;
        return fault.effect;
      }
      return undefined;
    },
    pending: () =>
      faults
        .filter((fault) => fault.times > 0)
        .map(({ method, path, times }) => ({ method, path: path.source, times })),
  };
}
