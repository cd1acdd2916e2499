import { parseDefinition } from "@sagewright/pipeline";
import {
  cheapestModes,
  defaultUsage,
  type Environment,
  estimateMonth,
  type MonthlyCost,
  pipelineJobs,
  priceTable,
  type Usage,
  usageOf,
} from "@sagewright/sagemaker";
import pc from "picocolors";
import type { CommandContext } from "../command";
import { usageError } from "../errors";
import { loadEnvironment } from "../project/environment";
import { count, plural, table } from "../terminal/format";
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
}

/** `sagewright cost`: a month in every mode of serving, side by side. */
export function costCommand({ output, options, cwd }: CommandContext<CostOptions>, word: string): undefined {
  const { name, json } = definitionOf(cwd, word, options.contract === undefined ? {} : { contract: options.contract });
  const environment = options.env === undefined ? undefined : loadEnvironment(cwd, options.env);
  const jobs = pipelineJobs(parseDefinition(json));
  const usage = asked(options, environment === undefined ? { ...defaultUsage, jobs } : usageOf(environment, jobs));
  const months = estimateMonth(usage, priceTable);
  const cheapest = cheapestModes(usage, priceTable);
  const atEndpoint = cheapestModes(usage, priceTable, ["endpoint", "serverless"]);
  const { reference, date, source, sources, notCounted, region } = priceTable;
  output.document({
    pipeline: name,
    ...(environment === undefined ? {} : { environment: environment.name, mode: environment.serving.mode }),
    usage,
    months,
    cheapest,
    cheapestWithoutEmbedded: atEndpoint,
    reference,
    date,
    region,
    source,
    sources,
    notCounted,
  });
  for (const line of monthTable(months, environment?.serving.mode)) output.line(line);
  output.line();
  output.line(`${pc.dim("cheapest   ")} ${rangeText(cheapest)}`);
  output.line(`${pc.dim("endpoints  ")} ${rangeText(atEndpoint)}`);
  output.line(
    `${pc.dim("reference  ")} $${reference.perMonth} a month for ${count(reference.predictions)} predictions${against(usage, months, reference)}`,
  );
  const machines = usage.jobs.reduce((sum, { machines }) => sum + machines, 0);
  output.line(
    `${pc.dim("assumed    ")} ${count(usage.predictions)} predictions, ${plural(usage.runs, "run")} of ${plural(machines, "job")} of ${usage.jobMinutes} min; see --json for the rest`,
  );
  output.line(`${pc.dim("prices     ")} ${source}, ${date}${elsewhere(environment, region)}`);
  output.line(`${pc.dim("not counted")} ${notCounted.join("; ")}`);
}

function elsewhere(environment: Environment | undefined, region: string): string {
  return environment === undefined || environment.region === region
    ? ""
    : `; ${environment.region} has prices of its own`;
}

/** The environment's own mode is marked. */
function monthTable(months: readonly MonthlyCost[], own: string | undefined): string[] {
  const rows = [
    "training",
    "monitoring",
    "hosting",
    "lambda",
    "gateway",
    "storage",
    "watching",
    "security",
    "total",
  ] as const;
  const cells = rows.map((row) => [row, ...months.map((month) => `$${month[row].toFixed(2)}`)]);
  return table([["A MONTH", ...months.map(({ mode }) => (mode === own ? `${mode} ←` : mode))], ...cells], {
    right: [1, 2, 3],
  });
}

function rangeText(ranges: ReturnType<typeof cheapestModes>): string {
  const [first, ...more] = ranges;
  if (more.length === 0) return `${first?.mode} at any traffic`;
  return [`${first?.mode}`, ...more.map(({ mode, from }) => `${mode} from ${count(from)} predictions a month`)].join(
    ", ",
  );
}

/** How far below the reference each mode is; only for the reference's own traffic. */
function against(usage: Usage, months: readonly MonthlyCost[], reference: typeof priceTable.reference): string {
  if (usage.predictions !== reference.predictions) return "";
  const parts = months.map(({ mode, total }) => `${mode} ${percentOf(total, reference.perMonth)}`);
  return `; ours: ${parts.join(", ")} of that`;
}

function percentOf(part: number, whole: number): string {
  return `${((part / whole) * 100).toFixed(1)} %`;
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
