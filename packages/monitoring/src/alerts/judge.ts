import type { Finding } from "../findings/finding";
import type { Alerts } from "./config";

/** A finding as the rules want it; undefined when nobody is to be told. */
export function judge(finding: Finding, rules: Alerts["rules"]): Finding | undefined {
  const rule = rules.find(({ when }) => fits(finding, when));
  if (rule === undefined) return finding;
  if (rule.severity === "silent") return undefined;
  const { group, ...alone } = finding;
  const kept = group === undefined ? {} : { group };
  const grouped = { kept, none: {}, kind: { group: `${finding.model.name}/${finding.kind}` } }[rule.group ?? "kept"];
  return { ...alone, severity: rule.severity ?? finding.severity, ...grouped };
}

function fits(finding: Finding, when: Alerts["rules"][number]["when"]): boolean {
  return (
    (when.kind === undefined || when.kind === finding.kind) &&
    (when.severity === undefined || when.severity === finding.severity) &&
    (when.model === undefined || when.model === finding.model.name) &&
    (when.subject === undefined || matches(finding.subject, when.subject))
  );
}

/** Whether a text fits a pattern in which `*` stands for any text. */
function matches(text: string, pattern: string): boolean {
  const [first = "", ...rest] = pattern.split("*");
  if (rest.length === 0) return text === pattern;
  if (!text.startsWith(first)) return false;
  const last = rest.pop() ?? "";
  let at = first.length;
  for (const part of rest) {
    const found = text.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return text.length - last.length >= at && text.endsWith(last);
}
