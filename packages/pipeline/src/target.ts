import type { TrainingPlacement } from "./training-placement";

/** Where a pipeline will run. Every field is printed into the definition as a literal. */
export interface Target {
  readonly region: string;
  /** Twelve-digit account id. */
  readonly account: string;
  /** Bucket for code, data and outputs. */
  readonly bucket: string;
  /** Execution role of every job. */
  readonly roleArn: string;
  /** How training jobs get their machines there. @default as the steps ask */
  readonly training?: TrainingPlacement;
}

/** The embedded cloud's account. */
export const localTarget: Target = {
  region: "us-east-1",
  account: "000000000000",
  bucket: "sagewright-us-east-1-000000000000",
  roleArn: "arn:aws:iam::000000000000:role/SagewrightExecution",
};
