import { existsSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { readContract } from "@sagewright/contract";
import { type Clients, type ModelDetails, verifyArtefact } from "@sagewright/sagemaker";
import pc from "picocolors";
import type { CommandContext } from "../command";
import { CliError, usageError } from "../errors";
import { exitCodes } from "../exit-codes";
import { archiveFile } from "../models/archive-file";
import { policyOf } from "../models/decision-policy";
import { findModel } from "../models/find-model";
import { requireValue } from "../models/open-model";
import { wholeNumber } from "../options/whole-number";
import { withSession } from "../session";
import { count, duration, plural } from "../terminal/format";
import { type ScoringModel, scoreFile } from "./file";
import { ScoringProgressView } from "./progress";

/** Options of `predict` that a file of customers takes. */
export interface ScoreOptions {
  file?: string;
  out?: string;
  threads?: string;
  fresh?: boolean;
  lifetimeValue?: string;
}

/** `sagewright predict MODEL --file … --out …`: scores a file on all cores, and goes on where an interrupted run stopped. */
export async function scoreCommand(context: CommandContext<ScoreOptions>, word: string): Promise<undefined> {
  const { output, options, signal } = context;
  const { lifetimeValue: beside } = options;
  const { name, file, out } = filesOf(context, word);
  const threads = options.threads === undefined ? undefined : wholeNumber("--threads", options.threads, { minimum: 1 });
  // The state folder is others' while the file is scored.
  const model = await withSession(
    context,
    async ({ clients }) => {
      const found = await verifiedModel(clients, (await findModel(clients, word)).arn);
      if (beside === undefined) return found;
      const { details: _, ...value } = await verifiedModel(clients, (await findModel(clients, beside)).arn);
      requireValue(value.contract, beside);
      return { ...found, value: { ...value, policy: policyOf(context.cwd, found.details.group) } };
    },
    { reading: true },
  );
  const view = new ScoringProgressView(output);
  const done = await scoreFile(model, file, out, {
    ...{ name, signal, fresh: options.fresh === true, onProgress: (progress) => view.show(progress) },
    ...(threads === undefined ? {} : { threads }),
  }).finally(() => view.end());
  const rows = done.scored + done.quarantined - done.resumedAt;
  const rowsPerSecond = Math.round(rows / Math.max(done.seconds, 0.001));
  output.document({ ...done, rowsPerSecond, out: options.out, model: model.details.arn });
  for (const warning of done.warnings) output.progress(`${pc.yellow("!")} ${warning}`);
  const resumed = done.resumedAt > 0 ? `, ${count(done.resumedAt)} of them by the run before` : "";
  const pace = pc.dim(`${duration(done.seconds * 1000)}, ${count(rowsPerSecond)} rows/s`);
  output.line(`${pc.green("✓")} ${plural(done.scored, "row")} scored into ${options.out ?? out}${resumed}  ${pace}`);
  if (done.quarantine === null) return;
  const reasons = Object.entries(done.byCode).map(([code, times]) => `${code} ${count(times)}`);
  output.line(
    `${pc.yellow("!")} ${plural(done.quarantined, "row")} refused (${reasons.join(", ")}): ${done.quarantine}`,
  );
}

/** A registered model whose files were checked; its predictor is loaded by the threads. */
async function verifiedModel(clients: Clients, arn: string): Promise<ScoringModel & { details: ModelDetails }> {
  const { model: details, files } = await verifyArtefact(clients, arn);
  const contract = readContract(Buffer.from(archiveFile(files, "contract.json", arn)).toString("utf8"));
  return { details, contract, predictor: Uint8Array.from(archiveFile(files, "predictor.safetensors", arn)) };
}

function filesOf({ options, cwd }: CommandContext<ScoreOptions>, word: string) {
  const { file: name = "", out: named } = options;
  if (named === undefined)
    throw usageError("--file needs --out", `sagewright predict ${word} --file ${name} --out scored.csv`);
  const [file, out] = [resolve(cwd, name), resolve(cwd, named)];
  if (!existsSync(file) || !statSync(file).isFile()) {
    const message = existsSync(file) ? "this is no file" : "there is no such file";
    throw new CliError({ code: "data_not_found", subject: name, message, at: file, exitCode: exitCodes.usage });
  }
  if (!existsSync(dirname(out))) {
    const message = "its folder does not exist";
    const fix = `mkdir -p ${dirname(named)}`;
    throw new CliError({ code: "folder_not_found", subject: named, message, fix, exitCode: exitCodes.usage });
  }
  return { name, file, out };
}
