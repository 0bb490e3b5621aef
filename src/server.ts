import type { AddressInfo } from 'node:net';
import { createServer } from 'node:http';
import type { RequestListener, Server } from 'node:http';

/** How the house is doing, for a load balancer: `ready` is false while it must not get traffic. */
export interface Health {
  ready: boolean;
  /** Shown as JSON; ages in ms, never a secret. */
  detail: Readonly<Record<string, string | number | boolean>>;
}

/** Every door of the one server; a door that is absent answers 404. */
export interface Doors {
  slack?: RequestListener | undefined;
  teams?: RequestListener | undefined;
  health(): Promise<Health>;
}

/** A running server. */
export interface HouseServer {
  port: number;
  /** Takes no new connections, lets answers under way finish, then cuts what is left after `deadlineMs`. */
  stop(deadlineMs: number): Promise<void>;
}

/** Where Slack posts to. */
export const SLACK_PATH = '/slack/events';
/** Where the Bot Connector posts to. */
export const TEAMS_PATH = '/api/messages';

const HEADERS_MS = 5_000;
const REQUEST_MS = 10_000;
const KEEP_ALIVE_MS = 5_000;
/** Node looks for requests that take too long only this often; its own default is half a minute. */
const CHECK_MS = 1_000;
const MAX_HEADERS = 50;
const MAX_HEADER_BYTES = 8 * 1024;
const MAX_CONNECTIONS = 2_000;
const MAX_REQUESTS_PER_SOCKET = 1_000;
const SAFE_HEADERS = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
};

/** Listens on one port for both chats and for health checks; each path has its own gate behind it. */
export async function startServer(at: { port: number; host: string }, doors: Doors): Promise<HouseServer> {
  const server = createServer(
    {
      headersTimeout: HEADERS_MS,
      requestTimeout: REQUEST_MS,
      keepAliveTimeout: KEEP_ALIVE_MS,
      connectionsCheckingInterval: CHECK_MS,
      maxHeaderSize: MAX_HEADER_BYTES,
    },
    direct(doors),
  );
  server.maxHeadersCount = MAX_HEADERS;
  server.maxConnections = MAX_CONNECTIONS;
  server.maxRequestsPerSocket = MAX_REQUESTS_PER_SOCKET;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(at.port, at.host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  return { port: (server.address() as AddressInfo).port, stop: (deadlineMs) => close(server, deadlineMs) };
}

function direct(doors: Doors): RequestListener {
  const health = oneAtATime(() => doors.health());
  return (request, response) => {
    for (const [name, value] of Object.entries(SAFE_HEADERS)) response.setHeader(name, value);
    const path = request.url?.split('?')[0];
    if (path === SLACK_PATH && doors.slack) return doors.slack(request, response);
    if (path === TEAMS_PATH && doors.teams) return doors.teams(request, response);
    if (path === '/health' && request.method === 'GET') return answerHealth(health, response);
    response.writeHead(404).end();
  };
}

/** Anybody may ask for the health: however many do at once, it is looked up once. */
function oneAtATime(look: () => Promise<Health>): () => Promise<Health> {
  let looking: Promise<Health> | undefined;
  return () => (looking ??= look().finally(() => (looking = undefined)));
}

function answerHealth(health: () => Promise<Health>, response: Parameters<RequestListener>[1]): void {
  health().then(
    ({ ready, detail }) => {
      response.writeHead(ready ? 200 : 503, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ ready, ...detail }));
    },
    () => response.writeHead(503).end(),
  );
}

async function close(server: Server, deadlineMs: number): Promise<void> {
  const timer = setTimeout(() => server.closeAllConnections(), deadlineMs);
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
    server.closeIdleConnections();
  });
  clearTimeout(timer);
}
