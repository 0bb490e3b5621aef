import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Log } from '../access/ports.ts';
import { isSignedBySlack } from './signature.ts';

const MAX_BODY_BYTES = 64 * 1024;
const REPLAY_MS = 600_000;
const TYPES = /^application\/(x-www-form-urlencoded|json)(;|$)/i;

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
 * directions, and no request twice. What passes goes to `next` with its bytes already read.
 */
export function createGate(deps: GateDeps, next: RequestListener): RequestListener {
  return (request, response) => {
    void admit(deps, request, response).then(
      (body) => {
        if (!body) return;
        // Bolt takes a request that was read already when its bytes are here.
        Object.assign(request, { rawBody: body });
        next(request, response);
      },
      (error: unknown) => {
        deps.log.warn('slack.gate.failed', { error: String(error) });
        refuse(response, 500);
      },
    );
  };
}

async function admit(
  deps: GateDeps,
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
    deps.log.warn('slack.gate.unsigned', { from: request.socket.remoteAddress });
    return refuse(response, 401);
  }
  // Slack's own retries are signed afresh; the same signature twice is a copy.
  const isFirst = await deps.firstTime(`slack-signature:${signature}`, REPLAY_MS).catch(() => true);
  return isFirst ? body : refuse(response, 200);
}

async function readBounded(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
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
