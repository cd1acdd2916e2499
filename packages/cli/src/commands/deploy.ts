import { deploy } from "@sagewright/sagemaker";
import type { Command } from "commander";
import pc from "picocolors";
import type { Act, CommandContext } from "../command";
import { findModel } from "../models/find-model";
import { withSession } from "../session";
import { duration } from "../terminal/format";

/** `sagewright deploy`: a registered, approved version behind an endpoint. */
export function define(command: Command, act: Act): void {
  command
    .argument("<model>", "group/version, an ARN, or a group for its newest approved version")
    .option("--endpoint <name>", "name of the endpoint (default: the group's name)")
    .addHelpText("after", "\nExample:\n  $ sagewright deploy churn/1 --endpoint churn\n")
    .action(act(run));
}

async function run(context: CommandContext<{ endpoint?: string }>, word: string): Promise<undefined> {
  await withSession(context, async ({ clients, target }) => {
    const model = await findModel(clients, word);
    const endpoint = context.options.endpoint ?? model.group;
    const deployed = await deploy(clients, {
      endpoint,
      modelPackageArn: model.arn,
      roleArn: target.roleArn,
      onStatus: (status) => context.output.progress(`${endpoint}: ${status}`),
      signal: context.signal,
    });
    context.output.document(deployed);
    context.output.line(
      `${pc.green("✓")} ${endpoint} serves ${model.group}/${model.version} (${deployed.change}, ${duration(deployed.seconds * 1000)})`,
    );
    context.output.line(`${pc.dim("Next:")} sagewright serve ${model.group}`);
  });
}
