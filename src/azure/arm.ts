import { AuthorizationManagementClient } from '@azure/arm-authorization';
import type { PipelineResponse } from '@azure/core-rest-pipeline';
import { createHttpHeaders, createPipelineRequest, isRestError } from '@azure/core-rest-pipeline';
import { Misconfigured, Unavailable } from '../access/errors.ts';
import { AzureFault, faultOf, parseObject } from './fault.ts';
import { pipelineOptions } from './pipeline.ts';
import type { Tokens } from './tokens.ts';
import { findRetryAfterMs, withDeadline } from './wire.ts';

/** A call of the authorization client, with the options every operation must be given. */
export type ArmCall<T> = (
  client: AuthorizationManagementClient,
  options: {
    abortSignal: AbortSignal;
    requestOptions: { customHeaders: Record<string, string> };
    onResponse(response: { status: number }): void;
  },
) => Promise<T>;

/** A plain read that the authorization client has no method for. `path` is encoded, without a leading slash. */
export interface ArmRead {
  path: string;
  apiVersion: string;
  filter?: string;
}

/** Azure Resource Manager, one client per tenant. Every call ends within 20 s. @throws {AzureFault} whatever goes wrong */
export interface Arm {
  run<T>(
    ask: { tenantId: string; correlationId?: string },
    call: ArmCall<T>,
  ): Promise<T & { httpStatus: number }>;
  list<T>(
    tenantId: string,
    pages: (client: AuthorizationManagementClient, options: { abortSignal: AbortSignal }) => AsyncIterable<T>,
  ): Promise<T[]>;
  read(tenantId: string, read: ArmRead): Promise<Record<string, unknown>>;
  readAll(tenantId: string, read: ArmRead): Promise<Array<Record<string, unknown>>>;
}

interface ArmDeps {
  endpoint: string;
  scope: string;
  tokens: Tokens;
  ca: string[] | undefined;
  observeDate(header: string | undefined): void;
  /** No call takes longer, retries included. Ms. */
  callDeadlineMs: number;
}

/** More pages than any list of this room can have. */
const MOST_PAGES = 100;

export function createArm(deps: ArmDeps): Arm {
  const { origin } = new URL(deps.endpoint);
  const clients = new Map<string, AuthorizationManagementClient>();
  const clientFor = (tenantId: string) => {
    const known = clients.get(tenantId) ?? buildClient(deps, tenantId, origin);
    clients.set(tenantId, known);
    return known;
  };
  return {
    run: async ({ tenantId, correlationId }, call) => {
      let httpStatus = 0;
      const result = await guarded(deps.callDeadlineMs, (abortSignal) =>
        call(clientFor(tenantId), {
          abortSignal,
          requestOptions: {
            customHeaders: correlationId ? { 'x-ms-correlation-request-id': correlationId } : {},
          },
          onResponse: (response) => {
            httpStatus = response.status;
          },
        }),
      );
      return { ...result, httpStatus };
    },
    list: (tenantId, pages) =>
      guarded(deps.callDeadlineMs, (abortSignal) => collect(pages(clientFor(tenantId), { abortSignal }))),
    read: (tenantId, ask) =>
      guarded(deps.callDeadlineMs, (signal) => fetchObject(clientFor(tenantId), urlOf(deps, ask), signal)),
    readAll: (tenantId, ask) =>
      guarded(deps.callDeadlineMs, (signal) => fetchPages(clientFor(tenantId), urlOf(deps, ask), signal)),
  };
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

function buildClient(deps: ArmDeps, tenantId: string, origin: string): AuthorizationManagementClient {
  const options = pipelineOptions(
    {
      mayReach: (asked) => asked === origin,
      onAnswer: (response) => deps.observeDate(response.headers.get('date')),
    },
    deps.ca,
  );
  // The client wants a subscription for methods that this room does not use.
  return new AuthorizationManagementClient(deps.tokens.credentialFor(tenantId, deps.scope), '-', {
    ...options,
    endpoint: origin,
    credentialScopes: deps.scope,
  });
}

function urlOf(deps: ArmDeps, { path, apiVersion, filter }: ArmRead): string {
  const query = new URLSearchParams({ 'api-version': apiVersion, ...(filter && { $filter: filter }) });
  return `${new URL(deps.endpoint).origin}/${path}?${query.toString()}`;
}

async function guarded<T>(deadlineMs: number, run: (signal: AbortSignal) => Promise<T>): Promise<T> {
  try {
    return await withDeadline(deadlineMs, 'The call to Azure Resource Manager', run);
  } catch (error) {
    throw faultFrom(error);
  }
}

function faultFrom(error: unknown): unknown {
  const isOurs =
    error instanceof Unavailable || error instanceof Misconfigured || error instanceof AzureFault;
  if (isOurs) return error;
  if (isRestError(error) && error.response) return faultIn(error.response);
  const said = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return new AzureFault('arm', said, { cause: error });
}

function faultIn(response: PipelineResponse): AzureFault {
  return faultOf('arm', {
    status: response.status,
    text: response.bodyAsText ?? '',
    retryAfterMs: findRetryAfterMs((name) => response.headers.get(name)),
  });
}

async function fetchObject(
  client: AuthorizationManagementClient,
  url: string,
  abortSignal: AbortSignal,
): Promise<Record<string, unknown>> {
  const headers = createHttpHeaders({ accept: 'application/json' });
  const response = await client.sendRequest(createPipelineRequest({ url, headers, abortSignal }));
  if (response.status !== 200) throw faultIn(response);
  const body = parseObject(response.bodyAsText ?? '');
  if (!body) throw new AzureFault('arm', 'answered 200 with something that is not a JSON object');
  return body;
}

async function fetchPages(
  client: AuthorizationManagementClient,
  firstUrl: string,
  signal: AbortSignal,
): Promise<Array<Record<string, unknown>>> {
  const items: Array<Record<string, unknown>> = [];
  let url: string | undefined = firstUrl;
  for (let page = 0; url !== undefined && page < MOST_PAGES; page += 1) {
    const body: Record<string, unknown> = await fetchObject(client, url, signal);
    if (!Array.isArray(body['value'])) throw new AzureFault('arm', 'answered a list without a value');
    items.push(...(body['value'] as Array<Record<string, unknown>>));
    url = typeof body['nextLink'] === 'string' && body['nextLink'] !== '' ? body['nextLink'] : undefined;
  }
  return items;
}
