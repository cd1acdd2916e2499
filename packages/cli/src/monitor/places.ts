import { join } from "node:path";
import { servingPaths } from "@sagewright/serving";
import type { Session } from "../session";

/** Where predictions are captured and what really happened is kept: folders or addresses in S3. */
export interface Places {
  readonly captures: string;
  readonly groundTruth: string;
}

/**
 * Where captures and labels are unless somebody says otherwise: of an environment on AWS in its bucket, where the stacks put
 * them; elsewhere in the serving folder of this machine.
 */
export function usualPlaces(session: Session, group: string): Places {
  const { captures, groundTruth } = servingPaths(join(session.stateDir, "serving"));
  if (session.cloud !== undefined || session.environment === undefined) return { captures, groundTruth };
  const { bucket } = session.target;
  return { captures: `s3://${bucket}/captures/${group}`, groundTruth: `s3://${bucket}/ground-truth` };
}
