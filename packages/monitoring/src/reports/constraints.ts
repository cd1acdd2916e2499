import type { Contract } from "@sagewright/contract";
import type { Baseline, ColumnBaseline } from "../baseline/baseline";
import type { DriftRules } from "../drift/options";
import { type InferredType, inferredType } from "./inferred-type";

/** constraints.json of Model Monitor. */
export interface ModelMonitorConstraints {
  readonly version: 0;
  readonly features: readonly FeatureConstraints[];
  readonly monitoring_config: MonitoringConfig;
}

/** What a column must satisfy. */
export interface FeatureConstraints {
  readonly name: string;
  readonly inferred_type: InferredType;
  /** Share of training rows with a value. */
  readonly completeness: number;
  /** @default absent for names */
  readonly num_constraints?: { readonly is_non_negative: boolean };
  /** @default absent for numbers */
  readonly string_constraints?: { readonly domains: readonly string[] };
}

/** How Model Monitor's own container would compare. */
export interface MonitoringConfig {
  readonly evaluate_constraints: "Enabled";
  readonly emit_metrics: "Enabled";
  readonly datatype_check_threshold: number;
  readonly domain_content_threshold: number;
  readonly distribution_constraints: {
    readonly perform_comparison: "Enabled";
    readonly comparison_threshold: number;
    readonly comparison_method: "Robust";
    readonly categorical_comparison_threshold: number;
    readonly categorical_drift_method: "LInfinity";
  };
}

/** Model Monitor's own default; our quality findings have no counterpart that a fixed share could express. */
const USUAL_THRESHOLD = 0.1;

/** The training data as constraints. Limits are the change that matters; the sample size has no place in this document. */
export function constraintsOf(baseline: Baseline, contract: Contract, rules: DriftRules): ModelMonitorConstraints {
  return {
    version: 0,
    features: baseline.columns.map((column) => ({
      name: column.name,
      inferred_type: inferredType(column, contract),
      completeness: baseline.rows === 0 ? 0 : 1 - column.missing / baseline.rows,
      ...limitsOf(column, contract),
    })),
    monitoring_config: {
      evaluate_constraints: "Enabled",
      emit_metrics: "Enabled",
      datatype_check_threshold: USUAL_THRESHOLD,
      domain_content_threshold: USUAL_THRESHOLD,
      distribution_constraints: {
        perform_comparison: "Enabled",
        comparison_threshold: rules.minimumChange,
        comparison_method: "Robust",
        categorical_comparison_threshold: rules.minimumChange,
        categorical_drift_method: "LInfinity",
      },
    },
  };
}

function limitsOf(
  column: ColumnBaseline,
  contract: Contract,
): Pick<FeatureConstraints, "num_constraints" | "string_constraints"> {
  if ("categories" in column)
    return column.type === "category"
      ? { string_constraints: { domains: column.categories } }
      : { num_constraints: { is_non_negative: true } };
  const spec = contract.columns.find(({ name }) => name === column.name);
  const least = spec !== undefined && "minimum" in spec ? spec.minimum : undefined;
  return { num_constraints: { is_non_negative: (least ?? column.minimum ?? -1) >= 0 } };
}
