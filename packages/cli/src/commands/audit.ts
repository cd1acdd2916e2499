import { join } from "node:path";
import type { Command } from "commander";
import pc from "picocolors";
import type { Act, CommandContext } from "../command";
import { CliError } from "../errors";
import { exitCodes } from "../exit-codes";
import { stateFolder } from "../session";
import { count, plural } from "../terminal/format";

/** `sagewright audit`: the record of decisions and administrative acts. */
export function define(command: Command, act: Act): void {
  command.addHelpText("after", "\nExample:\n  $ sagewright audit verify\n");
  command
    .command("verify")
    .description("Check that no line of the audit log was changed, removed, added or moved.")
    .addHelpText("after", "\nExample:\n  $ sagewright audit verify --json\n")
    .action(act(() => verify));
}

async function verify(context: CommandContext): Promise<undefined> {
  const { serverSecret, servingPaths, verifyAuditLog } =
    require("@sagewright/serving") as typeof import("@sagewright/serving");
  const paths = servingPaths(join(stateFolder(context), "serving"));
  const verdict = await verifyAuditLog(paths.audit, await serverSecret(paths.secret));
  if (!verdict.ok) {
    throw new CliError({
      code: "audit_broken",
      subject: `line ${count(verdict.line)}`,
      message: verdict.reason,
      at: `${paths.audit}:${verdict.line}`,
      why: `the ${plural(verdict.lines, "line")} before it are as they were written`,
      fix: "keep the file as it is, and compare it with a backup",
      exitCode: exitCodes.failed,
    });
  }
  context.output.document({ ok: true, lines: verdict.lines, last: verdict.last, path: paths.audit });
  const until = verdict.last === undefined ? "" : `, the last of ${verdict.last}`;
  context.output.line(`${pc.green("✓")} ${plural(verdict.lines, "line")}${until}: all as they were written`);
}
