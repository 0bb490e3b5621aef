import type { Arguments } from './arguments.ts';
import type { Tier } from './rate-limit.ts';
import type { Installation, Json, SlackState } from './state.ts';

/** One authenticated call of a Web API method. */
export interface ApiCall {
  state: SlackState;
  args: Arguments;
  installation: Installation;
  /** The sandbox's own address, `http://127.0.0.1:port`. */
  url: string;
}

/** A Web API method: what it needs and what it does. `run` answers the fields beside `ok`. */
export interface ApiMethod {
  tier: Tier;
  /** The bot scope it needs; a function where that depends on the channel. */
  scope?: string | ((call: ApiCall) => string | undefined);
  /** Which channel's one-per-second limit applies. */
  channel?(call: ApiCall): string | undefined;
  run(call: ApiCall): Json;
}
