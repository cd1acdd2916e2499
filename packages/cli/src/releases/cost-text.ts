import {
  type CheapestRange,
  type Environment,
  type MonthlyCost,
  type PriceTable,
  priceLines,
  type Usage,
} from "@sagewright/sagemaker";
import pc from "picocolors";
import { count, plural, table } from "../terminal/format";

/** What `sagewright cost` found out. */
export interface CostReport {
  readonly usage: Usage;
  readonly months: readonly MonthlyCost[];
  /** The same month with the traffic of the reference. */
  readonly referenceMonths: readonly MonthlyCost[];
  readonly cheapest: readonly CheapestRange[];
  readonly cheapestWithoutEmbedded: readonly CheapestRange[];
  readonly notCounted: readonly string[];
  readonly environment?: Environment;
}

/** A month in every mode, side by side, what is cheapest where, and what the figures stand on. */
export function costLines(report: CostReport, prices: PriceTable): string[] {
  const { usage, months, environment, cheapest, cheapestWithoutEmbedded, notCounted } = report;
  const row = (name: string, text: string) => `${pc.dim(name.padEnd(11))} ${text}`;
  const machines = usage.jobs.reduce((sum, job) => sum + job.machines, 0);
  const elsewhere = environment !== undefined && environment.region !== prices.region;
  const { lambda, serverless, hosting } = usage;
  const milliseconds = (seconds: number) => `${Math.round(seconds * 1_000)} ms`;
  return [
    ...monthTable(months, environment?.serving.mode),
    "",
    row("cheapest", rangeText(cheapest)),
    row("endpoints", rangeText(cheapestWithoutEmbedded)),
    row("reference", referenceText(report, prices)),
    ...(environment?.budget === undefined ? [] : [row("budget", budgetText(months, environment.budget.usdPerMonth))]),
    row(
      "assumed",
      `${count(usage.predictions)} predictions, ${plural(usage.runs, "run")} of ${plural(machines, "job")} of ${usage.jobMinutes} min, spot saves ${Math.round(usage.spotSaving * 100)} %`,
    ),
    row(
      "",
      `endpoint: ${hosting.instances} × ${hosting.instance}, the function waits ${milliseconds(lambda.seconds.endpoint)}`,
    ),
    row(
      "",
      `serverless: ${serverless.memoryGb} GB for ${milliseconds(serverless.seconds)}, the function waits ${milliseconds(lambda.seconds.serverless)}`,
    ),
    row(
      "",
      `embedded: the function itself, ${lambda.memoryGb} GB for ${milliseconds(lambda.seconds.embedded)}; see --json for the rest`,
    ),
    row(
      "prices",
      `${prices.source}, ${prices.date}${elsewhere ? `; ${environment.region} has prices of its own` : ""}; each with its source: --prices`,
    ),
    row("not counted", notCounted.join("; ")),
  ];
}

/** Every price that an estimate is made of, with the page it stands on and against what it was checked. */
export function priceTableLines(prices: PriceTable): string[] {
  const rows = priceLines(prices).map(({ name, price, unit, page, checked }) => [
    name,
    `$${decimal(price)}`,
    unit,
    page.replace("https://", ""),
    checked,
  ]);
  return [
    ...table([["PRICE", "", "FOR", "STANDS ON", "CHECKED AGAINST"], ...rows], { right: [1] }),
    "",
    `${prices.source}, put down ${prices.date}`,
  ];
}

/** A price without an exponent. */
function decimal(price: number): string {
  return price < 0.001 ? price.toFixed(12).replace(/0+$/, "") : String(price);
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

function rangeText([first, ...more]: readonly CheapestRange[]): string {
  if (more.length === 0) return `${first?.mode} at any traffic`;
  return [`${first?.mode}`, ...more.map(({ mode, from }) => `${mode} from ${count(from)} predictions a month`)].join(
    ", ",
  );
}

/** How far below the reference each mode is, always with the reference's own traffic. */
function referenceText({ referenceMonths }: CostReport, { reference }: PriceTable): string {
  const parts = referenceMonths.map(({ mode, total }) => {
    const saved = reference.perMonth - total;
    const how = saved >= 0 ? `$${saved.toFixed(2)} below` : `$${(-saved).toFixed(2)} above`;
    return `${mode} $${total.toFixed(2)}, ${how} (${((total / reference.perMonth) * 100).toFixed(1)} %)`;
  });
  return `$${reference.perMonth} a month for ${count(reference.predictions)} predictions; ours: ${parts.join("; ")}`;
}

function budgetText(months: readonly MonthlyCost[], budget: number): string {
  const parts = months.map(({ mode, total }) => `${mode} ${((total / budget) * 100).toFixed(0)} %`);
  return `$${budget} a month; it takes ${parts.join(", ")} of it`;
}
