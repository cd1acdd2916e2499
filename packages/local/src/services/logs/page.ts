import { ServiceError } from "../../errors";

/** One page of a list. Tokens are positions; none is given on the last page. */
export function page<T>(
  all: readonly T[],
  limit: number,
  token: string | undefined,
): { items: T[]; next: { nextToken?: string } } {
  if (token !== undefined && !/^\d+$/.test(token)) {
    throw new ServiceError("InvalidParameterException", "The specified nextToken is invalid.");
  }
  const start = Number(token ?? 0);
  const end = start + limit;
  return { items: all.slice(start, end), next: end < all.length ? { nextToken: String(end) } : {} };
}
