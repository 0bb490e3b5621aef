import { createHmac, timingSafeEqual } from 'node:crypto';

const MAX_SKEW_MS = 300_000;

/** One request as it came in. `body` is the raw bytes. */
export interface SignedRequest {
  timestamp: string | undefined;
  signature: string | undefined;
  body: Buffer;
}

/**
 * True when Slack signed these bytes within five minutes of `now`, past or future.
 * Source: https://docs.slack.dev/authentication/verifying-requests-from-slack
 *
 * @param now epoch ms
 */
export function isSignedBySlack(
  request: SignedRequest,
  { secret, now }: { secret: string; now: number },
): boolean {
  const { timestamp, signature, body } = request;
  if (!timestamp || !/^\d{1,12}$/.test(timestamp) || !signature || !/^v0=[0-9a-f]{64}$/.test(signature))
    return false;
  if (Math.abs(now - Number(timestamp) * 1000) > MAX_SKEW_MS) return false;
  const mac = createHmac('sha256', secret).update(`v0:${timestamp}:`).update(body).digest('hex');
  return timingSafeEqual(Buffer.from(`v0=${mac}`), Buffer.from(signature));
}
