import type { CacheExplanation } from "@sagewright/sagemaker";

/** Why a step ran again, in the words of who wrote the pipeline rather than of the service: "the data changed". */
export function readableReason({ changed, reason }: Pick<CacheExplanation, "changed" | "reason">): string {
  const kinds = [...new Set(changed.map(({ before, after }) => kindOf(before) ?? kindOf(after)))];
  const known = kinds.filter((kind) => kind !== undefined);
  if (known.length === 0 || known.length < kinds.length) return reason;
  return `${known.join(" and ")} changed`;
}

/** What an address of the product's own layout holds; undefined for anything else. */
function kindOf(value: unknown): string | undefined {
  if (typeof value !== "string") return undefined;
  if (/^s3:\/\/[^/]+\/data\//.test(value)) return "the data";
  if (/\/contract\.json$/.test(value)) return "the contract";
  if (/^s3:\/\/[^/]+\/code\//.test(value)) return "the code or the contract";
  return undefined;
}

/** A value of a job's request, short enough for a line: addresses without their bucket, digests cut. */
export function shortAddress(value: unknown): string {
  const text = typeof value === "string" ? value : (JSON.stringify(value) ?? "nothing");
  const short = text.replace(/^s3:\/\/[^/]+\//, "").replace(/\b([0-9a-f]{8})[0-9a-f]{56}\b/g, "$1…");
  return short.length > 100 ? `${short.slice(0, 60)}…${short.slice(-30)}` : short;
}
