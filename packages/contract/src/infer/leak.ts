import { parseNumber } from "../number-grammar";
import { isNumeric } from "./column";
import type { Profile } from "./profile";
import { duplicatesTarget, LEAK, type LeftOut, SUSPICIOUS } from "./role";
import { separation } from "./separation";
import type { InferredTarget } from "./target";

/** Fewer answered rows than this separate by chance. */
const FEW_ROWS = 50;
/** From this correlation on, a column is a numeric target in disguise. */
const SAME_NUMBER = 0.999;

/** Why a column gives the answer away, or (code `suspicious`) nearly does. */
export function leakOf(profile: Profile, target: Profile, answer: InferredTarget): LeftOut | undefined {
  if (duplicatesTarget(profile, target)) {
    return { code: "left_out_leak", reason: `it says the same as ${target.name} in every row`, facts: { auc: 1 } };
  }
  if (answer.target.kind === "regression") return sameNumber(profile, target);
  const rows = answer.positive.flatMap((outcome, row) => (outcome === undefined ? [] : [row]));
  if (rows.length < FEW_ROWS) return undefined;
  const answered = { ...profile, texts: rows.map((row) => profile.texts[row] ?? "") };
  const auc = separation(
    answered,
    rows.map((row) => answer.positive[row] === true),
  );
  if (auc < SUSPICIOUS) return undefined;
  const reason = `it alone tells the outcomes apart with a ROC AUC of ${auc.toFixed(3)}`;
  if (auc < LEAK) return { code: "suspicious", reason, facts: { auc } };
  const known = "it is most likely known only after the outcome";
  return { code: "left_out_leak", reason: `${reason}: ${known}`, facts: { auc } };
}

function sameNumber(profile: Profile, target: Profile): LeftOut | undefined {
  if (!isNumeric(profile)) return undefined;
  const pairs = profile.texts.flatMap((text, row) => {
    const [x, y] = [parseNumber(text), parseNumber(target.texts[row] ?? "")];
    return x === undefined || y === undefined ? [] : [[x, y] as const];
  });
  const r = Math.abs(correlation(pairs));
  if (!(r >= SAME_NUMBER) || pairs.length < FEW_ROWS) return undefined;
  const reason = `it moves exactly with ${target.name} (correlation ${r.toFixed(4)})`;
  return { code: "left_out_leak", reason, facts: { correlation: r } };
}

/** Pearson's correlation of pairs; NaN when one side is constant. */
function correlation(pairs: readonly (readonly [number, number])[]): number {
  const meanX = pairs.reduce((sum, [x]) => sum + x / pairs.length, 0);
  const meanY = pairs.reduce((sum, [, y]) => sum + y / pairs.length, 0);
  let [xx, yy, xy] = [0, 0, 0];
  for (const [x, y] of pairs) {
    xx += (x - meanX) ** 2;
    yy += (y - meanY) ** 2;
    xy += (x - meanX) * (y - meanY);
  }
  return xy / Math.sqrt(xx * yy);
}
