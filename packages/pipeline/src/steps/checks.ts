import { type Issue, issueCollector, show } from "../issue";
import type { StepKind } from "./step-kind";

const common = {
  operation: "CreateProcessingJob",
  nameMember: "ProcessingJobName",
  permissions: {
    actions: ["CreateProcessingJob", "DescribeProcessingJob", "StopProcessingJob"],
    resources: ["processing-job/*"],
  },
  cacheable: true,
  retryable: "never",
} as const;

const flags = {
  CheckType: "required",
  ModelPackageGroupName: "optional",
  SkipCheck: "optional",
  FailOnViolation: "optional",
  RegisterNewBaseline: "optional",
  SuppliedBaselineConstraints: "optional",
} as const;

const key = [
  "@CheckType",
  "AppSpecification",
  "Environment",
  "ProcessingInputs",
  "@SkipCheck",
  "@RegisterNewBaseline",
  "@ModelPackageGroupName",
  "@SuppliedBaselineConstraints",
];

/** Compares data or predictions with a baseline. */
export const qualityCheckKind: StepKind = {
  ...common,
  type: "QualityCheck",
  extraProperties: [
    "CalculatedBaselineConstraints",
    "CalculatedBaselineStatistics",
    "BaselineUsedForDriftCheckConstraints",
    "BaselineUsedForDriftCheckStatistics",
  ],
  members: { ...flags, SuppliedBaselineStatistics: "optional" },
  cacheKey: [...key, "@SuppliedBaselineStatistics"],
  validate: (step, { path }) => checkType(step.CheckType, `${path}.CheckType`, ["DATA_QUALITY", "MODEL_QUALITY"]),
};

/** Compares bias or explanations with a baseline. */
export const clarifyCheckKind: StepKind = {
  ...common,
  type: "ClarifyCheck",
  extraProperties: ["CalculatedBaselineConstraints", "BaselineUsedForDriftCheckConstraints"],
  // The service makes an endpoint of the model that is to be explained.
  members: { ...flags, ModelName: "optional" },
  cacheKey: [...key, "@ModelName"],
  validate: (step, { path }) =>
    checkType(step.CheckType, `${path}.CheckType`, ["DATA_BIAS", "MODEL_BIAS", "MODEL_EXPLAINABILITY"]),
};

function checkType(type: unknown, path: string, allowed: readonly string[]): Issue[] {
  const { issues, add } = issueCollector();
  if (type !== undefined && !allowed.includes(type as string)) {
    add("enum", path, `${show(type)} is no type of this check. Use one of ${allowed.join(", ")}.`, {
      received: type,
      allowed,
    });
  }
  return issues;
}
