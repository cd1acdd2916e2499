import { parseDefinition } from "@sagewright/pipeline";
import {
  cheapestModes,
  defaultUsage,
  type Environment,
  estimateMonth,
  pipelineJobs,
  priceTable,
  type Usage,
  usageOf,
} from "@sagewright/sagemaker";
import type { CommandContext } from "../command";
import { usageError } from "../errors";
import { loadEnvironment } from "../project/environment";
import { costLines, priceTableLines } from "./cost-text";
import { definitionOf } from "./definition-source";

/** Options of `sagewright cost`, as they are typed. */
interface CostOptions {
  contract?: string;
  env?: string;
  predictions?: string;
  runs?: string;
  jobMinutes?: string;
  instance?: string;
  instances?: string;
  gateway?: "http" | "rest";
  prices?: boolean;
}

/** `sagewright cost`: a month in every mode of serving, side by side. */
export function costCommand({ output, options, cwd }: CommandContext<CostOptions>, word?: string): undefined {
  if (options.prices) {
    output.document(priceTable);
    for (const line of priceTableLines(priceTable)) output.line(line);
    return;
  }
  if (word === undefined)
    throw usageError("cost: which pipeline?", "name one, such as: sagewright cost churn; or print the --prices alone");
  const { name, json } = definitionOf(cwd, word, options.contract === undefined ? {} : { contract: options.contract });
  const environment = options.env === undefined ? undefined : loadEnvironment(cwd, options.env);
  const jobs = pipelineJobs(parseDefinition(json));
  const usage = asked(options, environment === undefined ? { ...defaultUsage, jobs } : usageOf(environment, jobs));
  const { reference } = priceTable;
  const report = {
    usage,
    months: estimateMonth(usage, priceTable),
    referenceMonths: estimateMonth({ ...usage, predictions: reference.predictions }, priceTable),
    cheapest: cheapestModes(usage, priceTable),
    cheapestWithoutEmbedded: cheapestModes(usage, priceTable, ["endpoint", "serverless"]),
    notCounted: [...priceTable.notCounted, ...ownNotCounted(environment)],
  };
  const { date, region, source, sources } = priceTable;
  output.document({
    pipeline: name,
    ...(environment === undefined ? {} : { environment: environment.name, mode: environment.serving.mode }),
    ...report,
    reference,
    ...(environment?.budget === undefined ? {} : { budget: environment.budget }),
    date,
    region,
    source,
    sources,
  });
  const lines = costLines({ ...report, ...(environment === undefined ? {} : { environment }) }, priceTable);
  for (const line of lines) output.line(line);
}

/** What this environment may cost beside what is estimated. */
function ownNotCounted(environment: Environment | undefined): string[] {
  const serving = environment?.serving;
  if (serving?.mode === "endpoint" && serving.autoscaling !== undefined)
    return [`instances that autoscaling adds, up to ${serving.autoscaling.maximum} a variant`];
  if (serving?.mode === "serverless" && serving.provisionedConcurrency !== undefined)
    return ["provisioned concurrency of serverless inference"];
  return [];
}

/** What is typed wins over what the environment says. */
function asked(options: CostOptions, usage: Usage): Usage {
  const { hosting, predictions, runs, jobMinutes, gateway } = usage;
  return {
    ...usage,
    predictions: amount("--predictions", options.predictions, predictions),
    runs: amount("--runs", options.runs, runs),
    jobMinutes: amount("--job-minutes", options.jobMinutes, jobMinutes),
    gateway: options.gateway ?? gateway,
    hosting: {
      instance: options.instance ?? hosting.instance,
      instances: amount("--instances", options.instances, hosting.instances),
    },
  };
}

function amount(option: string, text: string | undefined, otherwise: number): number {
  const value = Number(text?.replaceAll(/[,_]/g, "") ?? otherwise);
  if (text?.trim() === "" || !Number.isFinite(value) || value < 0)
    throw usageError(`${option}: '${text}' is no amount`, "give a number from 0 up, such as 100000");
  return value;
}
