const LOOPBACK = /^(127\.0\.0\.1|localhost|\[::1\])$/;

/**
 * True when tokens may be sent to this service URL, and activities that name it are taken: its host is on the list
 * exactly, and it speaks https (plain http on loopback only).
 *
 * @param serviceHosts hosts with their port where they name one: `smba.trafficmanager.net`, `127.0.0.1:4001`
 */
export function isServiceUrl(text: string, serviceHosts: readonly string[]): boolean {
  const url = URL.parse(text);
  if (!url || url.username || url.password || url.search || url.hash) return false;
  const isSafe = url.protocol === 'https:' || (url.protocol === 'http:' && LOOPBACK.test(url.hostname));
  return isSafe && serviceHosts.includes(url.host);
}
