import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Activity } from 'botbuilder';
import type { AuthenticateRequestResult } from 'botframework-connector';
import type { Log } from '../access/ports.ts';
import { looksLikeBearer } from './authentication.ts';
import type { TeamsOnlyAuthentication } from './authentication.ts';
import { listAt, parseObject, stringAt } from './json.ts';
import type { JsonObject } from './json.ts';

const MAX_BODY_BYTES = 256 * 1024;
const REFUSAL_LINE_MS = 1_000;
const JSON_TYPE = /^application\/json(\s*;|$)/i;

/** What the gate needs to know. */
export interface GateDeps {
  authentication: TeamsOnlyAuthentication;
  /** Hears of every token that was not let in. */
  onRefused(reason: string): void;
}

/**
 * Writes at most one line a second for each kind of reason (its first word), so that a flood of bad tokens is no flood of
 * lines, and hides nothing else.
 */
export function createRefusalLog({ log, now }: { log: Log; now(): number }): GateDeps['onRefused'] {
  const kinds = new Map<string, { nextAt: number; unsaid: number }>();
  return (reason) => {
    const kind = /^\w{0,20}/.exec(reason)?.[0] ?? '';
    const { nextAt, unsaid } = kinds.get(kind) ?? { nextAt: 0, unsaid: 0 };
    if (now() < nextAt) return void kinds.set(kind, { nextAt, unsaid: unsaid + 1 });
    log.warn('teams.gate.refused', { reason, unsaid });
    kinds.set(kind, { nextAt: now() + REFUSAL_LINE_MS, unsaid: 0 });
  };
}

/** An activity that Teams sent to us, for sure. */
export interface Admitted {
  activity: JsonObject;
  authenticated: AuthenticateRequestResult;
}

/**
 * In front of everything Teams sends: the shape of the token, the type, the size counted while reading, JSON, the token
 * itself, and the parts every activity has. What is not let in is answered here, without a word.
 */
export async function admit(
  deps: GateDeps,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<Admitted | undefined> {
  if (request.method !== 'POST') return refuse(response, 405);
  const header = request.headers.authorization;
  if (!looksLikeBearer(header)) return refuse(response, 401);
  if (!JSON_TYPE.test(request.headers['content-type'] ?? '') || request.headers['content-encoding']) {
    return refuse(response, 415);
  }
  const body = await readBounded(request);
  if (!body) return refuse(response, 413);
  const activity = parseObject(body);
  if (!activity) return refuse(response, 400);
  const authenticated = await authenticate(deps, activity, header);
  if (!authenticated) return refuse(response, 401);
  return isWhole(activity) ? { activity, authenticated } : refuse(response, 400);
}

async function authenticate(
  { authentication, onRefused }: GateDeps,
  activity: JsonObject,
  header: string,
): Promise<AuthenticateRequestResult | undefined> {
  try {
    return await authentication.authenticateRequest(activity as unknown as Activity, header);
  } catch (error) {
    onRefused(error instanceof Error ? clean(error.message) : 'unknown');
    return undefined;
  }
}

/** The SDK's messages may repeat what the sender wrote. */
function clean(message: string): string {
  return message.replace(/[^\w .:-]/g, '?').slice(0, 120);
}

/** The parts the SDK takes for granted. Buffered replies are not offered: they would show private answers. */
function isWhole(activity: JsonObject): boolean {
  const entities = activity['entities'];
  return (
    stringAt(activity, 'type') !== undefined &&
    stringAt(activity, 'id') !== undefined &&
    stringAt(activity['conversation'], 'id') !== undefined &&
    stringAt(activity['from'], 'id') !== undefined &&
    (entities === undefined || Array.isArray(entities)) &&
    listAt(activity, 'entities').every((entity) => stringAt(entity, 'type') !== undefined) &&
    (activity['text'] === undefined || activity['text'] === null || typeof activity['text'] === 'string') &&
    (activity['deliveryMode'] === undefined || activity['deliveryMode'] === 'normal')
  );
}

async function readBounded(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  // The answer still has to go out on this connection when the body is too long.
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    size += (chunk as Buffer).length;
    if (size > MAX_BODY_BYTES) return undefined;
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks);
}

function refuse(response: ServerResponse, status: number): undefined {
  response.writeHead(status, { 'cache-control': 'no-store', ...(status !== 401 && { connection: 'close' }) });
  response.end();
  return undefined;
}
