import { findProject } from "./find-project";

/** The command that gets something to happen in a project where nothing has: running its pipeline, or making one. */
export function firstStep(cwd: string): string {
  const [name, ...others] = findProject(cwd).pipelines;
  if (name === undefined) return "sagewright init --data customers.csv --target COLUMN";
  return `sagewright run ${others.includes("churn") ? "churn" : name}`;
}
