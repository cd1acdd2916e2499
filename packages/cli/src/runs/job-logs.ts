import { type Clients, type ExecutionReport, listTrials, readLogs } from "@sagewright/sagemaker";

/** A step as a report lists it. */
export type ReportedStep = ExecutionReport["steps"][number];

/** A job whose log can be read. */
export interface LoggedJob {
  kind: "TrainingJob" | "ProcessingJob" | "TransformJob";
  name: string;
}

/** The jobs of a step: none, one, or a tuning step's trials. */
export async function jobsOf(clients: Clients, step: ReportedStep): Promise<LoggedJob[]> {
  if (step.job === undefined) return [];
  const { kind, name } = step.job;
  if (kind !== "TuningJob") return [{ kind, name }];
  return (await listTrials(clients, name)).map((trial) => ({ kind: "TrainingJob" as const, name: trial.name }));
}

/** Everything a job printed. */
export async function logOf(clients: Clients, job: LoggedJob): Promise<string[]> {
  const messages: string[] = [];
  for await (const { message } of readLogs(clients, job)) messages.push(message);
  return messages;
}
