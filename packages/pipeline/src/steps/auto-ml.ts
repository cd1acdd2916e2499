import { type Issue, issueCollector, show } from "../issue";
import { isExpressionForm } from "../reading/references";
import { isObject } from "../validate/context";
import type { StepKind } from "./step-kind";

/** Tries algorithms by itself. */
export const autoMlKind: StepKind = {
  type: "AutoML",
  operation: "CreateAutoMLJob",
  nameMember: "AutoMLJobName",
  describe: "DescribeAutoMLJob",
  extraProperties: ["BestCandidateProperties"],
  refused: {
    ModelDeployConfig: "Deploy the best candidate in steps of its own",
    GenerateCandidateDefinitionsOnly: "Remove it: the step runs the whole job",
  },
  permissions: { actions: ["CreateAutoMLJob", "DescribeAutoMLJob", "StopAutoMLJob"], resources: ["automl-job/*"] },
  cacheable: true,
  cachedByDefault: true,
  retryable: "job",
  cacheKey: [
    "AutoMLJobConfig.CompletionCriteria",
    "AutoMLJobConfig.CandidateGenerationConfig",
    "AutoMLJobConfig.DataSplitConfig",
    "AutoMLJobConfig.Mode",
    "AutoMLJobObjective",
    "InputDataConfig",
    "ProblemType",
  ],
  validate: ({ Arguments }, { path }) => checkMode(Arguments, `${path}.Arguments.AutoMLJobConfig.Mode`),
};

function checkMode(given: unknown, path: string): Issue[] {
  const { issues, add } = issueCollector();
  const config = isObject(given) ? given.AutoMLJobConfig : undefined;
  const mode = isObject(config) ? config.Mode : undefined;
  if (mode !== "ENSEMBLING" && !isExpressionForm(mode)) {
    add("automl_mode", path, `Pipelines take only mode ENSEMBLING, not ${show(mode)}. Write 'ENSEMBLING'.`, {
      received: mode,
    });
  }
  return issues;
}
