import type { PolicySource } from './access/ports.ts';
import type { Metrics } from './metrics.ts';
import { createMetrics } from './metrics.ts';
import { createHealth } from './redis/health.ts';
import type { Memory } from './redis/memory.ts';
import { countOpenGrants } from './redis/open-grants.ts';

/** The figures of an app over its memory; the memory it answers counts what is stored. */
export function openMetrics(
  memory: Memory,
  policySource: PolicySource,
): { metrics: Metrics; watched: Memory } {
  const { headAgeMs, waiting } = createHealth(memory);
  const metrics = createMetrics({
    headAgeMs,
    waiting,
    stuck: async () => (await memory.store.stuckGrants()).length,
    openGrants: () => countOpenGrants(memory, policySource.current().customers.keys()),
    clockSpreadMs: memory.spreadMs,
    clockInDoubt: () => memory.clock.inDoubt(),
  });
  return { metrics, watched: { ...memory, store: metrics.watchStore(memory.store) } };
}
