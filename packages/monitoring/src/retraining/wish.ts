import type { Observation } from "../findings/finding";
import type { RetrainingTrigger } from "./decide";

const DRIFT: readonly string[] = ["drift", "score-drift", "relation-drift", "segment-drift"];

/**
 * What an observation asks for: ROC AUC below the gate a training, drift that is more than minor one too. While data is broken
 * drift asks for none, since training on it would teach the fault.
 *
 * @returns undefined when it asks for none
 */
export function retrainingWish({ at, findings }: Observation, model: string): RetrainingTrigger | undefined {
  const own = findings.filter((finding) => finding.model.name === model);
  const serious = own.filter(({ severity }) => severity !== "minor");
  const asked = (kind: RetrainingTrigger["kind"], finding: string) => ({ kind, at: new Date(at), finding });
  const poor = serious.find(({ kind }) => kind === "performance");
  if (poor !== undefined) return asked("performance", poor.what);
  if (own.some(({ kind, severity }) => kind === "data-quality" && severity === "critical")) return undefined;
  const [worst] = serious
    .filter(({ kind }) => DRIFT.includes(kind))
    .sort((a, b) => (b.magnitude ?? 0) - (a.magnitude ?? 0));
  return worst === undefined ? undefined : asked("drift", worst.what);
}
