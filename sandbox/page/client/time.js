const zone = undefined; // the reader's own

/** `14:32` in the reader's zone; `at` in epoch ms. */
export function clock(at) {
  return new Date(at).toLocaleTimeString(zone, { hour: '2-digit', minute: '2-digit' });
}

/** `14:32:07`. */
export function clockSeconds(at) {
  return new Date(at).toLocaleTimeString(zone, { hour: '2-digit', minute: '2-digit', second: '2-digit' });
}

/** `1:59:03`, `29:59`, `0:07`: what is left, in ms. */
export function countdown(ms) {
  const seconds = Math.max(0, Math.ceil(ms / 1000));
  const pad = (number) => String(number).padStart(2, '0');
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  return hours > 0 ? `${hours}:${pad(minutes)}:${pad(seconds % 60)}` : `${minutes}:${pad(seconds % 60)}`;
}

const DAY = { weekday: 'long', month: 'long', day: 'numeric', year: 'numeric' };
const TOKENS = {
  date: (date) => date.toLocaleDateString(zone, { month: 'long', day: 'numeric', year: 'numeric' }),
  date_num: (date) => date.toLocaleDateString(zone),
  date_slash: (date) => date.toLocaleDateString(zone),
  date_short: (date) => date.toLocaleDateString(zone, { month: 'short', day: 'numeric', year: 'numeric' }),
  date_long: (date) => date.toLocaleDateString(zone, DAY),
  date_pretty: (date) => near(date) ?? TOKENS.date(date),
  date_short_pretty: (date) => near(date) ?? TOKENS.date_short(date),
  date_long_pretty: (date) => near(date) ?? TOKENS.date_long(date),
  time: (date) => clock(date.getTime()),
  time_secs: (date) => clockSeconds(date.getTime()),
  ago: (date) => ago(date),
};

/** Slack's date formatting: `{date_short_pretty} {time}`. `timestamp` in seconds. */
export function slackDate(timestamp, format, fallback) {
  const date = new Date(Number(timestamp) * 1000);
  if (Number.isNaN(date.getTime())) return fallback ?? '';
  return String(format ?? '').replace(/\{(\w+)\}/g, (whole, token) => TOKENS[token]?.(date) ?? whole);
}

function near(date) {
  const midnight = (moment) => new Date(moment.getFullYear(), moment.getMonth(), moment.getDate()).getTime();
  const days = Math.round((midnight(date) - midnight(new Date())) / 86_400_000);
  return { '-1': 'yesterday', 0: 'today', 1: 'tomorrow' }[days];
}

function ago(date) {
  const minutes = Math.round((Date.now() - date.getTime()) / 60_000);
  if (minutes < 1) return 'just now';
  return minutes < 60 ? `${minutes} min ago` : `${Math.round(minutes / 60)} h ago`;
}
