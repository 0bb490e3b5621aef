import { IDS, SLACK } from '../../sandbox/world/ids.ts';
import type { Dice, Tally } from './dice.ts';
import type { ChaosGround } from './ground.ts';
import { createPeople, idIn, pause } from './people.ts';
import type { People } from './people.ts';
import type { Replica } from './replica.ts';

/** What a storm is made of. */
export interface Storm {
  ground: ChaosGround;
  replicas: readonly Replica[];
  dice: Dice;
  tally: Tally;
}

interface Acting extends Storm {
  people: People;
  /** Requests people have heard of, oldest first. */
  known: Set<string>;
}

const MOST_WAIT_MS = 400;
/** People talk about what is new. */
const RECENT = 12;

/** One person after another does something, through one replica or the other, until an instant (epoch ms). */
export async function actUntil(storm: Storm, until: number): Promise<void> {
  const acting: Acting = { ...storm, people: createPeople(storm.ground.world), known: new Set() };
  while (Date.now() < until) {
    const replica = storm.dice.pick(storm.replicas);
    if (replica) storm.ground.talkTo(replica);
    await act(acting);
    await pause(storm.dice.roll() * MOST_WAIT_MS);
  }
}

async function act(acting: Acting): Promise<void> {
  const { dice, known } = acting;
  const id = dice.pick([...known].slice(-RECENT));
  const chance = dice.roll();
  if (id === undefined || chance < 0.3) return ask(acting);
  if (chance < 0.55) return press(acting, 'approve', id);
  if (chance < 0.6) return press(acting, 'deny', id);
  if (chance < 0.8) return type(acting, `finish ${id}`);
  if (chance < 0.87) return type(acting, `revoke ${id} enough of it`);
  if (chance < 0.94) return type(acting, `cancel ${id}`);
  return type(acting, `extend ${id} 1m`);
}

async function ask(acting: Acting): Promise<void> {
  const { dice } = acting;
  const role = dice.pick(['reader', 'contributor', 'vm-contributor']) ?? 'reader';
  return type(acting, `contoso ${role} 1m ${dice.pick(['', 'scope=web'])}`.trim(), 'asked');
}

async function type({ dice, people, tally, known }: Acting, words: string, what = 'typed'): Promise<void> {
  const user = words.startsWith('revoke')
    ? SLACK.lee
    : (dice.pick([SLACK.dana, SLACK.dana, SLACK.kim]) ?? SLACK.dana);
  const said = await people.type(`/access ${words}`, user);
  tally.add(said === undefined ? `${what} in vain` : what);
  // An extension answers with two ids, of which one is known.
  for (const id of idsIn(said)) known.add(id);
}

async function press({ dice, people, tally }: Acting, verb: string, id: string): Promise<void> {
  const user = dice.pick([IDS.olga, IDS.omar]) ?? IDS.olga;
  const said = await people.press(verb, { id, user });
  tally.add(said === undefined ? 'pressed in vain' : 'pressed');
}

/** Every request a text names. */
export function idsIn(text: string | undefined): string[] {
  const found: string[] = [];
  for (let rest = text ?? ''; ;) {
    const id = idIn(rest);
    if (id === undefined) return found;
    found.push(id);
    rest = rest.slice(rest.indexOf(id) + id.length);
  }
}
