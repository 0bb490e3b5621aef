import { createHmac } from 'node:crypto';

/**
 * Slack's request signature: `v0=` and the hex HMAC-SHA256 of `v0:<timestamp>:<raw body>`.
 *
 * `timestamp` is in epoch seconds. Source: https://docs.slack.dev/authentication/verifying-requests-from-slack
 */
export function signBody(signingSecret: string, timestamp: number | string, body: string): string {
  return `v0=${createHmac('sha256', signingSecret).update(`v0:${timestamp}:${body}`).digest('hex')}`;
}
