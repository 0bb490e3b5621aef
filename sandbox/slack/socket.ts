import { randomUUID } from 'node:crypto';
import type http from 'node:http';
import { WebSocketServer, type WebSocket } from 'ws';
import { isObject } from './limits.ts';
import type { Json } from './state.ts';

/** Slack's words for why a connection goes away. */
export type DisconnectReason = 'warning' | 'refresh_requested' | 'link_disabled';

/** What goes over the wire for one delivery. */
export interface Envelope {
  envelope_id: string;
  type: 'slash_commands' | 'interactive' | 'events_api';
  accepts_response_payload: boolean;
  payload: Json;
  retry_attempt?: number;
  retry_reason?: string;
}

/** What became of an envelope: the app's payload, no answer in time, or nobody to send it to. */
export type SocketOutcome = { kind: 'acked'; payload: Json } | { kind: 'timedOut' } | { kind: 'unreachable' };

/** A connection told to go is closed after this. */
const GRACE_MS = 10_000;
/** The client gives up when it hears no ping for 30 s. */
const PING_MS = 5000;

/** The Socket Mode side. Source: https://docs.slack.dev/apis/events-api/using-socket-mode */
export interface SocketServer {
  /** A websocket address with a single-use ticket. */
  issueUrl(port: number): string;
  /** How many connections have said hello. */
  connections(): number;
  send(envelope: Envelope, timeoutMs: number): Promise<SocketOutcome>;
  /** Announces a disconnect to every connection, then closes it. */
  disconnect(reason: DisconnectReason): void;
  /** Cuts every connection without a word. */
  cut(): void;
  stop(): void;
}

interface SocketDeps {
  server: http.Server;
  appId: string;
  /** Called when a connection came or went. */
  changed(): void;
}

/** Serves `/link/` on the sandbox's own port. */
export function createSocketServer(deps: SocketDeps): SocketServer {
  const tickets = new Set<string>();
  const waiting: Waiting = new Map();
  const wss = new WebSocketServer({ noServer: true });
  const connections = createConnections(deps, waiting);
  let turn = 0;

  deps.server.on('upgrade', (request, socket, head) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://127.0.0.1');
    const ticket = searchParams.get('ticket') ?? '';
    if (!pathname.startsWith('/link') || !tickets.delete(ticket)) {
      socket.end('HTTP/1.1 401 Unauthorized\r\nconnection: close\r\n\r\n');
      return;
    }
    wss.handleUpgrade(request, socket, head, connections.welcome);
  });

  return {
    issueUrl: (port) => {
      const ticket = randomUUID();
      tickets.add(ticket);
      return `ws://127.0.0.1:${port}/link/?ticket=${ticket}&app_id=${deps.appId}`;
    },
    connections: () => connections.open.length,
    send: (envelope, timeoutMs) => {
      turn += 1;
      const ws = connections.open[turn % Math.max(1, connections.open.length)];
      return ws ? sendOver(ws, envelope, { timeoutMs, waiting }) : Promise.resolve({ kind: 'unreachable' });
    },
    disconnect: (reason) => {
      for (const ws of [...connections.open]) {
        ws.send(JSON.stringify({ type: 'disconnect', reason, debug_info: { host: 'applink-00' } }));
        connections.leave(ws);
        setTimeout(() => ws.close(), GRACE_MS).unref();
      }
    },
    cut: () => {
      for (const ws of [...connections.open]) ws.terminate();
    },
    stop: () => {
      for (const ws of wss.clients) ws.terminate();
      wss.close();
    },
  };
}

type Waiting = Map<string, (outcome: SocketOutcome) => void>;

/** The connections that may be sent to; those told to go have left already. */
function createConnections(deps: SocketDeps, waiting: Waiting) {
  const open: WebSocket[] = [];
  const leave = (ws: WebSocket): void => {
    const index = open.indexOf(ws);
    if (index >= 0) open.splice(index, 1);
  };
  const welcome = (ws: WebSocket): void => {
    open.push(ws);
    const pings = setInterval(() => ws.ping(), PING_MS);
    pings.unref();
    ws.on('message', (data) => settle(readAck(String(data)), waiting));
    ws.on('error', () => ws.terminate());
    ws.on('close', () => {
      clearInterval(pings);
      leave(ws);
      deps.changed();
    });
    ws.send(JSON.stringify(hello(deps.appId, open.length)));
    deps.changed();
  };
  return { open, leave, welcome };
}

function sendOver(
  ws: WebSocket,
  envelope: Envelope,
  wait: { timeoutMs: number; waiting: Waiting },
): Promise<SocketOutcome> {
  return new Promise((resolve) => {
    const done = (outcome: SocketOutcome): void => {
      clearTimeout(timer);
      ws.off('close', lost);
      wait.waiting.delete(envelope.envelope_id);
      resolve(outcome);
    };
    const lost = (): void => done({ kind: 'timedOut' });
    const timer = setTimeout(lost, wait.timeoutMs);
    wait.waiting.set(envelope.envelope_id, done);
    ws.once('close', lost);
    ws.send(JSON.stringify(envelope));
  });
}

function settle(ack: Json | undefined, waiting: Waiting): void {
  const payload = ack?.['payload'];
  waiting.get(String(ack?.['envelope_id']))?.({ kind: 'acked', payload: isObject(payload) ? payload : {} });
}

function readAck(data: string): Json | undefined {
  try {
    const value: unknown = JSON.parse(data);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function hello(appId: string, connections: number): Json {
  return {
    type: 'hello',
    num_connections: connections,
    debug_info: { host: 'applink-00', build_number: 1, approximate_connection_time: 18060 },
    connection_info: { app_id: appId },
  };
}
