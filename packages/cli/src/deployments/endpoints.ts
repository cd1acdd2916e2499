import {
  deleteEndpoint,
  inParallel,
  listEndpoints,
  listModelGroups,
  servedVersions,
  servesText,
} from "@sagewright/sagemaker";
import pc from "picocolors";
import type { CommandContext } from "../command";
import { endpointUnknown } from "../models/endpoint-unknown";
import { firstStep } from "../project/first-step";
import { withSession } from "../session";
import { moment, table } from "../terminal/format";

/** `sagewright endpoints list`. */
export async function list(context: CommandContext): Promise<undefined> {
  await withSession(
    context,
    async ({ clients }) => {
      const { output } = context;
      const endpoints = await inParallel(await listEndpoints(clients), 8, async (endpoint) => ({
        ...endpoint,
        serves: (await servedVersions(clients, endpoint.EndpointName ?? "")) ?? {},
      }));
      output.document({ endpoints });
      if (endpoints.length === 0) {
        const [group] = await listModelGroups(clients);
        const next = group === undefined ? firstStep(context.cwd) : `sagewright deploy ${group}`;
        output.line(`Nothing is deployed here. Next: ${next}`);
        return;
      }
      const rows = endpoints.map(({ EndpointName, EndpointStatus, CreationTime, serves }) => [
        EndpointName ?? "",
        EndpointStatus ?? "",
        EndpointStatus === "Failed" ? "" : servesText(serves),
        moment(CreationTime),
      ]);
      for (const line of table([["ENDPOINT", "STATUS", "SERVES", "CREATED"], ...rows])) output.line(line);
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
      if (!(await deleteEndpoint(clients, name))) throw endpointUnknown(name, names);
      context.output.document({ deleted: name });
      context.output.line(`${pc.green("✓")} ${name} is deleted`);
    },
    { reading: true },
  );
}
