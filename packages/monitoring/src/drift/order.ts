import type { FeatureDrift } from "./report";

/** Drifted features first, then by PSI; what was not tested last. */
export function bySize(one: FeatureDrift, other: FeatureDrift): number {
  const [first, second] = [one.verdict === "drift", other.verdict === "drift"];
  if (first !== second) return first ? -1 : 1;
  return (other.statistics?.psi ?? -1) - (one.statistics?.psi ?? -1);
}
