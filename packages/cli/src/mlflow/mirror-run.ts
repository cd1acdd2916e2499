import { createHash } from "node:crypto";
import type { RunRecord, TrialRecord } from "@sagewright/sagemaker";
import { type MlflowClient, MlflowError } from "./mlflow-client";

/** Tag under which a mirrored run is found again. */
const EXECUTION = "sagewright.execution";
const TRIAL = "sagewright.trial";
/** Digest of what was mirrored; set last, so that a run which has it is complete. */
const MIRRORED = "sagewright.mirrored";
const SOURCE = "sagewright";

/** What mirroring a run did. */
export interface MirroredRun {
  readonly runId: string;
  readonly experimentId: string;
  readonly change: "created" | "updated" | "unchanged";
  readonly trials: number;
  /** Files that were not stored, each with the reason. */
  readonly warnings: readonly string[];
}

interface Run {
  readonly info: { readonly run_id: string; readonly artifact_uri?: string; readonly experiment_id: string };
  readonly data?: { readonly tags?: readonly { readonly key: string; readonly value: string }[] };
}

/**
 * Brings an execution to MLflow: one run, its trials as child runs, parameters, metrics and files. Doing it again
 * completes what is there and makes nothing twice: runs are found by their tags, and metrics carry the run's own times.
 */
export async function mirrorRun(client: MlflowClient, record: RunRecord, experiment: string): Promise<MirroredRun> {
  const experimentId = await experimentOf(client, experiment);
  const digest = digestOf(record);
  const [found] = await searchRuns(client, experimentId, EXECUTION, record.executionArn);
  if (found !== undefined && tagOf(found, MIRRORED) === digest)
    return { runId: found.info.run_id, experimentId, change: "unchanged", trials: record.trials.length, warnings: [] };
  const started = millis(record.startedAt);
  const run =
    found ?? (await createRun(client, experimentId, record.name, started, { [EXECUTION]: record.executionArn }));
  const runId = run.info.run_id;
  const end = millis(record.endedAt ?? record.startedAt);
  await logBatch(client, runId, { params: record.parameters, metrics: record.metrics, timestamp: end });
  const known = await searchRuns(client, experimentId, "mlflow.parentRunId", runId);
  for (const trial of record.trials) await mirrorTrial(client, { experimentId, parent: runId, trial, known });
  const warnings = await putFiles(client, run, record);
  await finish(client, runId, record.status, record.status === "Executing" ? undefined : end);
  await setTags(client, runId, {
    "mlflow.note.content": `Pipeline ${record.pipeline}, execution ${record.executionArn}${record.reason === undefined ? "" : `\n\n${record.reason}`}`,
    "sagewright.pipeline": record.pipeline,
    "sagewright.status": record.status,
    ...(record.model === undefined ? {} : { "sagewright.model_package": record.model.arn }),
    ...(warnings.length > 0 ? {} : { [MIRRORED]: digest }),
  });
  const change = found === undefined ? "created" : "updated";
  return { runId, experimentId, change, trials: record.trials.length, warnings };
}

interface TrialWork {
  readonly experimentId: string;
  readonly parent: string;
  readonly trial: TrialRecord;
  readonly known: readonly Run[];
}

async function mirrorTrial(client: MlflowClient, { experimentId, parent, trial, known }: TrialWork): Promise<void> {
  const tags = { "mlflow.parentRunId": parent, [TRIAL]: trial.job };
  const started = millis(trial.startedAt);
  const run =
    known.find((each) => tagOf(each, TRIAL) === trial.job) ??
    (await createRun(client, experimentId, trial.job, started, tags));
  const end = millis(trial.endedAt ?? trial.startedAt);
  await logBatch(client, run.info.run_id, { params: trial.parameters, metrics: trial.metrics, timestamp: end });
  await finish(client, run.info.run_id, trial.status, trial.endedAt === undefined ? undefined : end);
}

async function experimentOf(client: MlflowClient, name: string): Promise<string> {
  type Found = { experiment: { experiment_id: string; lifecycle_stage?: string } };
  const read = () => client.get<Found>("experiments/get-by-name", { experiment_name: name });
  try {
    const { experiment } = await read();
    if (experiment.lifecycle_stage === "deleted")
      await client.post("experiments/restore", { experiment_id: experiment.experiment_id });
    return experiment.experiment_id;
  } catch (error) {
    if (!(error instanceof MlflowError) || error.code !== "RESOURCE_DOES_NOT_EXIST") throw error;
  }
  try {
    return (await client.post<{ experiment_id: string }>("experiments/create", { name }, { again: false }))
      .experiment_id;
  } catch (error) {
    if (!(error instanceof MlflowError) || error.code !== "RESOURCE_ALREADY_EXISTS") throw error;
    return (await read()).experiment.experiment_id;
  }
}

async function searchRuns(client: MlflowClient, experimentId: string, tag: string, value: string): Promise<Run[]> {
  const found: Run[] = [];
  let token: string | undefined;
  do {
    const page = await client.post<{ runs?: Run[]; next_page_token?: string }>("runs/search", {
      experiment_ids: [experimentId],
      filter: `tags.\`${tag}\` = '${value}'`,
      max_results: 1_000,
      ...(token === undefined ? {} : { page_token: token }),
    });
    found.push(...(page.runs ?? []));
    token = page.next_page_token || undefined;
  } while (token !== undefined);
  return found;
}

async function createRun(
  client: MlflowClient,
  experimentId: string,
  name: string,
  started: number,
  tags: Readonly<Record<string, string>>,
): Promise<Run> {
  const body = {
    experiment_id: experimentId,
    run_name: name,
    start_time: started,
    tags: pairs({ ...tags, "mlflow.source.name": SOURCE, "mlflow.source.type": "JOB" }),
  };
  return (await client.post<{ run: Run }>("runs/create", body, { again: false })).run;
}

/** Of one log-batch request. */
const MOST_PARAMS = 100;
const MOST_METRICS = 1_000;
/** Longest value of a parameter. */
const LONGEST_VALUE = 6_000;

async function logBatch(
  client: MlflowClient,
  runId: string,
  given: { params: Readonly<Record<string, string>>; metrics: Readonly<Record<string, number>>; timestamp: number },
): Promise<void> {
  const params = pairs(given.params).map(({ key, value }) => ({
    key: named(key),
    value: value.slice(0, LONGEST_VALUE),
  }));
  const metrics = Object.entries(given.metrics)
    .filter(([, value]) => Number.isFinite(value))
    .map(([key, value]) => ({ key: named(key), value, timestamp: given.timestamp, step: 0 }));
  for (const part of chunks(params, MOST_PARAMS)) await client.post("runs/log-batch", { run_id: runId, params: part });
  for (const part of chunks(metrics, MOST_METRICS))
    await client.post("runs/log-batch", { run_id: runId, metrics: part });
}

async function putFiles(client: MlflowClient, { info }: Run, { files }: RunRecord): Promise<string[]> {
  const folder = /^mlflow-artifacts:(?:\/\/[^/]+)?\/(.*)$/.exec(info.artifact_uri ?? "")?.[1];
  if (folder === undefined && files.length > 0)
    return [
      `${client.address} keeps artefacts at ${info.artifact_uri} and not behind its own proxy, so ${files.length} files were not sent. Start it with --serve-artifacts.`,
    ];
  const warnings: string[] = [];
  for (const { step, name, content } of files) {
    try {
      await client.putArtefact(`${folder}/${step}/${name}`, content);
    } catch (error) {
      if (!(error instanceof MlflowError)) throw error;
      warnings.push(`${step}/${name}: ${error.message}`);
    }
  }
  return warnings;
}

async function finish(client: MlflowClient, runId: string, status: string, end: number | undefined): Promise<void> {
  const ended = end === undefined ? {} : { end_time: end };
  await client.post("runs/update", { run_id: runId, status: statusOf(status), ...ended });
}

function statusOf(status: string): string {
  if (/^(Succeeded|Completed)$/.test(status)) return "FINISHED";
  if (/^(Stopped|Stopping)$/.test(status)) return "KILLED";
  return /Fail/.test(status) ? "FAILED" : "RUNNING";
}

async function setTags(client: MlflowClient, runId: string, tags: Readonly<Record<string, string>>): Promise<void> {
  await client.post("runs/log-batch", { run_id: runId, tags: pairs(tags) });
}

function tagOf({ data }: Run, key: string): string | undefined {
  return data?.tags?.find((tag) => tag.key === key)?.value;
}

/** `validation:auc` becomes `validation/auc`, which every version of MLflow takes and shows as a group. */
function named(name: string): string {
  return name.replaceAll(":", "/").replace(/[^/\w.\- ]/g, "_");
}

function pairs(record: Readonly<Record<string, string>>): { key: string; value: string }[] {
  return Object.entries(record).map(([key, value]) => ({ key, value }));
}

function chunks<T>(values: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(values.length / size) }, (_, at) => values.slice(at * size, (at + 1) * size));
}

function millis(at: Date | undefined): number {
  return at?.getTime() ?? 0;
}

/** Changes when anything changes that is mirrored with the run. */
function digestOf({ model: _, files, ...record }: RunRecord): string {
  const contents = files.map(({ step, name, content }) => [
    step,
    name,
    createHash("sha256").update(content).digest("hex"),
  ]);
  return createHash("sha256")
    .update(JSON.stringify([record, contents]))
    .digest("hex");
}
