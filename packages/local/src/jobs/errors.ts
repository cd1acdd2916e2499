import { CloudError } from "../errors";

/** A job cannot be run on this machine: no suitable Python, no network for its packages, an unknown image. */
export class RuntimeError extends CloudError {}

/** Something a job asked for cannot be done; becomes its FailureReason. */
export class JobError extends CloudError {}
