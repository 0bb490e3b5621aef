import type { PipelinePolicy, PipelineResponse } from '@azure/core-rest-pipeline';
import { isRestError } from '@azure/core-rest-pipeline';
import { findRetryAfterMs, pause, retryPauseMs } from './wire.ts';

/** What the policies around Microsoft's HTTP pipeline need. */
interface PipelineDeps {
  /** True for origins that may be spoken to (`https://management.azure.com`). */
  mayReach(origin: string): boolean;
  /** Sees every answer. */
  onAnswer(response: PipelineResponse, url: URL): void;
}

/** Options common to every client built on Microsoft's HTTP pipeline. */
export interface PipelineOptions {
  retryOptions: { maxRetries: 0 };
  redirectOptions: { maxRetries: 0 };
  tlsOptions?: { ca: string[] };
  additionalPolicies: Array<{ policy: PipelinePolicy; position: 'perRetry' }>;
}

/**
 * Replaces the pipeline's own retries, which sleep for as long as any `Retry-After` says, and its redirects, which
 * would carry a token elsewhere.
 */
export function pipelineOptions(deps: PipelineDeps, ca: string[] | undefined): PipelineOptions {
  return {
    retryOptions: { maxRetries: 0 },
    redirectOptions: { maxRetries: 0 },
    ...(ca && { tlsOptions: { ca } }),
    additionalPolicies: [
      { policy: briefRetries(), position: 'perRetry' },
      { policy: guard(deps), position: 'perRetry' },
    ],
  };
}

function briefRetries(): PipelinePolicy {
  return {
    name: 'latchkeyBriefRetries',
    sendRequest: async (request, next) => {
      for (let attempt = 0; ; attempt += 1) {
        let response: PipelineResponse | undefined;
        let failure: unknown;
        try {
          response = await next(request);
        } catch (error) {
          if (!isConnectionFailure(error)) throw error;
          failure = error;
        }
        const pauseMs =
          response && response.status < 400
            ? undefined
            : retryPauseMs({
                status: response?.status,
                retryAfterMs: response && findRetryAfterMs((name) => response.headers.get(name)),
                attempt,
              });
        if (pauseMs === undefined) {
          if (response) return response;
          throw failure;
        }
        await pause(pauseMs, request.abortSignal as AbortSignal | undefined);
      }
    },
  };
}

function isConnectionFailure(error: unknown): boolean {
  return isRestError(error) && error.response === undefined && error.code !== 'PARSE_ERROR';
}

function guard(deps: PipelineDeps): PipelinePolicy {
  return {
    name: 'latchkeyGuard',
    sendRequest: async (request, next) => {
      const url = new URL(request.url);
      // Next links name their own host; a token must not follow them anywhere.
      if (!deps.mayReach(url.origin)) throw new Error(`not sent: ${url.origin} is not one of our endpoints`);
      const response = await next(request);
      deps.onAnswer(response, url);
      return response;
    },
  };
}
