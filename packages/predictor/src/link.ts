import type { Link } from "./document";

/** The value a raw model output stands for: itself, `1 / (1 + e^-raw)` or `e^raw`. */
export function applyLink(link: Link, raw: number): number {
  if (link === "identity") return raw;
  return link === "logit" ? 1 / (1 + Math.exp(-raw)) : Math.exp(raw);
}
