/** What a route is called in logs and metrics, and the methods it takes. */
export const PATHS: readonly [path: string, allow: string][] = [
  ["/predict", "POST"],
  ["/predict/batch", "POST"],
  ["/health", "GET, HEAD"],
  ["/model", "GET, HEAD"],
  ["/stats", "GET, HEAD"],
  ["/metrics", "GET, HEAD"],
  ["/openapi.json", "GET, HEAD"],
  ["/docs", "GET, HEAD"],
];

/** A path as the API knows it, so that a log or a metric never repeats what a client made up. */
export function routeOf(path: string): string {
  const known = PATHS.find(([each]) => each === path);
  if (known !== undefined) return known[0];
  return path.startsWith("/docs/") ? "/docs/*" : "unknown";
}

const METHODS = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]);

/** A method as the API knows it. */
export function knownMethod(method: string): string {
  return METHODS.has(method) ? method : "OTHER";
}
