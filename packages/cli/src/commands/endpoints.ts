import { deleteEndpoint, listEndpoints } from "@sagewright/sagemaker";
import type { Command } from "commander";
import pc from "picocolors";
import type { Act, CommandContext } from "../command";
import { CliError } from "../errors";
import { exitCodes } from "../exit-codes";
import { withSession } from "../session";
import { table } from "../terminal/format";

/** `sagewright endpoints`: what serves. */
export function define(command: Command, act: Act): void {
  command.addHelpText("after", "\nExamples:\n  $ sagewright endpoints list\n  $ sagewright endpoints delete churn\n");
  command.command("list").description("List endpoints with their status.").action(act(list));
  command
    .command("delete")
    .description("Take an endpoint out of service, with its configuration and model.")
    .argument("<name>")
    .action(act(remove));
}

async function list(context: CommandContext): Promise<undefined> {
  await withSession(context, async ({ clients }) => {
    const endpoints = await listEndpoints(clients);
    context.output.document({ endpoints });
    if (endpoints.length === 0) context.output.line("Nothing is deployed here. Next: sagewright deploy churn");
    else
      for (const line of table([
        ["ENDPOINT", "STATUS", "CREATED"],
        ...endpoints.map((each) => [
          each.EndpointName ?? "",
          each.EndpointStatus ?? "",
          each.CreationTime?.toLocaleString() ?? "",
        ]),
      ]))
        context.output.line(line);
  });
}

async function remove(context: CommandContext, name: string): Promise<undefined> {
  await withSession(context, async ({ clients }) => {
    if (!(await deleteEndpoint(clients, name))) {
      throw new CliError({
        code: "endpoint_not_found",
        subject: name,
        message: "there is no such endpoint",
        fix: "see: sagewright endpoints list",
        exitCode: exitCodes.usage,
      });
    }
    context.output.document({ deleted: name });
    context.output.line(`${pc.green("✓")} ${name} is deleted`);
  });
}
