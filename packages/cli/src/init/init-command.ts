import { createReadStream, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { basename, extname, join, relative, resolve } from "node:path";
import { contractSource, type Finding, type Inferred, inferContract } from "@sagewright/contract";
import pc from "picocolors";
import type { CommandContext } from "../command";
import { CliError, usageError } from "../errors";
import { exitCodes } from "../exit-codes";
import { wholeNumber } from "../options/whole-number";
import { csvFile } from "../project/csv-file";
import { plural } from "../terminal/format";
import { pipelineSource } from "./pipeline-source";

interface InitOptions {
  data: string;
  target: string;
  positive?: string;
  id?: string[];
  keep?: string[];
  name?: string;
  trials: string;
}

/** `sagewright init`: reads the CSV, writes the contract and the pipeline, and names what it decided. */
export async function initCommand({ output, options, cwd }: CommandContext<InitOptions>): Promise<undefined> {
  const file = csvFile(resolve(cwd, options.data), options.data);
  const name = checkedName(options.name ?? nameOf(file));
  const trials = wholeNumber("--trials", options.trials, { minimum: 1, maximum: 500 });
  const folder = join(cwd, "pipelines", name);
  refuseToOverwrite(folder, options.name === undefined);
  const inferred = await inferContract(createReadStream(file), {
    target: options.target,
    ...(options.positive === undefined ? {} : { positive: options.positive }),
    ...(options.id === undefined ? {} : { id: options.id }),
    keep: options.keep ?? [],
    name,
    file: options.data,
  });
  mkdirSync(folder, { recursive: true });
  const kind = inferred.contract.target.kind;
  writeFileSync(join(folder, "contract.ts"), contractSource(inferred.contract));
  writeFileSync(
    join(folder, "pipeline.ts"),
    pipelineSource({ name, kind, data: portable(relative(folder, file)), trials }),
  );
  const files = ["contract.ts", "pipeline.ts"].map((each) => relative(cwd, join(folder, each)));
  output.document({ name, files, rows: inferred.rows, findings: inferred.findings });
  for (const line of report(inferred, name, files, options.positive !== undefined)) output.line(line);
}

const fewRows = 200;

function report({ contract, findings, rows }: Inferred, name: string, files: string[], asked: boolean): string[] {
  const { target } = contract;
  const target_ =
    target.kind === "binary" ? `'${target.column}' being ${target.positive.join(" or ")}` : `'${target.column}'`;
  return [
    `${pc.green("✓")} ${plural(contract.columns.length, "column")} of ${plural(rows, "row")} predict ${target_}`,
    ...findings.filter(({ code }) => code !== "target_positive" || !asked).map(findingLine),
    ...(rows < fewRows
      ? [`${pc.yellow("!")} ${plural(rows, "row")} are few to learn from: figures of a model will be uncertain.`]
      : []),
    ...files.map((file) => `${pc.green("+")} ${file}`),
    `${pc.dim("Next:")} sagewright run ${name}`,
  ];
}

/** Decisions that are the expected ones; the rest asks for a look. */
const usual: ReadonlySet<string> = new Set(["target_positive", "taken_as_id", "kept", "left_out_row_number"]);

function findingLine({ code, column, message }: Finding): string {
  return `${usual.has(code) ? pc.dim("·") : pc.yellow("!")} ${column === undefined || message.startsWith(column) ? message : `${pc.bold(column)}  ${message}`}`;
}

function nameOf(file: string): string {
  const words = basename(file, extname(file))
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "");
  return words === "" ? "pipeline" : words.slice(0, 40);
}

/** A pipeline's name becomes part of SageMaker's names: letters, digits and hyphens. */
function checkedName(name: string): string {
  if (/^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,49}$/.test(name)) return name;
  throw usageError(
    `--name: '${name}' is not made of letters, digits and single hyphens, 50 characters at most`,
    "for example: --name customer-churn",
  );
}

function refuseToOverwrite(folder: string, nameWasGuessed: boolean): void {
  if (!existsSync(join(folder, "pipeline.ts")) && !existsSync(join(folder, "contract.ts"))) return;
  throw new CliError({
    code: "pipeline_exists",
    subject: folder,
    message: "there is a pipeline already, and nothing was overwritten",
    fix: nameWasGuessed ? "give another name with --name" : "choose another --name, or remove the folder",
    exitCode: exitCodes.usage,
  });
}

function portable(path: string): string {
  return path.split("\\").join("/");
}
