import { IDS } from '../../sandbox/world/ids.ts';
import type { World } from '../../sandbox/world/world.ts';

/** One role assignment of the app, from the moment Azure has it until it has not. Epoch ms of this host. */
export interface Life {
  /** Name of the role assignment, a GUID. */
  name: string;
  /** From the marker: whose it is, and until when. */
  grantId: string;
  endAt: number;
  bornAt: number;
  goneAt: number | undefined;
}

const MARKER = /latchkey\/1 g=(\S+) e=(\d+)/;

/** Watches what the app makes in Azure, by Azure's own books. */
export function watchLives({ azure }: World): { lives: readonly Life[]; stop(): void } {
  const lives: Life[] = [];
  const alive = new Map<string, Life>();
  const look = (): void => {
    const now = Date.now();
    const seen = new Set<string>();
    for (const { roleAssignments } of azure.dump().tenants) {
      for (const { name, description, createdByClient } of roleAssignments) {
        if (createdByClient !== IDS.app) continue;
        seen.add(name);
        const [, grantId = '', endS = '0'] = MARKER.exec(description ?? '') ?? [];
        const endAt = Number(endS) * 1_000;
        const known = alive.get(name);
        if (known) known.endAt = endAt;
        else {
          const life: Life = { name, grantId, endAt, bornAt: now, goneAt: undefined };
          alive.set(name, life);
          lives.push(life);
        }
      }
    }
    for (const [name, life] of alive) {
      if (seen.has(name)) continue;
      life.goneAt = now;
      alive.delete(name);
    }
  };
  return { lives, stop: azure.onChange(look) };
}
