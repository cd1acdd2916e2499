import {
  applyDeployment,
  type DeploymentPlan,
  type DeployOptions,
  planDeploy,
  servesText,
} from "@sagewright/sagemaker";
import pc from "picocolors";
import type { CommandContext } from "../command";
import { CliError } from "../errors";
import { type ExitCode, exitCodes } from "../exit-codes";
import { findModel } from "../models/find-model";
import { requirePromoted } from "../models/promotion";
import { confirm } from "../releases/confirm";
import { type Session, withSession } from "../session";
import { duration, plural } from "../terminal/format";
import { deployPredictor } from "./deploy-embedded";
import { type DeployCommandOptions, deployOptions } from "./deploy-options";
import { planLines } from "./plan-text";
import { refused } from "./refused";

/** `sagewright deploy`: a version behind an endpoint; what will happen is printed first. */
export async function deployCommand(
  context: CommandContext<DeployCommandOptions>,
  word: string,
): Promise<ExitCode | undefined> {
  const { output, options, signal } = context;
  return withSession(
    context,
    async (session) => {
      const { clients } = session;
      const model = await findModel(clients, word);
      await requirePromoted(clients, model, session.environment?.gate);
      if (session.environment?.serving.mode === "embedded") return deployPredictor(context, session, model);
      const wish = await deployOptions(session, model, options);
      const plan = await planDeploy(clients, wish);
      for (const line of planLines(plan, wish)) output.line(line);
      if (options.plan) {
        output.document({ ...plan, place: session.place, planned: true });
        const requests = plan.changes.flatMap((change) => change.requests);
        output.line(`${plural(requests.length, "request")} would be sent to ${session.place}; nothing was changed`);
        return exitCodes.done;
      }
      if (!(await agreed(context, session, plan))) return exitCodes.interrupted;
      const deployed = await applyDeployment(clients, plan, { ...telling(context, wish), signal }).catch(
        (error: unknown) => {
          throw refused(error, plan.endpoint, session.again);
        },
      );
      output.document({ ...deployed, serves: plan.after, before: plan.before });
      output.line(
        `${pc.green("✓")} ${deployed.endpoint} serves ${servesText(plan.after)} (${deployed.change}, ${duration(deployed.seconds * 1_000)})`,
      );
      const back = plan.change === "updated" ? `; back: sagewright rollback ${deployed.endpoint}${session.again}` : "";
      output.line(`${pc.dim("Next:")} ${nextStep(session, model.group, deployed.endpoint)}${back}`);
      return exitCodes.done;
    },
    { reading: true },
  );
}

function nextStep(session: Session, group: string, endpoint: string): string {
  return session.cloud === undefined
    ? `sagewright endpoints show ${endpoint}${session.again}`
    : `sagewright serve ${group}`;
}

/** What goes on, on stderr: each status once, each stage of an update once. */
function telling({ output }: CommandContext, { endpoint }: Pick<DeployOptions, "endpoint">) {
  let shown: string | undefined;
  const tell = (text: string) => {
    if (text !== shown) output.progress(`${endpoint}: ${text}`);
    shown = text;
  };
  return { onStatus: tell, onStage: tell };
}

/** Customers are asked about nothing on the embedded cloud; elsewhere replacing what serves takes a yes. */
async function agreed(
  context: CommandContext<DeployCommandOptions>,
  session: Session,
  plan: DeploymentPlan,
): Promise<boolean> {
  const blocking = plan.warnings.find((warning) => warning.blocking);
  if (blocking !== undefined) throw refusal(plan, blocking);
  if (session.cloud !== undefined || plan.change !== "updated") return true;
  const [before, after] = [servesText(plan.before), servesText(plan.after)];
  const go = await confirm(context, {
    subject: plan.endpoint,
    reason: `${after} replaces ${before} on ${session.place}`,
    ask: `${after} replaces ${before} on ${session.place}. Deploy?`,
    look: "--plan",
  });
  if (!go) context.output.progress("nothing was changed");
  return go;
}

function refusal(plan: DeploymentPlan, { code, message }: DeploymentPlan["warnings"][number]): CliError {
  const [sentence = message, ...rest] = message.split(/(?<=\.) (?=[A-Z])/);
  return new CliError({
    code,
    subject: plan.endpoint,
    message: sentence.replace(/\.$/, ""),
    why: `nothing was changed; it serves ${servesText(plan.before)}`,
    ...(rest.length === 0 ? {} : { fix: rest.join(" ").replace(/\.$/, "") }),
    exitCode: exitCodes.failed,
  });
}
