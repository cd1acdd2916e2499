import { createHash } from "node:crypto";
import { join } from "node:path";
import type { Contract } from "@sagewright/contract";
import { ParametersError, startExecution } from "@sagewright/sagemaker";
import { type Retrain, type RetrainPlan, RetrainRefusedError, rememberedRetrain } from "@sagewright/serving";
import { readyPython } from "../runs/ready-python";
import type { Session } from "../session";

/** What a retraining needs. */
export interface RetrainingOptions {
  session: Session;
  /** Model group of the served version. */
  group: string;
  /** Of the served version. */
  contract: Contract;
  /** Where captures are: a folder, or `s3://BUCKET/PREFIX`. @default where they usually are */
  captures?: string | undefined;
  /** Told what happens, for the terminal. */
  onProgress: (line: string) => void;
}

/** What `POST /retrain` of a served model starts: the run that made such versions once more, on what was labelled since too. */
export function retraining(options: RetrainingOptions): Retrain {
  const { session, group, onProgress } = options;
  const { clients, stateDir } = session;
  return rememberedRetrain({
    path: join(stateDir, "serving", "retrains.json"),
    plan: () => planned(options),
    async start({ token, reason, plan }) {
      // Jobs run on this machine, which then needs their Python.
      if (session.cloud !== undefined) await readyPython(onProgress);
      const { executionArn } = await startExecution(clients, {
        ...plan,
        // Within the service's alphabet and length, whatever the caller's key is.
        clientRequestToken: createHash("sha256").update(`${group} ${token}`).digest("hex"),
        description: `Retraining of ${group}: asked for: ${reason}`,
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

async function planned({ session, group, contract, captures, onProgress }: RetrainingOptions): Promise<RetrainPlan> {
  const { freshData, planRetraining } =
    require("../monitor/retraining/plan") as typeof import("../monitor/retraining/plan");
  const data = freshData(session, { group, cwd: session.stateDir, places: { captures }, contract });
  const found = await planRetraining(session.clients, { group, data });
  if ("parameters" in found) {
    if (found.data !== undefined) onProgress(`data: ${found.data.sentence}`);
    return { pipeline: found.pipeline, parameters: { ...found.parameters } };
  }
  const why =
    found.pipeline === undefined
      ? `no pipeline that is published here registers versions of ${group}`
      : `${found.pipeline} has not run yet, and needs ${found.lacking.join(", ")}`;
  throw new RetrainRefusedError(`Nothing can be trained again: ${why}. Run the pipeline once; then this repeats it.`);
}
