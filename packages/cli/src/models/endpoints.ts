import { deleteEndpoint, listEndpoints, listModelGroups } from "@sagewright/sagemaker";
import pc from "picocolors";
import type { CommandContext } from "../command";
import { CliError } from "../errors";
import { exitCodes } from "../exit-codes";
import { firstStep } from "../project/first-step";
import { nearest } from "../project/nearest";
import { withSession } from "../session";
import { moment, table } from "../terminal/format";

/** `sagewright endpoints list`. */
export async function list(context: CommandContext): Promise<undefined> {
  await withSession(
    context,
    async ({ clients }) => {
      const { output } = context;
      const endpoints = await listEndpoints(clients);
      output.document({ endpoints });
      if (endpoints.length === 0) {
        const [group] = await listModelGroups(clients);
        const next = group === undefined ? firstStep(context.cwd) : `sagewright deploy ${group}`;
        output.line(`Nothing is deployed here. Next: ${next}`);
        return;
      }
      const rows = endpoints.map(({ EndpointName, EndpointStatus, CreationTime }) => [
        EndpointName ?? "",
        EndpointStatus ?? "",
        moment(CreationTime),
      ]);
      for (const line of table([["ENDPOINT", "STATUS", "CREATED"], ...rows])) output.line(line);
    },
    { reading: true },
  );
}

/** `sagewright endpoints delete`. */
export async function remove(context: CommandContext, name: string): Promise<undefined> {
  await withSession(
    context,
    async ({ clients }) => {
      const names = (await listEndpoints(clients)).map(({ EndpointName }) => EndpointName ?? "");
      if (!(await deleteEndpoint(clients, name))) throw notFound(name, names);
      context.output.document({ deleted: name });
      context.output.line(`${pc.green("✓")} ${name} is deleted`);
    },
    { reading: true },
  );
}

function notFound(name: string, known: readonly string[]): CliError {
  const meant = nearest(name, known);
  return new CliError({
    code: "endpoint_not_found",
    subject: name,
    message: "there is no such endpoint",
    ...(known.length === 0 ? {} : { why: `there ${known.length === 1 ? "is" : "are"}: ${known.join(", ")}` }),
    fix: meant === undefined ? "see: sagewright endpoints list" : `did you mean: ${meant}?`,
    exitCode: exitCodes.usage,
  });
}
