import { createInterface } from "node:readline/promises";
import type { CommandContext } from "../command";
import { CliError } from "../errors";
import { exitCodes } from "../exit-codes";

/** The global options that answer questions beforehand. */
interface Answers {
  yes?: boolean;
  input?: boolean;
}

/**
 * Asks before something that costs. `--yes` agrees; without a terminal, with `--no-input` or in JSON nobody can be
 * asked, which is a refusal.
 *
 * @returns whether to go on
 * @throws CliError `confirmation_needed` with the remedy
 */
export async function confirm(
  { options, output, signal }: Pick<CommandContext, "options" | "output" | "signal">,
  question: {
    subject: string;
    reason: string;
    ask: string;
    /** Option that shows what would happen. @default --dry-run */
    look?: string;
  },
): Promise<boolean> {
  const { yes, input } = options as Answers;
  if (yes) return true;
  const { stdin, stderr } = process;
  if (input === false || output.mode !== "text" || !stdin.isTTY || !stderr.isTTY) {
    throw new CliError({
      code: "confirmation_needed",
      subject: question.subject,
      message: `${question.reason}, and nobody can be asked here; nothing was changed`,
      fix: `look at it with ${question.look ?? "--dry-run"}, then run it with --yes`,
      exitCode: exitCodes.usage,
    });
  }
  const prompt = createInterface({ input: stdin, output: stderr });
  try {
    return /^y(es)?$/i.test((await prompt.question(`${question.ask} [y/N] `, { signal })).trim());
  } finally {
    prompt.close();
  }
}
