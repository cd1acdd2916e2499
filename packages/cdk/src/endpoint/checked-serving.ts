import { type EnvironmentInput, readEnvironment, type Serving } from "@sagewright/sagemaker";

/** How predictions are served, as an environment says it: everything with a default may be left out. */
export type ServingInput = EnvironmentInput["serving"];

/**
 * Serving with its defaults, after every rule that environments have: a burstable instance type with autoscaling, a canary of one
 * instance, a serverless endpoint with capture and the others are refused here, with the prop's path, value and rule.
 *
 * @throws EnvironmentError
 */
export function checkedServing(serving: ServingInput): Serving {
  return readEnvironment({ name: "props", account: "000000000000", region: "us-east-1", serving }).serving;
}
