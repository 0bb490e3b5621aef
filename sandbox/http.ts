import http from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import type { FaultPlan } from './faults.ts';

/** One request as a sandbox server sees it. `path` is the decoded pathname; `rawQuery` is exactly what was sent. */
export interface SandboxRequest {
  method: string;
  path: string;
  rawQuery: string;
  headers: http.IncomingHttpHeaders;
  /** The raw body. */
  body: string;
}

/** An answer: `json` is encoded, `text` is sent as is, neither means an empty body. */
export interface SandboxAnswer {
  status: number;
  headers?: Record<string, string>;
  json?: unknown;
  text?: string;
}

/** A line of the request log that every sandbox server keeps. Bodies are raw; `at` is epoch ms of the server's clock. */
export interface LoggedRequest extends SandboxRequest {
  at: number;
  status: number;
}

export interface SandboxServer {
  /** `http(s)://127.0.0.1:port` or `https://localhost:port`, no trailing slash. */
  url: string;
  port: number;
  requests: LoggedRequest[];
  server: http.Server;
  stop(): Promise<void>;
}

interface ServerOptions {
  handle(request: SandboxRequest): Promise<SandboxAnswer> | SandboxAnswer;
  faults: FaultPlan;
  now(): number;
  /** With a certificate the server speaks https and calls itself `localhost`. */
  tls?: { key: string; cert: string };
  /** Give every answer these headers (request ids, say). */
  decorate?(answer: SandboxAnswer, request: SandboxRequest): SandboxAnswer;
}

/** Starts a loopback server on a random port with a fault plan and a request log. */
export async function startServer(options: ServerOptions): Promise<SandboxServer> {
  const requests: LoggedRequest[] = [];
  const listener: http.RequestListener = (incoming, outgoing) => {
    void readBody(incoming).then(async (body) => {
      const [rawPath = '/', rawQuery = ''] = (incoming.url ?? '/').split(/\?(.*)/s);
      const request: SandboxRequest = {
        method: incoming.method ?? 'GET',
        path: decode(rawPath),
        rawQuery,
        headers: incoming.headers,
        body,
      };
      const logged: LoggedRequest = { ...request, at: options.now(), status: 0 };
      requests.push(logged);
      logged.status = await serve(request, incoming, outgoing, options);
    });
  };
  const server = options.tls ? https.createServer(options.tls, listener) : http.createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: options.tls ? `https://localhost:${port}` : `http://127.0.0.1:${port}`,
    port,
    requests,
    server,
    stop: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function serve(
  request: SandboxRequest,
  incoming: http.IncomingMessage,
  outgoing: http.ServerResponse,
  options: ServerOptions,
): Promise<number> {
  const fault = options.faults.take(request.method, request.path);
  if (fault?.kind === 'reset') return cut(incoming);
  if (fault?.kind === 'hang') return 0;
  if (fault?.kind === 'answer') {
    return write(outgoing, {
      status: fault.status,
      ...(fault.headers && { headers: fault.headers }),
      ...(typeof fault.body === 'string' ? { text: fault.body } : { json: fault.body }),
    });
  }
  if (fault?.kind === 'delay') await new Promise((resolve) => setTimeout(resolve, fault.ms));
  const answer = await answerOf(request, options);
  if (fault?.kind === 'loseAnswer') return cut(incoming);
  if (fault?.kind === 'html') {
    return write(outgoing, {
      status: 200,
      headers: { 'content-type': 'text/html' },
      text: '<html><body>proxy</body></html>',
    });
  }
  return write(outgoing, options.decorate ? options.decorate(answer, request) : answer);
}

async function answerOf(request: SandboxRequest, options: ServerOptions): Promise<SandboxAnswer> {
  try {
    return await options.handle(request);
  } catch (error) {
    return { status: 500, text: `sandbox defect: ${error instanceof Error ? error.stack : String(error)}` };
  }
}

function cut(incoming: http.IncomingMessage): number {
  incoming.socket.destroy();
  return 0;
}

function write(outgoing: http.ServerResponse, answer: SandboxAnswer): number {
  const body = answer.json === undefined ? (answer.text ?? '') : JSON.stringify(answer.json);
  outgoing.writeHead(answer.status, {
    ...(answer.json !== undefined && { 'content-type': 'application/json; charset=utf-8' }),
    ...(answer.status !== 204 && { 'content-length': String(Buffer.byteLength(body)) }),
    ...answer.headers,
  });
  outgoing.end(answer.status === 204 ? undefined : body);
  return answer.status;
}

function decode(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

async function readBody(incoming: http.IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
