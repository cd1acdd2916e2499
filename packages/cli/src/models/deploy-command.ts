import { deploy } from "@sagewright/sagemaker";
import pc from "picocolors";
import type { CommandContext } from "../command";
import { withSession } from "../session";
import { duration } from "../terminal/format";
import { findModel } from "./find-model";
import { requirePromoted } from "./promotion";

/** `sagewright deploy`: a version behind an endpoint. */
export async function deployCommand(context: CommandContext<{ endpoint?: string }>, word: string): Promise<undefined> {
  await withSession(
    context,
    async ({ clients, target, environment }) => {
      const model = await findModel(clients, word);
      await requirePromoted(clients, model, environment?.gate);
      const endpoint = context.options.endpoint ?? model.group;
      let shown: string | undefined;
      const deployed = await deploy(clients, {
        endpoint,
        modelPackageArn: model.arn,
        roleArn: target.roleArn,
        onStatus: (status) => {
          if (status !== shown) context.output.progress(`${endpoint}: ${status}`);
          shown = status;
        },
        signal: context.signal,
      });
      context.output.document(deployed);
      context.output.line(
        `${pc.green("✓")} ${endpoint} serves ${model.group}/${model.version} (${deployed.change}, ${duration(deployed.seconds * 1000)})`,
      );
      context.output.line(`${pc.dim("Next:")} sagewright serve ${model.group}`);
    },
    { reading: true },
  );
}
