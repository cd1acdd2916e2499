import type { WireRequest } from "../wire";

const virtualHost =
  /^(?<bucket>[a-z0-9][a-z0-9.-]{1,61}?[a-z0-9])\.(?:s3[.-][a-z0-9.-]*amazonaws\.com(?:\.cn)?|s3\.localhost|localhost)$/;

/** Brings a request that names its bucket in the host (`bucket.s3.localhost`) to path style. */
export function pathStyle(request: WireRequest): WireRequest {
  const host = (request.headers.host ?? "").replace(/:\d+$/, "").toLowerCase();
  const bucket = virtualHost.exec(host)?.groups?.bucket;
  if (!bucket || bucket === "s3") return request;
  return { ...request, path: `/${bucket}${request.path}` };
}
