const PATTERN = /^latchkey\/1 g=(AR-[0-9A-HJKMNP-TV-Z]{8}) e=(\d{1,12})(?: |$)/;

/** What Latchkey writes on an Azure object so that it describes itself. `endAt` is epoch ms; the marker has seconds. */
export interface Marker {
  grantId: string;
  endAt: number;
}

/** `latchkey/1 g=AR-7K3M9PQX e=1790000000`: seconds are rounded down, the early side. */
export function writeMarker({ grantId, endAt }: Marker): string {
  return `latchkey/1 g=${grantId} e=${Math.floor(endAt / 1000)}`;
}

/** Reads a description that may be a marker; anything else is somebody else's. */
export function findMarker(description: string | null | undefined): Marker | undefined {
  const match = PATTERN.exec(description ?? '');
  if (!match?.[1] || !match[2]) return undefined;
  return { grantId: match[1], endAt: Number(match[2]) * 1000 };
}
