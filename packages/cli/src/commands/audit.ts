import { join } from "node:path";
import type { Command } from "commander";
import pc from "picocolors";
import type { Act, CommandContext } from "../command";
import { CliError, usageError } from "../errors";
import { exitCodes } from "../exit-codes";
import { stateFolder } from "../session";
import { count, plural } from "../terminal/format";

/** `sagewright audit`: the record of decisions and administrative acts. */
export function define(command: Command, act: Act): void {
  command.addHelpText("after", "\nExample:\n  $ sagewright audit verify\n");
  command
    .command("verify")
    .description("Check that no line of the audit log was changed, removed, added or moved.")
    .option("--since <end>", "the end that an earlier check printed and you kept elsewhere, as 4711:<mac>")
    .addHelpText(
      "after",
      "\nAn older copy of the whole folder passes unless it is held against an end kept elsewhere (--since).\n\nExample:\n  $ sagewright audit verify --json\n",
    )
    .action(act(() => verify));
}

async function verify(context: CommandContext<{ since?: string }>): Promise<undefined> {
  const { serverSecret, servingPaths, verifyAuditLog } =
    require("@sagewright/serving") as typeof import("@sagewright/serving");
  const paths = servingPaths(join(stateFolder(context), "serving"));
  const { since } = context.options;
  const options = since === undefined ? {} : { since: endOf(since) };
  const verdict = await verifyAuditLog(paths.audit, await serverSecret(paths.secret), options);
  if (!verdict.ok) {
    throw new CliError({
      code: "audit_broken",
      subject:
        verdict.line === verdict.lastLine
          ? `line ${count(verdict.line)}`
          : `one of the lines ${count(verdict.line)} to ${count(verdict.lastLine)}`,
      message: verdict.reason,
      at: `${verdict.file}:${verdict.fileLine}`,
      why: `the ${plural(verdict.lines, "line")} before it are as they were written`,
      fix: "keep the file as it is, and compare it with a backup",
      exitCode: exitCodes.failed,
    });
  }
  const { lines, files, last, end } = verdict;
  const endText = `${end.seq}:${end.mac}`;
  context.output.document({ ok: true, lines, files, last, end: endText, path: paths.audit });
  const until = last === undefined ? "" : `, the last of ${last}`;
  const where = files > 1 ? ` in ${plural(files, "file")}` : "";
  context.output.line(`${pc.green("✓")} ${plural(lines, "line")}${where}${until}: all as they were written`);
  if (lines > 0) context.output.line(`${pc.dim("end")}  ${endText}`);
}

/** Reads an end as this command prints it. @throws CliError `usage` when it is none */
function endOf(text: string): { seq: number; mac: string } {
  const match = /^(\d{1,15}):([0-9a-f]{64})$/.exec(text);
  if (match !== null) return { seq: Number(match[1]), mac: match[2] ?? "" };
  throw usageError(`--since: '${text}' is no end of an audit log`, "give the end as an earlier check printed it");
}
