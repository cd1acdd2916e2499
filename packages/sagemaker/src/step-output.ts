import { DescribeProcessingJobCommand } from "@aws-sdk/client-sagemaker";
import type { Clients } from "./clients";
import type { StepView } from "./execution-events";
import { readObject } from "./objects";

/**
 * A file that a Processing step wrote into one of its outputs.
 *
 * @param options - `output` is the output's name in the definition, `file` the path within it.
 * @returns Its content; undefined when the step is no Processing step, has no such output, or did not write the file.
 */
export async function readStepOutput(
  clients: Pick<Clients, "sagemaker" | "s3">,
  step: StepView,
  { output, file }: { readonly output: string; readonly file: string },
): Promise<Uint8Array | undefined> {
  if (step.job?.kind !== "ProcessingJob") return undefined;
  const job = await clients.sagemaker.send(new DescribeProcessingJobCommand({ ProcessingJobName: step.job.name }));
  const found = job.ProcessingOutputConfig?.Outputs?.find((each) => each.OutputName === output);
  const folder = found?.S3Output?.S3Uri?.replace(/\/$/, "");
  if (folder === undefined) return undefined;
  try {
    return await readObject(clients, `${folder}/${file}`);
  } catch (error) {
    if (error instanceof Error && error.name === "NoSuchKey") return undefined;
    throw error;
  }
}
