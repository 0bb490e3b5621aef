import { readFile } from 'node:fs/promises';
import http from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { dirname, extname, join } from 'node:path';
import type { World } from '../world/world.ts';
import { BadAct, perform, type Act } from './acts.ts';
import { createScenes, type Scenes } from './scenes.ts';

/** The page where one person plays engineer and approver and watches the tenant. */
export interface Page {
  /** `http://127.0.0.1:port/` */
  url: string;
  stop(): Promise<void>;
}

const CLIENT = join(import.meta.dirname, 'client');
const CARDS = join(
  dirname(createRequire(import.meta.url).resolve('adaptivecards/package.json')),
  'dist/adaptivecards.min.js',
);
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};
const MOST_BYTES = 64 * 1024;

/** Nothing but what the page itself brings, and no other site may show it in a frame. */
const HEADERS = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
};

/** Somebody else listens on the port. The message is for the reader. */
export class PortTaken extends Error {
  constructor(port: number) {
    super(`Port ${port} is taken. Name another one with --port, or none for any free one.`);
  }
}

/**
 * Serves the page on loopback. Port 0, the default, takes a free one.
 *
 * @throws {PortTaken} when somebody else listens there
 */
export async function startPage(options: { world: World; port?: number }): Promise<Page> {
  let origin = '';
  const scenes = createScenes(options.world);
  const server = http.createServer((request, response) => {
    answer({ world: options.world, scenes, origin }, request, response).catch((error: unknown) => {
      const text = error instanceof Error ? error.message : String(error);
      if (!response.headersSent) send(response, { status: 500, json: { say: text } });
    });
  });
  await listen(server, options.port ?? 0).catch((error: unknown) => {
    scenes.stop();
    throw error;
  });
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url: `${origin}/`,
    stop: () =>
      new Promise<void>((resolve) => {
        scenes.stop();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function listen(server: http.Server, port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => {
      reject('code' in error && error.code === 'EADDRINUSE' ? new PortTaken(port) : error);
    });
    server.listen(port, '127.0.0.1', resolve);
  });
}

interface Serving {
  world: World;
  scenes: Scenes;
  origin: string;
}

async function answer(
  { world, scenes, origin }: Serving,
  request: http.IncomingMessage,
  response: http.ServerResponse,
): Promise<void> {
  if (!isOwn(request, origin)) return send(response, { status: 403, json: { say: 'Not from this page.' } });
  const path = (request.url ?? '/').replace(/\?.*$/s, '');
  if (request.method === 'POST' && path === '/act') {
    return send(response, await act(world, await readBody(request)));
  }
  if (request.method !== 'GET') return send(response, { status: 405, json: { say: 'Only GET.' } });
  if (path === '/events') return scenes.join(response);
  return serveFile(path, response);
}

/** Other sites, and names that were made to point here, get nothing. */
function isOwn(request: http.IncomingMessage, origin: string): boolean {
  const { port } = new URL(origin);
  const hosts = [`127.0.0.1:${port}`, `localhost:${port}`];
  const from = request.headers.origin;
  return (
    hosts.includes(request.headers.host ?? '') &&
    (from === undefined || hosts.some((host) => from === `http://${host}`))
  );
}

async function act(world: World, body: string): Promise<{ status: number; json: unknown }> {
  try {
    const asked: unknown = JSON.parse(body);
    if (typeof asked !== 'object' || asked === null) throw new BadAct('An act is an object.');
    return { status: 200, json: await perform(world, asked as Act) };
  } catch (error) {
    // The world says in words why a client would not let somebody do this.
    return { status: 400, json: { say: error instanceof Error ? error.message : String(error) } };
  }
}

async function serveFile(path: string, response: http.ServerResponse): Promise<void> {
  const name = path === '/' ? 'index.html' : path.slice(1);
  const file = name === 'adaptivecards.js' ? CARDS : join(CLIENT, name);
  const type = TYPES[extname(name)];
  const content =
    /^[\w-]+\.\w+$/.test(name) && type ? await readFile(file).catch(() => undefined) : undefined;
  if (!content || !type) return send(response, { status: 404, json: { say: 'There is no such page.' } });
  response.writeHead(200, { ...HEADERS, 'content-type': type });
  response.end(content);
}

function send(response: http.ServerResponse, { status, json }: { status: number; json: unknown }): void {
  response.writeHead(status, { ...HEADERS, 'content-type': 'application/json; charset=utf-8' });
  response.end(JSON.stringify(json));
}

async function readBody(request: http.IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += (chunk as Buffer).length;
    if (size > MOST_BYTES) throw new Error('That is too much.');
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks).toString('utf8');
}
