import { randomUUID } from 'node:crypto';
import type { SandboxAnswer, SandboxRequest } from '../http.ts';

/** A refusal, in the vendor's own words; the router of the API gives it that API's shape. */
export class Refusal extends Error {
  readonly status: number;
  readonly code: string;
  readonly headers: Record<string, string>;
  readonly details: Array<{ code: string; message: string; target: string | null }> | undefined;

  constructor(
    status: number,
    code: string,
    message: string,
    more: {
      headers?: Record<string, string>;
      details?: Array<{ code: string; message: string; target: string | null }>;
    } = {},
  ) {
    super(message);
    this.name = 'Refusal';
    this.status = status;
    this.code = code;
    this.headers = more.headers ?? {};
    this.details = more.details;
  }
}

/** A refusal of the token endpoint, by its AADSTS number. */
export class LoginRefusal extends Error {
  readonly status: number;
  readonly error: string;
  readonly number: number;

  constructor(status: number, error: string, number: number, message: string) {
    super(message);
    this.name = 'LoginRefusal';
    this.status = status;
    this.error = error;
    this.number = number;
  }
}

/** The directory's 404; also what a replica says of an object it has not seen yet. */
export function notFoundInDirectory(id: string): Refusal {
  const message = `Resource '${id}' does not exist or one of its queried reference-property objects are not present.`;
  return new Refusal(404, 'Request_ResourceNotFound', message);
}

/** Graph's 403 for a missing permission. */
export function insufficientPrivileges(): Refusal {
  return new Refusal(
    403,
    'Authorization_RequestDenied',
    'Insufficient privileges to complete the operation.',
  );
}

const GRAPH_JSON =
  'application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8';

/** Gives a Graph answer its headers and a refusal its body. */
export function shapeGraph(
  outcome: SandboxAnswer | Refusal,
  request: SandboxRequest,
  nowMs: number,
): SandboxAnswer {
  const requestId = randomUUID();
  const clientRequestId = String(request.headers['client-request-id'] ?? requestId);
  const common = {
    'cache-control': 'no-cache',
    'strict-transport-security': 'max-age=31536000',
    'request-id': requestId,
    'client-request-id': clientRequestId,
    'x-ms-ags-diagnostic': JSON.stringify({
      ServerInfo: {
        DataCenter: 'West Europe',
        Slice: 'E',
        Ring: '5',
        ScaleUnit: '001',
        RoleInstance: 'SIM00000001',
      },
    }),
    date: new Date(nowMs).toUTCString(),
  };
  if (!(outcome instanceof Refusal)) {
    const json = outcome.json !== undefined && { 'content-type': GRAPH_JSON, 'odata-version': '4.0' };
    return { ...outcome, headers: { ...common, ...json, ...outcome.headers } };
  }
  return {
    status: outcome.status,
    headers: { ...common, 'content-type': 'application/json', ...outcome.headers },
    json: {
      error: {
        code: outcome.code,
        message: outcome.message,
        ...(outcome.details && { details: outcome.details }),
        innerError: {
          date: new Date(nowMs).toISOString().slice(0, 19),
          'request-id': requestId,
          'client-request-id': clientRequestId,
        },
      },
    },
  };
}

/** Gives an ARM answer its headers and a refusal its body. */
export function shapeArm(
  outcome: SandboxAnswer | Refusal,
  request: SandboxRequest,
  nowMs: number,
): SandboxAnswer {
  const requestId = randomUUID();
  const correlationId = String(request.headers['x-ms-correlation-request-id'] ?? randomUUID());
  const stamp = new Date(nowMs).toISOString().replaceAll(/[-:]|\.\d+/g, '');
  const common = {
    'cache-control': 'no-cache',
    pragma: 'no-cache',
    expires: '-1',
    'x-ms-request-id': requestId,
    'x-ms-correlation-request-id': correlationId,
    'x-ms-routing-request-id': `WESTEUROPE:${stamp}:${correlationId}`,
    'strict-transport-security': 'max-age=31536000; includeSubDomains',
    'x-content-type-options': 'nosniff',
    date: new Date(nowMs).toUTCString(),
  };
  const body =
    outcome instanceof Refusal ? { error: { code: outcome.code, message: outcome.message } } : outcome.json;
  return {
    status: outcome.status,
    ...(body !== undefined && { json: body }),
    headers: {
      ...common,
      ...(body !== undefined && { 'content-type': 'application/json; charset=utf-8' }),
      ...outcome.headers,
    },
  };
}

/** ARM's instants carry seven decimals. */
export function armInstant(atMs: number): string {
  return new Date(atMs).toISOString().replace('Z', '0000Z');
}

/** Graph's instants carry none. */
export function graphInstant(atMs: number): string {
  return `${new Date(atMs).toISOString().slice(0, 19)}Z`;
}

/** The JSON object in a request's body. @throws {Refusal} 400 when it is none */
export function bodyObject(text: string): Record<string, unknown> {
  if (text.trim() === '') return {};
  try {
    const value: unknown = JSON.parse(text);
    if (value !== null && typeof value === 'object' && !Array.isArray(value))
      return value as Record<string, unknown>;
  } catch {
    // Falls through to the refusal: what is not JSON and what is not an object are refused alike.
  }
  throw new Refusal(
    400,
    'BadRequest',
    'Unable to read JSON request payload. Please ensure Content-Type header is set and payload is of valid JSON format.',
  );
}
