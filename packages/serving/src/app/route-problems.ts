import { problemSchema } from "./answer";

const PROBLEM_WORDS: Readonly<Record<number, string>> = {
  400: "The body is empty, not JSON, not UTF-8 or has repeated members; or a parameter is not valid.",
  401: "A key is needed, or this one is not valid.",
  403: "The key's role is not enough.",
  409: "The idempotency key was used for another request; or nothing can be trained again as things are.",
  413: "The body is too large.",
  415: "The content type is not one that the route takes.",
  422: "The body is not valid; every bad field is named.",
  429: "Too many requests with this key. Every request is one, a batch too, whatever it carries.",
  503: "It cannot be answered now.",
};

/** The problem responses of a route. */
export function problems(...statuses: number[]) {
  const entries = statuses.map((status) => [
    status,
    { description: PROBLEM_WORDS[status] ?? "", content: { "application/problem+json": { schema: problemSchema } } },
  ]);
  return Object.fromEntries(entries) as Record<number, { description: string }>;
}

/** The problem responses of every route that needs a key. */
export const keyProblems = problems(401, 403, 429);
