import type { House } from '../../sandbox/demo/house.ts';
import { tellStory } from '../../sandbox/demo/story.ts';
import { createWorld, type World } from '../../sandbox/world/world.ts';

let world: World;
beforeEach(async () => void (world = await createWorld()));
afterEach(() => world.stop());

const never = new Promise<string>(() => undefined);

function houseWith(exited: Promise<string>): House {
  return {
    world,
    app: { exited, logTail: () => [], stop: async () => undefined },
    appUrl: 'http://127.0.0.1:9',
    close: async () => undefined,
  };
}

describe('tellStory', () => {
  it('fails when Slack cannot reach the app', async () => {
    const { entries, problem } = await tellStory({
      house: houseWith(never),
      stop: new AbortController().signal,
      say: () => undefined,
    });
    expect(problem).toBe('Slack shows an error instead of an answer: dispatch_failed.');
    expect(entries.map(({ step }) => step)).toEqual(['asked']);
  });

  it('fails when the app answers nothing, as soon as it is gone', async () => {
    const http = await import('node:http');
    const mute = http.createServer((_request, response) => response.end());
    await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve));
    const { port } = mute.address() as { port: number };
    world.slack.connect({ requestUrl: `http://127.0.0.1:${port}/slack/events` });
    const { problem } = await tellStory({
      house: houseWith(Promise.resolve('exit code 1')),
      stop: new AbortController().signal,
      say: () => undefined,
    });
    mute.close();
    expect(problem).toBe('Latchkey stopped by itself (exit code 1) before an answer to Dana.');
  });
});
