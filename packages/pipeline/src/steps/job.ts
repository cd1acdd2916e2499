import type { StepKind } from "./step-kind";

/** Runs a job of one of the newer categories, whose configuration is a JSON text. */
export const jobKind: StepKind = {
  type: "Job",
  operation: "CreateJob",
  nameMember: "JobName",
  describe: "DescribeJob",
  // The service reads the document lazily, so references may go into it.
  extraProperties: ["JobConfigDocument"],
  // AWS's SDK sends these although the operation's model has neither.
  toleratedArguments: ["CustomerDetails", "VpcConfig"],
  permissions: { actions: ["CreateJob", "DescribeJob", "StopJob"], resources: ["job/*"] },
  cacheable: true,
  cachedByDefault: true,
  retryable: "job",
  cacheKey: ["JobCategory", "JobConfigSchemaVersion", "JobConfigDocument"],
};
