import type { Context, Middleware } from '@microsoft/microsoft-graph-client';
import { Client, ResponseType, TelemetryHandler } from '@microsoft/microsoft-graph-client';
import { EnvHttpProxyAgent, fetch } from 'undici';
import type { Dispatcher } from 'undici';
import { AzureFault, faultOf, parseObject } from './fault.ts';
import type { Tokens } from './tokens.ts';
import { findRetryAfterMs, pause, retryPauseMs, withDeadline } from './wire.ts';

/** One Graph call. Path segments and query values are given raw; this room encodes them, since the client does not. */
export interface GraphAsk {
  tenantId: string;
  method: 'GET' | 'POST' | 'DELETE';
  /** `['users', '<object id>']` */
  path: readonly string[];
  query?: Readonly<Record<string, string>>;
  body?: Readonly<Record<string, unknown>>;
}

/** Microsoft Graph v1.0. Every call ends within 20 s. */
export interface Graph {
  /**
   * The JSON object answered; empty for 204.
   * @throws {AzureFault} for anything but a 2xx of Graph's own
   * @throws {Unavailable | Misconfigured} when no token can be had
   */
  call(ask: GraphAsk): Promise<Record<string, unknown>>;
  stop(): Promise<void>;
}

interface GraphDeps {
  endpoint: string;
  scope: string;
  tokens: Tokens;
  ca: string[] | undefined;
  observeDate(header: string | null): void;
  /** No call takes longer, retries included. Ms. */
  callDeadlineMs: number;
}

export function createGraph(deps: GraphDeps): Graph {
  const { origin, hostname } = new URL(deps.endpoint);
  const dispatcher = new EnvHttpProxyAgent(
    deps.ca ? { connect: { ca: deps.ca }, requestTls: { ca: deps.ca } } : {},
  );
  const client = Client.initWithMiddleware({
    baseUrl: `${origin}/`,
    defaultVersion: 'v1.0',
    customHosts: new Set([hostname]),
    middleware: [briefRetries(), new TelemetryHandler(), sender({ origin, dispatcher, deps })],
  });
  return {
    call: async (ask) => {
      // Asked before the request: the client would replace the reason of a failure by its name.
      const { token } = await deps.tokens.get({ tenantId: ask.tenantId, scope: deps.scope });
      try {
        return await guarded(deps.callDeadlineMs, (signal) => send(client, { ask, token, signal }));
      } catch (error) {
        const isRefused = error instanceof AzureFault && (error.status === 401 || error.status === 403);
        if (isRefused) deps.tokens.forget(ask.tenantId);
        throw error;
      }
    },
    stop: () => dispatcher.close(),
  };
}

async function guarded<T>(deadlineMs: number, run: (signal: AbortSignal) => Promise<T>): Promise<T> {
  try {
    return await withDeadline(deadlineMs, 'The call to Microsoft Graph', run);
  } catch (error) {
    if (error instanceof AzureFault) throw error;
    const said = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    throw new AzureFault('graph', said, { cause: error });
  }
}

async function send(
  client: Client,
  { ask, token, signal }: { ask: GraphAsk; token: string; signal: AbortSignal },
): Promise<Record<string, unknown>> {
  const request = client
    .api(pathOf(ask))
    .header('Authorization', `Bearer ${token}`)
    .option('signal', signal)
    .responseType(ResponseType.RAW);
  const response = (await (ask.method === 'GET'
    ? request.get()
    : ask.method === 'POST'
      ? request.post(ask.body ?? {})
      : request.delete())) as Response;
  const text = await response.text();
  const retryAfterMs = findRetryAfterMs((name) => response.headers.get(name));
  if (!response.ok) throw faultOf('graph', { status: response.status, text, retryAfterMs });
  if (response.status === 204) return {};
  const body = parseObject(text);
  if (!body)
    throw new AzureFault('graph', `answered ${response.status} with something that is not a JSON object`);
  return body;
}

/** The client sends paths and queries as they are: a raw `+`, `&` or `#` would arrive as something else. */
function pathOf({ path, query }: GraphAsk): string {
  const pairs = Object.entries(query ?? {}).map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
  return `/${path.map(encodeURIComponent).join('/')}${pairs.length > 0 ? `?${pairs.join('&')}` : ''}`;
}

/** The client's own retries sleep for up to three minutes and cannot be woken. */
function briefRetries(): Middleware {
  let next: Middleware | undefined;
  return {
    setNext: (following) => {
      next = following;
    },
    execute: async (context) => {
      for (let attempt = 0; ; attempt += 1) {
        const failure = await tryOnce(next, context);
        const { response } = context;
        if (!failure && response && response.status < 400) return;
        const pauseMs = retryPauseMs({
          status: failure ? undefined : response?.status,
          retryAfterMs: failure ? undefined : findRetryAfterMs((name) => response?.headers.get(name)),
          attempt,
        });
        const signal = context.options?.signal ?? undefined;
        if (pauseMs === undefined || signal?.aborted) {
          if (failure) throw failure.error;
          return;
        }
        await response?.body?.cancel();
        await pause(pauseMs, signal);
      }
    },
  };
}

async function tryOnce(
  next: Middleware | undefined,
  context: Context,
): Promise<{ error: unknown } | undefined> {
  delete context.response;
  try {
    await next?.execute(context);
    return undefined;
  } catch (error) {
    return { error };
  }
}

function sender({
  origin,
  dispatcher,
  deps,
}: {
  origin: string;
  dispatcher: Dispatcher;
  deps: GraphDeps;
}): Middleware {
  return {
    execute: async (context) => {
      const request = context.request as string | { url: string };
      const url = typeof request === 'string' ? request : request.url;
      if (new URL(url).origin !== origin) throw new Error(`not sent: ${url} is not our endpoint`);
      const init = { ...context.options, dispatcher, redirect: 'manual' };
      const response = await fetch(url, init as Parameters<typeof fetch>[1]);
      deps.observeDate(response.headers.get('date'));
      context.response = response as unknown as Response;
    },
  };
}
