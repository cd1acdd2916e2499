import { validationException } from "../../../errors";

/** The members of a list request that choose the page. */
export interface PageRequest {
  readonly MaxResults?: number | undefined;
  readonly NextToken?: string | undefined;
}

/** How a list is ordered. */
export interface PageOrder<T> {
  /** Items on a page when the request names no number. @default 100 */
  readonly size?: number;
  readonly descending: boolean;
  readonly key: (item: T) => string | number;
  /** Distinguishes items with equal keys. */
  readonly id: (item: T) => string | number;
  /** Items with equal keys stay in ascending order of their ids even when descending. @default they follow the direction */
  readonly tiesAscending?: boolean;
}

type Place = readonly [key: string | number, id: string | number];

/**
 * One page of a list. The token names the last item seen, not a position: items that come or go between two requests
 * neither repeat others nor hide them.
 *
 * @throws ServiceError ValidationException for a token that this list did not make.
 */
export function pageOf<T>(
  items: readonly T[],
  request: PageRequest,
  order: PageOrder<T>,
): { items: T[]; NextToken: string | undefined } {
  const direction = order.descending ? -1 : 1;
  const ties = order.tiesAscending === true ? 1 : direction;
  const compare = (a: Place, b: Place): number =>
    direction * compareValues(a[0], b[0]) || ties * compareValues(a[1], b[1]);
  const placed = items.map((item) => ({ item, place: [order.key(item), order.id(item)] as Place }));
  placed.sort((a, b) => compare(a.place, b.place));
  const after = request.NextToken === undefined ? undefined : readToken(request.NextToken);
  const rest = after === undefined ? placed : placed.filter(({ place }) => compare(place, after) > 0);
  const page = rest.slice(0, request.MaxResults ?? order.size ?? 100);
  const last = page.at(-1);
  return {
    items: page.map(({ item }) => item),
    NextToken: last === undefined || page.length === rest.length ? undefined : makeToken(last.place),
  };
}

/** A filter by CreationTimeAfter and CreationTimeBefore; both ends count. */
export function createdWithin(request: {
  readonly CreationTimeAfter?: Date | undefined;
  readonly CreationTimeBefore?: Date | undefined;
}): (item: { readonly creationTime: number }) => boolean {
  return ({ creationTime }) => within(creationTime, request.CreationTimeAfter, request.CreationTimeBefore);
}

/** A filter by LastModifiedTimeAfter and LastModifiedTimeBefore; both ends count. */
export function modifiedWithin(request: {
  readonly LastModifiedTimeAfter?: Date | undefined;
  readonly LastModifiedTimeBefore?: Date | undefined;
}): (item: { readonly lastModifiedTime: number }) => boolean {
  return ({ lastModifiedTime }) =>
    within(lastModifiedTime, request.LastModifiedTimeAfter, request.LastModifiedTimeBefore);
}

function within(time: number, after: Date | undefined, before: Date | undefined): boolean {
  return (after === undefined || time >= after.getTime()) && (before === undefined || time <= before.getTime());
}

function compareValues(a: string | number, b: string | number): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function makeToken(place: Place): string {
  return Buffer.from(JSON.stringify(place)).toString("base64url");
}

function readToken(token: string): Place {
  try {
    const place: unknown = JSON.parse(Buffer.from(token, "base64url").toString("utf8"));
    if (Array.isArray(place) && place.length === 2) return place as unknown as Place;
  } catch {
    // Falls through to the refusal below: not a token of this list.
  }
  throw validationException(`The NextToken ${JSON.stringify(token)} is not valid. Use the token of the page before.`);
}
