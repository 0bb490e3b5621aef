import { FAIL_POINTS } from '../../src/fail-points.ts';
import type { FailPoint } from '../../src/fail-points.ts';
import { openGround } from './ground.ts';
import type { ChaosGround } from './ground.ts';
import { plotFor, tellStory } from './stories.ts';
import type { Told } from './stories.ts';

/** The fail points that a story passes within seconds. */
export const TOLD_POINTS: readonly FailPoint[] = FAIL_POINTS.filter((point) => plotFor(point) !== undefined);

/** Kills at each of these points once, on so many grounds at a time. */
export async function killAtEach(
  points: readonly FailPoint[],
  { grounds, tell = () => undefined }: { grounds: number; tell?: (told: Told) => void },
): Promise<Told[]> {
  const waiting = [...points];
  const told: Told[] = [];
  const workOn = async (ground: ChaosGround): Promise<void> => {
    for (let point = waiting.shift(); point !== undefined; point = waiting.shift()) {
      const story = await tellStory(ground, point);
      told.push(story);
      tell(story);
      // What went wrong once would be blamed on every story after it.
      if (story.problems.length > 0) return;
    }
  };
  const work = async (): Promise<void> => {
    while (waiting.length > 0) {
      const ground = await openGround();
      await workOn(ground).finally(() => ground.stop());
    }
  };
  await Promise.all(Array.from({ length: grounds }, work));
  return told;
}
