import { deployEmbedded, type EmbeddedPlan, type ModelDetails, planEmbedded } from "@sagewright/sagemaker";
import pc from "picocolors";
import type { CommandContext } from "../command";
import { type ExitCode, exitCodes } from "../exit-codes";
import { confirm } from "../releases/confirm";
import type { Session } from "../session";
import { count, duration } from "../terminal/format";
import type { DeployCommandOptions } from "./deploy-options";

/** `sagewright deploy` where functions score in their own process: the verified predictor, then the pointer that they read. */
export async function deployPredictor(
  context: CommandContext<DeployCommandOptions>,
  session: Session,
  model: ModelDetails,
): Promise<ExitCode> {
  const { output, options } = context;
  const { clients, target, environment, place, again } = session;
  const endpoint = options.endpoint ?? environment?.serving.endpoint ?? model.group;
  const wish = { endpoint, bucket: target.bucket, modelPackageArn: model.arn };
  const plan = await planEmbedded(clients, wish);
  for (const line of planLines(plan)) output.line(line);
  if (options.plan) {
    output.document({ ...plan, place, planned: true });
    output.line("nothing was changed");
    return exitCodes.done;
  }
  if (session.cloud === undefined && plan.change === "updated") {
    const reason = `${plan.after} replaces ${plan.before} on ${place}`;
    if (!(await confirm(context, { subject: endpoint, reason, ask: `${reason}. Deploy?`, look: "--plan" }))) {
      output.progress("nothing was changed");
      return exitCodes.interrupted;
    }
  }
  const done = await deployEmbedded(clients, wish);
  output.document(done);
  output.line(
    `${pc.green("✓")} functions score with ${done.after} within half a minute (${done.change}, ${duration(done.seconds * 1_000)})`,
  );
  const back = done.change === "updated" ? `; back: sagewright rollback ${endpoint}${again}` : "";
  output.line(`${pc.dim("Next:")} give the function MODEL_POINTER=${done.pointerUri}, once${back}`);
  return exitCodes.done;
}

function planLines({ endpoint, change, before, after, objects, pointerUri }: EmbeddedPlan): string[] {
  const head = {
    created: `${endpoint} is new and will score with ${after}`,
    unchanged: `${endpoint} scores with ${after} already`,
    updated: `${endpoint}: ${before} → ${after}, all at once`,
  }[change];
  const sign = { created: "+", unchanged: "=", updated: "~" }[change];
  return [
    head,
    ...objects.map(({ key, bytes, present }) => `${present ? "=" : "+"} Object   ${key} (${count(bytes)} bytes)`),
    `${sign} Pointer  ${pointerUri}`,
    `${pc.dim("cost")}  no instances: by the call alone, see sagewright cost`,
  ];
}
