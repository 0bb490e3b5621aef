import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Log } from '../access/ports.ts';
import { isSignedBySlack } from './signature.ts';

const MAX_BODY_BYTES = 64 * 1024;
const REPLAY_MS = 600_000;
const TYPES = /^application\/(x-www-form-urlencoded|json)(;|$)/i;
const REFUSAL_LINE_MS = 1_000;

/** What the gate needs to know. */
export interface GateDeps {
  signingSecret: string;
  now(): number;
  /** True the first time a key is seen within the time given. */
  firstTime(key: string, ttlMs: number): Promise<boolean>;
  log: Log;
}

/**
 * In front of everything Slack sends over HTTP: size, type, signature over the raw bytes with a clock check in both
 * directions, an object inside, and no request twice. What passes goes to `next` with its bytes already read.
 */
export function createGate(deps: GateDeps, next: RequestListener): RequestListener {
  const gate = { ...deps, onUnsigned: createUnsignedLog(deps) };
  const pass = async (...[request, response]: Parameters<RequestListener>): Promise<void> => {
    const body = await admit(gate, request, response);
    if (!body) return;
    // Bolt takes a request that was read already when its bytes are here.
    Object.assign(request, { rawBody: body });
    next(request, response);
  };
  return (request, response) => {
    pass(request, response).catch((error: unknown) => {
      deps.log.warn('slack.gate.failed', { error: error instanceof Error ? error.message : typeof error });
      if (!response.headersSent) refuse(response, 500);
    });
  };
}

/** At most one line a second: a flood of forged requests is no flood of lines. */
function createUnsignedLog({ log, now }: GateDeps): (from: string | undefined) => void {
  let nextAt = 0;
  let unsaid = 0;
  return (from) => {
    unsaid += 1;
    if (now() < nextAt) return;
    log.warn('slack.gate.unsigned', { from, unsaid: unsaid - 1 });
    nextAt = now() + REFUSAL_LINE_MS;
    unsaid = 0;
  };
}

async function admit(
  deps: GateDeps & { onUnsigned: ReturnType<typeof createUnsignedLog> },
  request: IncomingMessage,
  response: ServerResponse,
): Promise<Buffer | undefined> {
  if (request.method !== 'POST') return refuse(response, 405);
  if (!TYPES.test(request.headers['content-type'] ?? '') || request.headers['content-encoding']) {
    return refuse(response, 415);
  }
  const body = await readBounded(request);
  if (!body) return refuse(response, 413);
  const signature = header(request, 'x-slack-signature');
  const signed = { timestamp: header(request, 'x-slack-request-timestamp'), signature, body };
  if (!isSignedBySlack(signed, { secret: deps.signingSecret, now: deps.now() })) {
    deps.onUnsigned(request.socket.remoteAddress);
    return refuse(response, 401);
  }
  // Bolt fails on `null` where nobody catches it, which would end the process.
  if (!holdsObject(body, request.headers['content-type'] ?? '')) return refuse(response, 400);
  // Slack's own retries are signed afresh; the same signature twice is a copy.
  const isFirst = await deps.firstTime(`slack-signature:${signature}`, REPLAY_MS).catch(() => true);
  return isFirst ? body : refuse(response, 200);
}

/** True when what Bolt parses is an object: the JSON itself, or the `payload` of a form that has one. */
function holdsObject(body: Buffer, type: string): boolean {
  const text = body.toString('utf8');
  if (/^application\/json/i.test(type)) return isObject(text);
  return new URLSearchParams(text).getAll('payload').every(isObject);
}

function isObject(json: string): boolean {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
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

function header(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === 'string' ? value : undefined;
}

function refuse(response: ServerResponse, status: number): undefined {
  response.writeHead(status, { 'cache-control': 'no-store', ...(status === 413 && { connection: 'close' }) });
  response.end();
  return undefined;
}
