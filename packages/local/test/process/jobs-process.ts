import { openJobs } from "../support/cloud-harness";

/** A process with the job rooms over a state folder: creates the training job it is given, says so, and is killed. */
async function main(stateDir: string, request: string): Promise<void> {
  const cloud = openJobs(stateDir);
  await cloud.runtime.isolation("1.9-0");
  await cloud.invoke("sagemaker", "CreateTrainingJob", JSON.parse(request));
  process.stdout.write("created\n");
}

main(process.argv[2] as string, process.argv[3] as string);
