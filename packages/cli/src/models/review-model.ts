import { userInfo } from "node:os";
import { approve, callerArn, reject } from "@sagewright/sagemaker";
import pc from "picocolors";
import type { CommandContext } from "../command";
import { usageError } from "../errors";
import type { CloudOptions } from "../options/cloud-options";
import { isAws, type Session, withSession } from "../session";
import { findModel } from "./find-model";
import { gateRefusal, review, reviewLines } from "./promotion";

/** Options of `models approve` and `models reject`. */
export interface ReviewOptions extends CloudOptions {
  reason?: string;
  /** Approve although the gate refuses. */
  force?: boolean;
  /** Who decides. @default on AWS whose credentials they are, else the user of this machine */
  by?: string;
}

/** `sagewright models approve`: through the gate, or past it with a reason. */
export async function approveModel(context: CommandContext<ReviewOptions>, word: string): Promise<undefined> {
  const { reason, force } = context.options;
  const { output } = context;
  if (reason !== undefined) checkReason(reason);
  if (force && reason === undefined)
    throw usageError("--force: going past the gate needs its reason", `${command(word)} --force --reason "TEXT"`);
  await withModel(context, word, async (session, model) => {
    const { clients, environment } = session;
    const found = await review(clients, model, environment?.gate);
    if (!found.passed && !force) throw gateRefusal(found, `${command(word)}${session.again}`);
    await approve(clients, {
      arn: model.arn,
      ...(reason === undefined ? {} : { reason }),
      decision: { ...(await decision(context.options, session)), review: found },
    });
    output.document({ approved: model.arn, forced: !found.passed, review: found });
    for (const line of reviewLines(found)) output.line(line);
    const name = `${model.group}/${model.version}`;
    if (found.passed) output.line(`${pc.green("✓")} ${name} is approved`);
    else output.line(`${pc.yellow("!")} ${name} is approved past the gate: ${reason}`);
    output.line(`${pc.dim("Next:")} sagewright deploy ${name}${session.again}`);
  });
}

/** `sagewright models reject`: never without a reason. */
export async function rejectModel(context: CommandContext<ReviewOptions>, word: string): Promise<undefined> {
  const { reason } = context.options;
  if (reason === undefined || reason.trim() === "")
    throw usageError(
      "--reason: a rejection needs its reason",
      `sagewright models reject ${word} --reason "weak in the south"`,
    );
  checkReason(reason);
  await withModel(context, word, async (session, model) => {
    const { clients } = session;
    await reject(clients, { arn: model.arn, reason, decision: await decision(context.options, session) });
    context.output.document({ rejected: model.arn, reason });
    context.output.line(`${pc.yellow("▪")} ${model.group}/${model.version} is rejected: ${reason}`);
  });
}

function withModel(
  context: CommandContext<ReviewOptions>,
  word: string,
  work: (session: Session, model: Awaited<ReturnType<typeof findModel>>) => Promise<void>,
): Promise<void> {
  return withSession(
    context,
    async (session) => work(session, await findModel(session.clients, word, { pending: true })),
    {
      reading: true,
    },
  );
}

/** Longest ApprovalDescription that the registry takes. */
const longestReason = 1_024;

function checkReason(reason: string): void {
  if (reason.trim() === "") throw usageError("--reason: it is empty", "say in a sentence why");
  if (reason.length > longestReason)
    throw usageError(
      `--reason: ${reason.length} characters are more than the registry's ${longestReason}`,
      "say it shorter, and name the document that has the rest",
    );
}

function command(word: string): string {
  return `sagewright models approve ${word}`;
}

async function decision(options: ReviewOptions, { clients }: Session): Promise<{ by: string; at: string }> {
  const by = options.by ?? (isAws(options) ? await callerArn(clients) : userInfo().username);
  return { by, at: new Date().toISOString() };
}
