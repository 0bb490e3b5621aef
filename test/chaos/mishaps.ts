import type { FaultEffect } from '../../sandbox/faults.ts';
import type { Storm } from './acts.ts';
import { pause } from './people.ts';

/** Calls that change something in a customer's tenant, or look at it. */
const CALLS = /\/(?:roleAssignments|users|invitations)\b/;
const CLOCK_OFF_MS = 300_000;
const body = { error: { code: 'Simulated', message: 'simulated' } };

/** Kills and faults, one after the other, until an instant (epoch ms). */
export async function mishapsUntil(storm: Storm, until: number): Promise<void> {
  while (Date.now() < until) {
    await pause(300 + storm.dice.roll() * 2_500);
    const chance = storm.dice.roll();
    if (chance < 0.3) killReplica(storm);
    else if (chance < 0.4) killRedis(storm);
    else if (chance < 0.5) await partition(storm);
    else if (chance < 0.55) await wrongClock(storm);
    else planFault(storm);
  }
}

function killReplica({ dice, replicas, tally }: Storm): void {
  const all = dice.roll() < 0.15;
  for (const replica of all ? replicas : [dice.pick(replicas)]) {
    replica?.kill();
    tally.add('replica killed');
  }
}

function killRedis({ ground, tally }: Storm): void {
  const pid = ground.redis.server.pid();
  if (pid === undefined) return;
  process.kill(pid, 'SIGKILL');
  tally.add('Redis killed');
}

/** Nothing of Azure can be reached for some seconds. */
async function partition({ dice, ground, tally }: Storm): Promise<void> {
  const { faults } = ground.world.azure;
  faults.clear();
  faults.add({ path: /./, times: Number.POSITIVE_INFINITY, effect: { kind: 'reset' } });
  tally.add('partition');
  await pause(500 + dice.roll() * 5_000);
  faults.clear();
}

/** Azure's clock is minutes off for some seconds. */
async function wrongClock({ dice, ground, tally }: Storm): Promise<void> {
  ground.world.clock.advance(dice.roll() < 0.5 ? CLOCK_OFF_MS : -CLOCK_OFF_MS);
  tally.add('clock jump');
  await pause(1_000 + dice.roll() * 3_000);
  ground.world.clock.set(Date.now());
}

function planFault({ dice, ground, tally }: Storm): void {
  const lost: [string, FaultEffect] = ['answer lost', { kind: 'loseAnswer' }];
  const [what, effect] =
    dice.pick<[string, FaultEffect]>([
      lost,
      lost,
      ['429', { kind: 'answer', status: 429, headers: { 'retry-after': '2' }, body }],
      ['503', { kind: 'answer', status: 503, body }],
      ['reset', { kind: 'reset' }],
      ['hang', { kind: 'hang' }],
      ['late write', { kind: 'delay', ms: 500 + dice.roll() * 5_000 }],
    ]) ?? lost;
  const method = dice.pick(['PUT', 'DELETE', 'POST', 'GET']) ?? 'PUT';
  ground.world.azure.faults.add({ path: CALLS, method, times: 1 + Math.floor(dice.roll() * 2), effect });
  tally.add(what);
}
