import { Misconfigured, NotFound, Unavailable } from '../access/errors.ts';
import type { Log } from '../access/ports.ts';
import { parseObject, stringAt } from './json.ts';
import type { JsonObject } from './json.ts';
import { isServiceUrl } from './service-url.ts';

const CALL_TIMEOUT_MS = 10_000;
const RETRY_MS = 5_000;
const BUSY_MS = 1_000;
const MAX_WAIT_MS = 300_000;
const MAX_ANSWER_BYTES = 256 * 1024;

/** What the client needs. */
export interface ConnectorDeps {
  /** A token for `https://api.botframework.com`. */
  botToken(): Promise<string>;
  /** Exact hosts a token may be sent to. */
  serviceHosts: readonly string[];
  log: Log;
  /** How long one call may take; ten seconds unless told otherwise. */
  timeoutMs?: number;
}

/** One call. `path` is below the service URL, already encoded, e.g. `v3/conversations`. */
export interface ConnectorCall {
  method: 'POST' | 'PUT';
  serviceUrl: string;
  path: string;
  body: object;
}

/**
 * Calls the Bot Connector once; nothing is ever tried again here, for a post that failed may have arrived.
 *
 * @throws {NotFound} 403 and 404: the place or the message is gone, or we were removed or blocked
 * @throws {Unavailable} anything that may go away by waiting: 429 and 412 (then nothing was posted), 5xx, no answer
 * @throws {Misconfigured} when the service URL is not on the list; no token is asked for then
 * @throws {Error} when Teams says that the message is wrong (400, 413)
 *
 * Source: https://learn.microsoft.com/azure/bot-service/rest-api/bot-framework-rest-connector-api-reference
 */
export type Connector = (call: ConnectorCall) => Promise<JsonObject>;

/** A client for the Bot Connector that knows which hosts may see a token. */
export function createConnector(deps: ConnectorDeps): Connector {
  return async (call) => {
    if (!isServiceUrl(call.serviceUrl, deps.serviceHosts)) {
      deps.log.error('teams.connector.foreignHost', { host: URL.parse(call.serviceUrl)?.host ?? 'none' });
      throw new Misconfigured(
        'Teams named a service host that is not on the list; nothing was sent to it.',
        'Add the host to TEAMS_SERVICE_HOSTS if it is one of Microsoft.',
      );
    }
    const token = await tokenOf(deps);
    const { status, headers, body } = await send(deps, call, token);
    const answer = body.length === 0 ? {} : parseObject(body);
    if (status >= 200 && status < 300) {
      // A proxy's page instead of an answer: nobody knows what became of the message.
      if (!answer) throw new Unavailable('Teams answered with something else than JSON.', RETRY_MS);
      return answer;
    }
    throw refusalOf({ status, retryAfter: headers.get('retry-after'), answer: answer ?? {} });
  };
}

async function tokenOf({ botToken }: ConnectorDeps): Promise<string> {
  try {
    return await botToken();
  } catch (error) {
    if (error instanceof Unavailable) throw error;
    throw new Unavailable('No token for the Bot Connector could be had.', RETRY_MS, { cause: error });
  }
}

async function send(
  deps: ConnectorDeps,
  { method, serviceUrl, path, body }: ConnectorCall,
  token: string,
): Promise<{ status: number; headers: Headers; body: Uint8Array }> {
  const base = serviceUrl.endsWith('/') ? serviceUrl : `${serviceUrl}/`;
  try {
    const response = await fetch(`${base}${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json; charset=utf-8' },
      body: JSON.stringify(body),
      redirect: 'error',
      signal: AbortSignal.timeout(deps.timeoutMs ?? CALL_TIMEOUT_MS),
    });
    return { status: response.status, headers: response.headers, body: await readBounded(response) };
  } catch (error) {
    throw new Unavailable('Teams did not answer.', RETRY_MS, { cause: error });
  }
}

async function readBounded(response: Response): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    size += chunk.length;
    if (size > MAX_ANSWER_BYTES) throw new RangeError('the answer is too long');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Refusals by status; the code is Teams' own word for it and is repeated only when it looks like one. */
function refusalOf(refused: { status: number; retryAfter: string | null; answer: JsonObject }): Error {
  const { status, retryAfter, answer } = refused;
  const said = stringAt(answer['error'], 'code');
  const code = said !== undefined && /^\w{1,60}$/.test(said) ? said : 'no code';
  const words = `Teams answered ${status} (${code}).`;
  if (status === 429 || status === 412) return new Unavailable(words, waitMs(retryAfter));
  if (status === 403 || status === 404) return new NotFound(words);
  if (status === 400 || status === 413) return new Error(words);
  return new Unavailable(words, RETRY_MS);
}

function waitMs(retryAfter: string | null): number {
  const seconds = Number(retryAfter ?? Number.NaN);
  return seconds > 0 ? Math.min(seconds * 1_000, MAX_WAIT_MS) : BUSY_MS;
}
