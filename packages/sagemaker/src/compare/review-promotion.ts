import type { Clients } from "../clients";
import { OperationError } from "../errors";
import { describeModel, listModels, type ModelDetails, modelEvaluation } from "../registry";
import { type DeLongResult, deLongTest } from "./delong";
import { type Pairing, pairScores, type Rescore } from "./pair-scores";
import { defaultGate, lowerBound, type PromotionGate } from "./promotion-gate";
import type { StoredEvaluation } from "./stored-scores";

/** Champion and challenger on the same rows. */
export interface PairedComparison extends DeLongResult {
  readonly rows: number;
  readonly basis: Pairing["basis"];
}

/** Why a challenger may not be promoted. */
export interface PromotionProblem {
  readonly code: "evaluation_missing" | "auc_below_minimum" | "not_comparable" | "worse_than_champion";
  readonly message: string;
}

/** What the gate says of a version. */
export interface PromotionReview {
  readonly challenger: string;
  /** The newest approved version of the group. @default absent when no other version is approved */
  readonly champion?: string;
  readonly gate: PromotionGate;
  /** False for a regression, which has no ROC AUC to judge it by. */
  readonly applies: boolean;
  readonly passed: boolean;
  /** ROC AUC that the challenger was registered with. */
  readonly auc?: number;
  readonly comparison?: PairedComparison & {
    /** The difference is at least this, with confidence 1 - significance. */
    readonly lowerBound: number;
  };
  /** Empty when passed. */
  readonly problems: readonly PromotionProblem[];
}

/** How a version is reviewed. */
export interface ReviewOptions {
  readonly model: ModelDetails;
  readonly rescore: Rescore;
  /** @default {@link defaultGate}, each member by itself */
  readonly gate?: Partial<PromotionGate>;
}

/** Judges whether a version may take the place of its group's newest approved one. Changes nothing. */
export async function reviewPromotion(
  clients: Pick<Clients, "sagemaker" | "s3">,
  { model, rescore, gate: wanted = {} }: ReviewOptions,
): Promise<PromotionReview> {
  const gate = { ...defaultGate, ...wanted };
  const evaluation = (await modelEvaluation(clients, model)) as StoredEvaluation | undefined;
  const champion = await championOf(clients, model);
  const about = { challenger: nameOf(model), ...(champion && { champion: nameOf(champion) }), gate };
  if (evaluation?.kind === "regression") return { ...about, applies: false, passed: true, problems: [] };
  const auc = evaluation?.metrics?.roc_auc;
  const problems: PromotionProblem[] = [];
  if (auc === undefined)
    problems.push({ code: "evaluation_missing", message: `${nameOf(model)} has no evaluation with a ROC AUC` });
  else if (auc < gate.minimumAuc) problems.push(tooWeak(auc, gate));
  const compared = champion && auc !== undefined ? await comparePair(clients, champion, model, rescore) : undefined;
  const comparison =
    compared === undefined || "problem" in compared
      ? undefined
      : { ...compared, lowerBound: lowerBound(compared, gate.significance) };
  if (compared !== undefined && "problem" in compared)
    problems.push({ code: "not_comparable", message: compared.problem });
  if (comparison !== undefined && comparison.lowerBound < -gate.margin) problems.push(worse(comparison, gate));
  return {
    ...about,
    applies: true,
    passed: problems.length === 0,
    ...(auc === undefined ? {} : { auc }),
    ...(comparison && { comparison }),
    problems,
  };
}

/** DeLong's test of two versions on the later one's test rows, or why there can be none. */
export async function comparePair(
  clients: Pick<Clients, "sagemaker" | "s3">,
  champion: ModelDetails,
  challenger: ModelDetails,
  rescore: Rescore,
): Promise<PairedComparison | { readonly problem: string }> {
  const pairs = await pairScores(clients, { champion, challenger }, rescore);
  if ("problem" in pairs) return pairs;
  try {
    return { ...deLongTest(pairs), rows: pairs.labels.length, basis: pairs.basis };
  } catch (error) {
    if (error instanceof OperationError) return { problem: error.message };
    throw error;
  }
}

async function championOf(clients: Pick<Clients, "sagemaker">, model: ModelDetails): Promise<ModelDetails | undefined> {
  const approved = await listModels(clients, { group: model.group, approval: "Approved" });
  const champion = approved.find(({ arn }) => arn !== model.arn);
  return champion === undefined ? undefined : describeModel(clients, champion.arn);
}

function tooWeak(auc: number, { minimumAuc }: PromotionGate): PromotionProblem {
  return { code: "auc_below_minimum", message: `ROC AUC ${digits(auc)} is below the minimum of ${minimumAuc}` };
}

function worse(result: { difference: number; lowerBound: number }, gate: PromotionGate): PromotionProblem {
  const sure = result.difference < -gate.margin;
  const confidence = `${Number(((1 - gate.significance) * 100).toFixed(1))} %`;
  const message = sure
    ? `it is worse than the champion by ${digits(-result.difference)}, more than the margin of ${gate.margin}`
    : `it may be worse than the champion by ${digits(-result.lowerBound)} (${confidence} one-sided), more than the margin of ${gate.margin}`;
  return { code: "worse_than_champion", message };
}

function digits(value: number): string {
  return value.toFixed(4);
}

function nameOf({ group, version }: ModelDetails): string {
  return `${group}/${version}`;
}
