import { createFaultPlan } from '../../../sandbox/faults.ts';
import { startServer } from '../../../sandbox/http.ts';
import type { TeamsSandbox } from '../../../sandbox/teams/teams.ts';

/** A bot that keeps what it hears and answers what it is told to. */
export interface RecordingBot {
  heard: Array<Record<string, unknown>>;
  /** The JSON body of every following answer; undefined for an empty one. */
  answerWith(body: unknown): void;
  stop(): Promise<void>;
}

/** Starts the bot and connects it. */
export async function startRecordingBot(teams: TeamsSandbox): Promise<RecordingBot> {
  const heard: Array<Record<string, unknown>> = [];
  let answer: unknown;
  const server = await startServer({
    faults: createFaultPlan(),
    now: () => Date.now(),
    handle: (request) => {
      heard.push(JSON.parse(request.body) as Record<string, unknown>);
      return { status: 200, json: answer };
    },
  });
  teams.connect({ messagingUrl: `${server.url}/api/messages` });
  return {
    heard,
    answerWith: (body) => {
      answer = body;
    },
    stop: () => server.stop(),
  };
}
