import { createHash } from "node:crypto";
import { join } from "node:path";
import { type Clients, ParametersError, repeatableRun, startExecution } from "@sagewright/sagemaker";
import { type Retrain, type RetrainPlan, RetrainRefusedError, rememberedRetrain } from "@sagewright/serving";
import { readyPython } from "../runs/ready-python";

/** What a retraining needs. */
export interface RetrainingOptions {
  clients: Clients;
  stateDir: string;
  /** Model group of the served version. */
  group: string;
  /** Jobs run on this machine, which then needs their Python. */
  local: boolean;
  /** Told what happens, for the terminal. */
  onProgress: (line: string) => void;
}

/** What `POST /retrain` of a served model starts: the run that made such versions, once more. */
export function retraining({ clients, stateDir, group, local, onProgress }: RetrainingOptions): Retrain {
  return rememberedRetrain({
    path: join(stateDir, "serving", "retrains.json"),
    plan: () => planned(clients, group),
    async start({ token, reason, plan }) {
      if (local) await readyPython(onProgress);
      const { executionArn } = await startExecution(clients, {
        ...plan,
        // Within the service's alphabet and length, whatever the caller's key is.
        clientRequestToken: createHash("sha256").update(`${group} ${token}`).digest("hex"),
        description: `Retraining of ${group}: ${reason}`,
      }).catch((error: unknown) => {
        if (error instanceof ParametersError) throw new RetrainRefusedError(error.message, { cause: error });
        throw error;
      });
      const runId = executionArn.split("/").at(-1) ?? executionArn;
      onProgress(`retraining ${group}: run ${runId} of ${plan.pipeline} (see: sagewright runs show ${runId})`);
      return { runId, executionArn };
    },
  });
}

async function planned(clients: Clients, group: string): Promise<RetrainPlan> {
  const found = await repeatableRun(clients, { group });
  if ("parameters" in found) return { pipeline: found.pipeline, parameters: { ...found.parameters } };
  const why =
    found.pipeline === undefined
      ? `no pipeline that is published here registers versions of ${group}`
      : `${found.pipeline} has not run yet, and needs ${found.lacking.join(", ")}`;
  throw new RetrainRefusedError(`Nothing can be trained again: ${why}. Run the pipeline once; then this repeats it.`);
}
