import { type CacheDifference, explainMiss, type Json } from "@sagewright/pipeline";

/** What is known of one model version: the evaluation it was registered with, and its contract. */
export interface ComparedModel {
  /** Content of evaluation.json. @default absent when the version names none */
  readonly evaluation?: unknown;
  /** Content of contract.json. @default absent when the archive holds none */
  readonly contract?: unknown;
}

/** A figure of two versions; a side that lacks it is absent. */
export interface FigureDifference {
  readonly name: string;
  readonly before?: number;
  readonly after?: number;
  /** After minus before. @default absent when a side lacks the figure */
  readonly difference?: number;
}

/** Two model versions side by side. */
export interface ModelComparison {
  readonly metrics: readonly FigureDifference[];
  readonly threshold: FigureDifference;
  /** ROC AUC of each segment, `column=value`. */
  readonly segments: readonly FigureDifference[];
  /** Differences of the contracts by path; columns are found by their name. Undefined when a contract is missing. */
  readonly contract?: readonly CacheDifference[];
  /** Both were evaluated on as many rows with as many positives, as equal test data is. */
  readonly sameTestSize: boolean;
}

interface Evaluation {
  readonly rows?: number;
  readonly positives?: number;
  readonly metrics?: Readonly<Record<string, number>>;
  readonly threshold?: { readonly value?: number };
  readonly segments?: readonly { readonly column: string; readonly value: unknown; readonly roc_auc?: number | null }[];
}

/** Compares two versions by what was recorded about them. */
export function compareModels(before: ComparedModel, after: ComparedModel): ModelComparison {
  const [old, now] = [before.evaluation ?? {}, after.evaluation ?? {}] as [Evaluation, Evaluation];
  const contract =
    before.contract === undefined || after.contract === undefined
      ? {}
      : { contract: explainMiss(byName(before.contract), byName(after.contract)) };
  return {
    metrics: figures(numbers(old.metrics), numbers(now.metrics)),
    threshold: figure("threshold", old.threshold?.value, now.threshold?.value),
    segments: figures(segmentFigures(old), segmentFigures(now)),
    ...contract,
    sameTestSize: old.rows !== undefined && old.rows === now.rows && old.positives === now.positives,
  };
}

function figures(before: ReadonlyMap<string, number>, after: ReadonlyMap<string, number>): FigureDifference[] {
  const names = new Set([...before.keys(), ...after.keys()]);
  return [...names].map((name) => figure(name, before.get(name), after.get(name)));
}

function figure(name: string, before: number | undefined, after: number | undefined): FigureDifference {
  return {
    name,
    ...(before === undefined ? {} : { before }),
    ...(after === undefined ? {} : { after }),
    ...(before === undefined || after === undefined ? {} : { difference: after - before }),
  };
}

function numbers(metrics: Evaluation["metrics"] = {}): Map<string, number> {
  return new Map(Object.entries(metrics).filter(([, value]) => typeof value === "number"));
}

function segmentFigures({ segments = [] }: Evaluation): Map<string, number> {
  const known = segments.flatMap(({ column, value, roc_auc: auc }) =>
    typeof auc === "number" ? [[`${column}=${String(value)}`, auc] as const] : [],
  );
  return new Map(known);
}

/** A contract whose columns stand under their names, so that one more column does not move the others. */
function byName(contract: unknown): Record<string, Json> {
  const { columns, ...rest } = contract as { columns?: readonly { readonly name: string }[] } & Record<string, Json>;
  const named = Object.fromEntries((columns ?? []).map((column) => [column.name, column as unknown as Json]));
  return { ...(rest as Record<string, Json>), columns: named };
}
