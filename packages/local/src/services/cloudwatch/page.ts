import { ServiceError } from "../../errors";

/**
 * A page of a list in a stable order.
 * @param idOf what the token names: the last item of the page before
 * @throws ServiceError InvalidNextToken
 */
export function pageAfter<T>(
  all: readonly T[],
  idOf: (item: T) => string,
  size: number,
  token: string | undefined,
): { items: T[]; NextToken: string | undefined } {
  let start = 0;
  if (token !== undefined) {
    const last = Buffer.from(token, "base64url").toString("utf8");
    start = all.findIndex((item) => idOf(item) === last) + 1;
    if (start === 0) throw new ServiceError("InvalidNextToken", "The next token specified is invalid.");
  }
  const items = all.slice(start, start + size);
  const end = items.at(-1);
  const more = end !== undefined && start + items.length < all.length;
  return { items, NextToken: more ? Buffer.from(idOf(end)).toString("base64url") : undefined };
}
