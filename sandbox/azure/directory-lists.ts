import type { SandboxAnswer } from '../http.ts';
import { Refusal } from './answers.ts';
import { parseGraphFilter } from './filters.ts';
import type { GraphCall } from './graph-router.ts';

/** How one collection of the directory is listed. */
export interface Listing {
  /** As it stands in `@odata.context`: `users`. */
  context: string;
  /** All objects, every property. */
  items: Array<Record<string, unknown>>;
  /** Properties answered when the caller selects none; undefined means all. */
  defaults?: readonly string[];
  /** Set when the path casts (`/microsoft.graph.user`), which is an advanced query. */
  cast?: string;
}

const MOST = 999;

/**
 * Filters, counts, pages and selects, as the directory does for every collection.
 * @throws {Refusal} 400 for a filter it cannot read, or an advanced query without `ConsistencyLevel: eventual`
 */
export function answerList(call: GraphCall, listing: Listing): SandboxAnswer {
  const { query } = call;
  const eventual = String(call.headers['consistencylevel'] ?? '').toLowerCase() === 'eventual';
  const source = query.get('$filter');
  const filter = source === null ? undefined : parseGraphFilter(source);
  const advanced = filter?.advanced ?? listing.cast ?? (query.has('$search') ? '$search' : undefined);
  if (advanced !== undefined && !(eventual && query.get('$count') === 'true')) throw unsupported(advanced);
  const found = filter ? listing.items.filter(filter.matches) : listing.items;
  const size = pageSize(call);
  const from = offsetOf(query.get('$skiptoken'));
  const page = found.slice(from, from + size);
  const select = query.get('$select')?.split(',');
  const more = from + size < found.length;
  return {
    status: 200,
    json: {
      '@odata.context': `${call.base}/$metadata#${listing.context}${select ? `(${select.join(',')})` : ''}`,
      ...(query.get('$count') === 'true' && eventual && { '@odata.count': found.length }),
      ...(more && { '@odata.nextLink': nextLink(call, from + size) }),
      value: page.map((item) => pick(item, select ?? listing.defaults)),
    },
  };
}

/** One object, with the properties asked for. */
export function answerEntity(
  call: GraphCall,
  context: string,
  entity: Record<string, unknown>,
  defaults?: readonly string[],
): SandboxAnswer {
  const select = call.query.get('$select')?.split(',');
  const suffix = select ? `(${select.join(',')})` : '';
  return {
    status: 200,
    json: {
      '@odata.context': `${call.base}/$metadata#${context}${suffix}/$entity`,
      ...pick(entity, select ?? defaults),
    },
  };
}

function pick(
  entity: Record<string, unknown>,
  names: readonly string[] | undefined,
): Record<string, unknown> {
  if (!names) return entity;
  const byName = new Map(Object.keys(entity).map((key) => [key.toLowerCase(), key]));
  const picked: Record<string, unknown> = {};
  const type = entity['@odata.type'];
  if (type !== undefined) picked['@odata.type'] = type;
  for (const name of names) {
    const key = byName.get(name.trim().toLowerCase());
    if (key !== undefined) picked[key] = entity[key];
  }
  return picked;
}

function pageSize(call: GraphCall): number {
  const asked = call.query.get('$top');
  if (asked === null) return call.tenant.settings.graphPageSize;
  const top = Number(asked);
  if (!Number.isInteger(top) || top < 1 || top > MOST) {
    const message = `Invalid page size specified: '${asked}'. Must be between 1 and ${MOST} inclusive.`;
    throw new Refusal(400, 'Request_BadRequest', message);
  }
  return top;
}

function offsetOf(skipToken: string | null): number {
  if (skipToken === null) return 0;
  const offset = Number(Buffer.from(skipToken, 'base64url').toString('utf8'));
  if (Number.isInteger(offset) && offset > 0) return offset;
  throw new Refusal(
    400,
    'Directory_ExpiredPageToken',
    'The specified page token value has expired and can no longer be included in your request.',
  );
}

function nextLink(call: GraphCall, offset: number): string {
  const query = new URLSearchParams(call.query);
  query.set('$skiptoken', Buffer.from(String(offset)).toString('base64url'));
  return `${call.base}${call.path}?${query.toString().replaceAll('%24', '$')}`;
}

function unsupported(operator: string): Refusal {
  const message = `Operator '${operator}' is not supported because the 'ConsistencyLevel:eventual' header is missing. Refer to https://aka.ms/graph-docs/advanced-queries for more information`;
  return new Refusal(400, 'Request_UnsupportedQuery', message);
}
