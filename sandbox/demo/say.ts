/** Tells of progress. */
export type Say = (text: string) => void;

const startedAt = Date.now();

/** One line of progress, with the seconds since the demo began. */
export function say(text: string): void {
  const seconds = ((Date.now() - startedAt) / 1000).toFixed(1).padStart(5);
  console.log(`${seconds} s  ${text}`);
}
