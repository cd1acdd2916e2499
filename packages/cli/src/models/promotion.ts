import { userInfo } from "node:os";
import {
  approve,
  type Clients,
  decisionRecord,
  describeModel,
  type ModelDetails,
  type PairedComparison,
  type PromotionGate,
  type PromotionReview,
  registeringMinimum,
  reviewPromotion,
} from "@sagewright/sagemaker";
import { CliError } from "../errors";
import { exitCodes } from "../exit-codes";
import type { Session } from "../session";
import { rescore } from "./rescore";

/**
 * What the gate says of a version: the environment's gate, else the minimum that the version's own run was held to.
 *
 * @param gate - the environment's. @default the run's minimum, and the general margin
 */
export async function review(
  clients: Clients,
  model: ModelDetails,
  gate?: Partial<PromotionGate>,
): Promise<PromotionReview> {
  const minimumAuc = gate?.minimumAuc ?? (await registeringMinimum(clients, model));
  return reviewPromotion(clients, {
    model,
    rescore,
    gate: { ...gate, ...(minimumAuc === undefined ? {} : { minimumAuc }) },
  });
}

/** Both figures, and their difference with its interval: what a person decides on. */
export function reviewLines({ challenger, champion, auc, gate, comparison, applies }: PromotionReview): string[] {
  if (!applies) return [`${challenger} is a regression: the gate on ROC AUC does not apply to it`];
  const own = `${challenger} has ROC AUC ${auc === undefined ? "unknown" : auc.toFixed(4)} (minimum ${gate.minimumAuc})`;
  if (champion === undefined) return [own, "no other version is approved, so there is nothing to compare it with"];
  if (comparison === undefined) return [own];
  const { basis, rows } = comparison;
  const where = basis === "stored" ? "both were judged on it" : `${champion} scored it just now`;
  return [
    own,
    `${champion} has ${comparison.champion.toFixed(4)} on the same ${rows} test rows (${where})`,
    `${differenceText(comparison)}; margin ${gate.margin}`,
  ];
}

/** Two versions' ROC AUC on the later one's test rows, in a line. */
export function pairLine(before: string, after: string, pair: PairedComparison): string {
  const how = pair.basis === "stored" ? "both were judged on them" : `${before} scored them just now`;
  return (
    `on the ${pair.rows} test rows of ${after} (${how}): ROC AUC ${pair.champion.toFixed(4)} and ${pair.challenger.toFixed(4)}, ` +
    `${differenceText(pair)}`
  );
}

function differenceText({ difference, low, high, pValue: p }: PairedComparison): string {
  return `difference ${signed(difference)}, 95 % interval ${signed(low)} to ${signed(high)}, p ${pValue(p)} (DeLong, paired)`;
}

/** What is said of a version that the gate does not let through. */
export function gateRefusal(found: PromotionReview, command: string): CliError {
  return new CliError({
    code: "gate_not_met",
    subject: found.challenger,
    message: found.problems.map(({ message }) => message).join("; "),
    why: reviewLines(found).join("\n"),
    fix: `${remedy(found)}, or decide against the gate: ${command} --force --reason TEXT`,
    exitCode: exitCodes.gateNotMet,
    facts: { review: found },
  });
}

/** A model that is only not proved good enough needs more rows, not more training. */
function remedy({ comparison, gate, problems }: PromotionReview): string {
  const unsure = comparison !== undefined && comparison.difference >= -gate.margin;
  const onlyUnsure = unsure && problems.every(({ code }) => code === "worse_than_champion");
  return onlyUnsure ? "more rows make the interval narrower; run it on more data" : "train a better one";
}

function signed(value: number): string {
  return `${value < 0 ? "" : "+"}${value.toFixed(4)}`;
}

/** As papers print it. */
function pValue(value: number): string {
  return value < 0.0001 ? "< 0.0001" : value.toFixed(4);
}

/**
 * Refuses a version that got past the gate without its knowledge, such as one approved in AWS's console: what was approved
 * here carries what the gate said, and any other version is judged now.
 *
 * @throws CliError `gate_not_met`, exit code 4
 */
export async function requirePromoted(
  clients: Clients,
  model: ModelDetails,
  gate?: Partial<PromotionGate>,
): Promise<void> {
  if (model.approval !== "Approved" || decisionRecord(model)?.gate !== undefined) return;
  const found = await review(clients, model, gate);
  if (!found.passed) throw gateRefusal(found, `sagewright models approve ${model.group}/${model.version}`);
}

/**
 * Approves a version without asking anybody, if the gate lets it through.
 *
 * @throws CliError `gate_not_met`, exit code 4; the version stays as it was
 */
export async function promote(
  { clients, environment, again }: Pick<Session, "clients" | "environment" | "again">,
  { arn, reason }: { arn: string; reason: string },
): Promise<void> {
  const model = await describeModel(clients, arn);
  const found = await review(clients, model, environment?.gate);
  if (!found.passed) throw gateRefusal(found, `sagewright models approve ${found.challenger}${again}`);
  const decision = { by: userInfo().username, at: new Date().toISOString(), review: found };
  await approve(clients, { arn, reason, decision });
}
