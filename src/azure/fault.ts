/** Which of Microsoft's services answered, or failed to. */
export type AzureApi = 'login' | 'arm' | 'graph';

const LONGEST_TEXT = 500;

/**
 * What a service said when it did not do what was asked; never leaves this room. Without `status` nobody answered, or
 * somebody who is not the service (a proxy's page). Texts are cut and hold no tokens.
 */
export class AzureFault extends Error {
  override readonly name = 'AzureFault';
  readonly api: AzureApi;
  readonly status: number | undefined;
  /** `RoleAssignmentExists`, `Request_ResourceNotFound`, `AADSTS700016`. */
  readonly code: string | undefined;
  /** How long the service asked us to wait, ms. */
  readonly retryAfterMs: number | undefined;

  constructor(
    api: AzureApi,
    message: string,
    facts: {
      status?: number | undefined;
      code?: string | undefined;
      retryAfterMs?: number | undefined;
      cause?: unknown;
    } = {},
  ) {
    super(message.slice(0, LONGEST_TEXT), facts.cause === undefined ? {} : { cause: facts.cause });
    this.api = api;
    this.status = facts.status;
    this.code = facts.code;
    this.retryAfterMs = facts.retryAfterMs;
  }
}

/** The code and message of an ARM or Graph error body; undefined when the text is not one. */
export function findErrorBody(text: string): { code: string; message: string } | undefined {
  const error = (parseObject(text)?.['error'] ?? undefined) as Record<string, unknown> | undefined;
  if (typeof error !== 'object' || typeof error['code'] !== 'string') return undefined;
  return { code: error['code'], message: typeof error['message'] === 'string' ? error['message'] : '' };
}

/** The JSON object in a text, or undefined. */
export function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const isObject = value !== null && typeof value === 'object' && !Array.isArray(value);
    return isObject ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

/**
 * The fault in an answer of ARM or Graph. An error without the service's own code came from somebody in between and
 * says nothing about the object asked for.
 */
export function faultOf(
  api: 'arm' | 'graph',
  answer: { status: number; text: string; retryAfterMs?: number | undefined },
): AzureFault {
  const error = findErrorBody(answer.text);
  const { retryAfterMs } = answer;
  if (error) {
    return new AzureFault(api, error.message, { status: answer.status, code: error.code, retryAfterMs });
  }
  const said = `answered ${answer.status} without an error of its own: ${answer.text.slice(0, 120)}`;
  const telling = answer.status === 429 || answer.status >= 500;
  return new AzureFault(api, said, { status: telling ? answer.status : undefined, retryAfterMs });
}
