import { readdirSync } from "node:fs";
import { join } from "node:path";
import { parseDefinition } from "@sagewright/pipeline";
import { estimateMonth, type MonthlyCost, pipelineJobs, priceTable, usageOf } from "@sagewright/sagemaker";
import type { CommandContext } from "../command";
import { usageError } from "../errors";
import { loadEnvironment } from "../project/environment";
import { findProject } from "../project/find-project";
import { definitionOf } from "../releases/definition-source";

/** A month of an environment, in its own mode of serving. */
type EnvironmentMonth = MonthlyCost & { readonly environment: string; readonly budgetUsd?: number };

/** `sagewright infra cost`: a month of every environment, as `sagewright cost --env` says it for one. */
export function infraCostCommand({ output, options, cwd }: CommandContext<{ env?: string }>, word?: string): undefined {
  const project = findProject(cwd);
  const pipeline = word ?? (project.pipelines.length === 1 ? project.pipelines[0] : "churn") ?? "churn";
  const jobs = pipelineJobs(parseDefinition(definitionOf(cwd, pipeline, {}).json));
  const names = options.env === undefined ? environmentsOf(project.root) : [options.env];
  const months = names.map((name): EnvironmentMonth => {
    const environment = loadEnvironment(cwd, name);
    const month = estimateMonth(usageOf(environment, jobs), priceTable).find(
      ({ mode }) => mode === environment.serving.mode,
    );
    if (month === undefined) throw usageError(`there is no estimate for the mode ${environment.serving.mode}`);
    const { budget } = environment;
    return { environment: name, ...month, ...(budget === undefined ? {} : { budgetUsd: budget.usdPerMonth }) };
  });
  const { date, region, notCounted } = priceTable;
  output.document({ pipeline, months, date, region, notCounted });
  for (const line of table(months)) output.line(line);
  output.line();
  output.line(`AWS list prices of ${region}, ${date}; where the money goes: sagewright cost ${pipeline} --env NAME`);
}

function environmentsOf(root: string): string[] {
  const names = readdirSync(join(root, "config"))
    .filter((name) => /\.(ts|json)$/.test(name))
    .map((name) => name.replace(/\.(ts|json)$/, ""));
  if (names.length > 0) return names.sort();
  throw usageError("there is no environment in config/", "write config/dev.ts with defineEnvironment");
}

function table(months: readonly EnvironmentMonth[]): string[] {
  const rows = months.map(({ environment, mode, total, budgetUsd }) => [
    environment,
    mode,
    `$${total.toFixed(2)}`,
    budgetUsd === undefined ? "" : `${Math.round((total / budgetUsd) * 100)} % of $${budgetUsd}`,
  ]);
  const all = [["A MONTH", "mode", "total", "budget"], ...rows];
  const width = (at: number) => Math.max(...all.map((row) => (row[at] ?? "").length));
  return all.map((row) =>
    row
      .map((text, at) => (at === 2 ? text.padStart(width(at)) : text.padEnd(width(at))))
      .join("  ")
      .trimEnd(),
  );
}
