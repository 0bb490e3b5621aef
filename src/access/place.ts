/**
 * Where a card can be shown: a channel, or one person's private chat with us, on one platform.
 * Slack ids look like `T0123ABCD`, `C0123ABCD`, `U0123ABCD`; Teams team and channel ids like `19:…@thread.tacv2`,
 * Teams tenants and people are Entra GUIDs.
 */
export type Place =
  | { platform: 'slack'; teamId: string; channelId: string }
  | { platform: 'slack'; teamId: string; userId: string }
  | { platform: 'teams'; tenantId: string; teamId: string; channelId: string }
  | { platform: 'teams'; tenantId: string; userId: string };

/** The platforms a place can be on. */
export type Platform = Place['platform'];

/** One string per place, for keys and for comparing: `slack:T1:C1`, `teams:<tenant>:@<user>`. */
export function placeKey(place: Place): string {
  const house = place.platform === 'slack' ? place.teamId : place.tenantId.toLowerCase();
  const room = 'userId' in place ? `@${place.userId}` : place.channelId;
  return `${place.platform}:${house}:${room}`;
}

/** True when both are the same channel or the same private chat. */
export function samePlace(a: Place, b: Place): boolean {
  return placeKey(a) === placeKey(b);
}
