import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cli } from "./cli";

/** A project with one small product, made as a user makes it: a CSV, `init`, and a tuning step cut to two tiny forests. */
export interface TinyProduct {
  folder: string;
  /** The customers' lines, header first; tests change copies of them. */
  lines: readonly string[];
}

/** Name of the product and of its model group. */
export const tiny = "tiny";

/** Makes the product in an empty folder; `trials` of full size make a search that takes a few seconds. */
export async function tinyProduct(
  folder: string,
  rows = 300,
  { trials = 2, fullSize = false } = {},
): Promise<TinyProduct> {
  const lines = customers(rows);
  writeFileSync(join(folder, "customers.csv"), `${lines.join("\n")}\n`);
  const words = ["init", "--data", "customers.csv", "--target", "churn", "--positive", "yes", "--id", "customer"];
  const made = await cli([...words, "--name", tiny, "--trials", String(trials)], { cwd: folder });
  expect({ code: made.code, stderr: made.stderr }).toEqual({ code: 0, stderr: "" });
  if (!fullSize) shrink(join(folder, "pipelines", tiny, "pipeline.ts"));
  return { folder, lines };
}

/** Cuts the search of a pipeline file that `init` wrote to forests of a few trees. */
export function shrink(file: string): void {
  const source = readFileSync(file, "utf8");
  const small = source.replace("integer(3, 16)", "integer(3, 4)").replace("integer(50, 300)", "integer(10, 12)");
  expect(small).not.toBe(source);
  writeFileSync(file, small);
}

/** Customers whose churn depends on tenure and plan, with noise; the same ones every time. */
export function customers(rows: number): string[] {
  let seed = 7;
  const random = () => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed / 2_147_483_647;
  };
  const line = (_: unknown, index: number) => {
    const tenure = Math.floor(random() * 72);
    const plan = random() < 0.5 ? "basic" : "premium";
    const risk = 0.85 - tenure / 80 + (plan === "basic" ? 0.15 : -0.15);
    return `${1000 + index},${tenure},${plan},${(20 + random() * 80).toFixed(2)},${random() < risk ? "yes" : "no"}`;
  };
  return ["customer,tenure,plan,charge,churn", ...Array.from({ length: rows }, line)];
}

/** The lines with the fields of one column changed: `change` sees the old text and the row's number from 0. */
export function withColumn(
  lines: readonly string[],
  column: string,
  change: (text: string, row: number) => string,
): string[] {
  const [header = "", ...rows] = lines;
  const at = header.split(",").indexOf(column);
  return [
    header,
    ...rows.map((row, number) =>
      row
        .split(",")
        .with(at, change(row.split(",")[at] ?? "", number))
        .join(","),
    ),
  ];
}

/** What `run --json` ends with, as far as tests look at it. */
export interface RunDocument {
  pipeline: string;
  execution: string;
  status: string;
  gate: "passed" | "refused" | null;
  metrics: Record<string, number>;
  quarantined: number | null;
  warnings: { code: string; message: string }[];
  modelPackage: string | null;
  seconds: number;
  failures: { step: string; reason: string }[];
}

/** What a command that failed prints with `--json`. */
export interface ErrorDocument {
  error: { code: string; message: string; subject?: string; at?: string; why?: string; fix?: string; exitCode: number };
}
