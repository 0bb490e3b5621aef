import type { ServerResponse } from 'node:http';
import type { AzureChange } from '../azure/state.ts';
import type { World } from '../world/world.ts';
import { azureScene } from './azure-scene.ts';
import { slackScene } from './slack-scene.ts';
import { teamsScene } from './teams-scene.ts';

/** The three panes, live: everybody who looks gets each scene whenever it changed. */
export interface Scenes {
  /** Begins a stream of server-sent events; it ends when the reader leaves. */
  join(response: ServerResponse): void;
  stop(): void;
}

type Pane = 'slack' | 'teams' | 'azure';

/** Changes within this time are shown together. */
const GATHER_MS = 40;
/** Calls to Azure change nothing by themselves, so they are looked for. */
const CALLS_EVERY_MS = 1000;

/** Watches the world. */
export function createScenes(world: World): Scenes {
  const readers = new Set<ServerResponse>();
  const events: AzureChange[] = [];
  const pending = new Map<Pane, NodeJS.Timeout>();
  const last = new Map<Pane, string>();
  const draw: Record<Pane, () => unknown> = {
    slack: () => slackScene(world.slack),
    teams: () => teamsScene(world.teams),
    azure: () => azureScene(world.azure, events),
  };
  const frameOf = (pane: Pane): string => `event: ${pane}\ndata: ${JSON.stringify(draw[pane]())}\n\n`;
  const show = (pane: Pane): void => {
    pending.delete(pane);
    if (readers.size === 0) return;
    const frame = frameOf(pane);
    if (last.get(pane) === frame) return;
    last.set(pane, frame);
    for (const reader of readers) reader.write(frame);
  };
  const changed = (pane: Pane): void => {
    if (!pending.has(pane))
      pending.set(
        pane,
        setTimeout(() => show(pane), GATHER_MS),
      );
  };
  const ends = [
    world.slack.onChange(() => changed('slack')),
    world.teams.onChange(() => changed('teams')),
    world.azure.onChange((change) => {
      events.push(change);
      changed('azure');
    }),
  ];
  const looking = setInterval(() => show('azure'), CALLS_EVERY_MS);
  looking.unref();
  return {
    join: (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
      for (const pane of ['slack', 'teams', 'azure'] as const) response.write(frameOf(pane));
      readers.add(response);
      response.once('close', () => readers.delete(response));
    },
    stop: () => {
      for (const end of ends) end();
      clearInterval(looking);
      for (const timer of pending.values()) clearTimeout(timer);
      for (const reader of readers) reader.end();
    },
  };
}
