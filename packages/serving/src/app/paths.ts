import type { Role } from "../keys/roles";

/** A route's path, the methods it takes, and the role it needs; no role: it is open to everyone. */
export interface PathRule {
  readonly path: string;
  readonly allow: string;
  readonly role?: Role;
}

/** Every route: what it is called in logs and metrics, and who may use it. */
export const PATHS: readonly PathRule[] = [
  { path: "/predict", allow: "POST", role: "consumer" },
  { path: "/predict/batch", allow: "POST", role: "consumer" },
  { path: "/feedback", allow: "POST", role: "consumer" },
  { path: "/retrain", allow: "POST", role: "operator" },
  { path: "/health", allow: "GET, HEAD" },
  { path: "/model", allow: "GET, HEAD", role: "analyst" },
  { path: "/stats", allow: "GET, HEAD", role: "analyst" },
  { path: "/metrics", allow: "GET, HEAD", role: "analyst" },
  { path: "/openapi.json", allow: "GET, HEAD" },
  { path: "/docs", allow: "GET, HEAD" },
];

const roles = new Map(PATHS.map(({ path, role }) => [path, role]));

/** The role that a route needs. */
export function roleFor(route: string): Role | undefined {
  return roles.get(route);
}

/** A path as the API knows it, so that a log or a metric never repeats what a client made up. */
export function routeOf(path: string): string {
  if (roles.has(path)) return path;
  return path.startsWith("/docs/") ? "/docs/*" : "unknown";
}

const METHODS = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]);

/** A method as the API knows it. */
export function knownMethod(method: string): string {
  return METHODS.has(method) ? method : "OTHER";
}
