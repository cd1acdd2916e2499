import { type Clients, runRecord } from "@sagewright/sagemaker";
import type { Output } from "../terminal/output";
import { mirrorModel } from "./mirror-model";
import { mirrorRun } from "./mirror-run";
import { type MlflowAccess, MlflowClient } from "./mlflow-client";

/** What became of mirroring a run that has just ended. */
export interface MirrorOutcome {
  readonly mlflow: string;
  /** @default absent when it failed */
  readonly runId?: string;
  readonly warnings: readonly string[];
}

/**
 * Brings a run that has ended to MLflow. Never throws: a run does not fail because a server elsewhere does. What is
 * missing is named with the command that brings it later.
 */
export async function mirrorFinishedRun(
  access: MlflowAccess,
  { clients, executionArn, output }: { clients: Clients; executionArn: string; output: Output },
): Promise<MirrorOutcome> {
  const client = new MlflowClient(access);
  const mlflow = client.address;
  const later = `bring it later with: sagewright models mirror --mlflow ${mlflow}`;
  try {
    const record = await runRecord(clients, executionArn);
    const { runId, warnings } = await mirrorRun(client, record, record.pipeline);
    if (record.model?.executionArn === executionArn) await mirrorModel(client, record.model, runId);
    for (const warning of warnings) output.progress(`! MLflow: ${warning}`);
    output.progress(`MLflow: ${mlflow} has the run as ${runId}`);
    return { mlflow, runId, warnings };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    output.progress(`! MLflow did not get the run: ${message}. The run itself is unharmed; ${later}`);
    return { mlflow, warnings: [message] };
  }
}
