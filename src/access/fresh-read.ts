import { StateConflict } from './errors.ts';

const TRIES = 5;

/**
 * Runs something that reads records and writes what follows from them, again when somebody else wrote in between. Each
 * run reads everything anew, so a decision is never based on what was.
 * @throws {StateConflict} when it is really over, or after five lost races
 */
export async function withFreshRead<T>(run: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await run();
    } catch (error) {
      if (!(error instanceof StateConflict) || tries >= TRIES) throw error;
    }
  }
}
