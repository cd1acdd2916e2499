import { type Issue, issueCollector } from "../issue";
import { isObject } from "../validate/context";
import type { StepKind } from "./step-kind";

/** Runs a job on Amazon EMR Serverless. */
export const emrServerlessKind: StepKind = {
  type: "EMRServerless",
  openProperties: true,
  cacheable: true,
  retryable: "step",
  argumentMembers: {
    ExecutionRoleArn: "required",
    JobConfig: "required",
    ApplicationId: "optional",
    ApplicationConfig: "optional",
  },
  cacheKey: ["ApplicationId", "ApplicationConfig", "JobConfig"],
  validate: ({ Arguments }, { path }) => checkApplication(Arguments, `${path}.Arguments`),
};

function checkApplication(given: unknown, path: string): Issue[] {
  const { issues, add } = issueCollector();
  if (!isObject(given)) return issues;
  if ((given.ApplicationId === undefined) === (given.ApplicationConfig === undefined)) {
    const at = given.ApplicationId === undefined ? "ApplicationId" : "ApplicationConfig";
    add(
      "emr_application",
      `${path}.${at}`,
      "Exactly one of ApplicationId and ApplicationConfig must be given. Keep one of them.",
    );
  }
  return issues;
}
