import { CloudError } from "../errors";

/** A step cannot go on; the message becomes its FailureReason. */
export class StepFailure extends CloudError {
  constructor(
    message: string,
    /** The exception's name in retry policies, when it can be retried at all. */
    readonly exception?: string,
  ) {
    super("step_failed", message);
  }
}
