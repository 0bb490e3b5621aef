import type { Json } from './state.ts';

/** A Web API refusal: becomes `{ ok: false, error: code, … }`. */
export class ApiError extends Error {
  readonly code: string;
  readonly extra: Json;

  constructor(code: string, extra: Json = {}) {
    super(code);
    this.name = 'ApiError';
    this.code = code;
    this.extra = extra;
  }
}

/** `invalid_blocks` with what is wrong where. */
export function invalidBlocks(problems: readonly string[]): ApiError {
  return new ApiError('invalid_blocks', { errors: [...problems], ...metadata(problems) });
}

/** `invalid_arguments` with what is wrong where. */
export function invalidArguments(problems: readonly string[]): ApiError {
  return new ApiError('invalid_arguments', metadata(problems));
}

function metadata(problems: readonly string[]): Json {
  return { response_metadata: { messages: problems.map((problem) => `[ERROR] ${problem}`) } };
}
