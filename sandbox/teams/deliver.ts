import { randomUUID } from 'node:crypto';
import { stringAt } from './model.ts';
import type { Activity, Delivery, World } from './model.ts';
import type { TokenIssuer, TokenOverrides } from './token-issuer.ts';

/** How long Teams waits for the answer to an invoke. */
const ANSWER_DEADLINE_MS = 15_000;

/** What is unusual about a delivery; without any of it the activity arrives exactly as Teams sends it. */
export interface DeliveryOptions {
  /** Changes to the token, or no token at all. */
  token?: TokenOverrides | 'none';
  /** Another Bot Framework channel, `directline` or `webchat`: validly signed, but the client chose `from`. */
  channelId?: string;
  /** A last change to the activity. The token still names the service URL of the original. */
  change?(activity: Activity): Activity;
}

/** Sends activities to the bot. */
export interface Deliverer {
  connect(bot: { messagingUrl: string }): void;
  /** @throws {Error} when no bot is connected. */
  deliver(activity: Activity, options?: DeliveryOptions): Promise<Delivery>;
}

/** Signs each activity and posts it to the connected bot, keeping what was sent and what came back. */
export function createDeliverer(world: World, issuer: TokenIssuer): Deliverer {
  let messagingUrl: string | undefined;
  return {
    connect: (bot) => {
      messagingUrl = bot.messagingUrl;
    },
    deliver: async (original, options = {}) => {
      if (!messagingUrl) throw new Error('No bot is connected: call connect({ messagingUrl }) first.');
      const channelId = options.channelId ?? 'msteams';
      const sent: Activity = { ...original, channelId };
      const activity = options.change ? options.change(structuredClone(sent)) : sent;
      const headers: Record<string, string> = { 'content-type': 'application/json; charset=utf-8' };
      if (options.token !== 'none') {
        const claims = {
          appId: world.appId,
          serviceUrl: stringAt(sent, 'serviceUrl') ?? world.url,
          channelId,
        };
        headers['authorization'] = `Bearer ${await issuer.sign(claims, options.token)}`;
      }
      const delivery: Delivery = {
        id: randomUUID(),
        at: world.clock.now(),
        activity: structuredClone(activity),
        status: 0,
        body: undefined,
      };
      world.deliveries.push(delivery);
      Object.assign(delivery, await post(messagingUrl, headers, JSON.stringify(activity)));
      world.changed();
      return delivery;
    },
  };
}

async function post(
  url: string,
  headers: Record<string, string>,
  body: string,
): Promise<{ status: number; body: unknown }> {
  try {
    const signal = AbortSignal.timeout(ANSWER_DEADLINE_MS);
    const response = await fetch(url, { method: 'POST', headers, body, signal });
    return { status: response.status, body: parse(await response.text()) };
  } catch (error) {
    return { status: 0, body: error instanceof Error ? error.message : String(error) };
  }
}

function parse(text: string): unknown {
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
