import { endpointLineage, type LineageNode, listEndpoints, modelLineage } from "@sagewright/sagemaker";
import pc from "picocolors";
import type { CommandContext } from "../command";
import { usageError } from "../errors";
import type { CloudOptions } from "../options/cloud-options";
import { withSession } from "../session";
import { endpointUnknown } from "./endpoint-unknown";
import { findModel } from "./find-model";

/** `sagewright models lineage`: from a version, or what an endpoint serves, back to the data. */
export async function lineageCommand(
  context: CommandContext<CloudOptions & { endpoint?: string }>,
  word?: string,
): Promise<undefined> {
  const { endpoint } = context.options;
  if ((word === undefined) === (endpoint === undefined))
    throw usageError("name a model version or an endpoint", "for example: sagewright models lineage --endpoint churn");
  await withSession(
    context,
    async ({ clients }) => {
      if (endpoint !== undefined) {
        const names = (await listEndpoints(clients)).map(({ EndpointName }) => EndpointName ?? "");
        if (!names.includes(endpoint)) throw endpointUnknown(endpoint, names);
      }
      const root =
        endpoint === undefined
          ? await modelLineage(clients, (await findModel(clients, word ?? "", { pending: true })).arn)
          : await endpointLineage(clients, endpoint);
      context.output.document(root);
      for (const line of treeLines(root)) context.output.line(line);
    },
    { reading: true },
  );
}

/** A lineage as a tree, one thing a line, with what is known of it below. */
function treeLines(node: LineageNode, head = "", tail = ""): string[] {
  const { kind, name, uri, sha256, facts, from, repeated } = node;
  const title = kind === "missing" ? pc.yellow(`? ${name}`) : `${pc.dim(kind)} ${pc.bold(name)}`;
  const details = Object.entries({
    ...(uri === undefined || uri === name ? {} : { uri }),
    ...(sha256 === undefined ? {} : { sha256 }),
    ...facts,
  });
  const bar = from.length > 0 ? "│ " : "  ";
  return [
    `${head}${title}${repeated ? pc.dim(" (as above)") : ""}`,
    ...(repeated ? [] : details.map(([key, value]) => `${tail}${bar}  ${pc.dim(`${key}:`)} ${value}`)),
    ...from.flatMap((each, index) => {
      const last = index === from.length - 1;
      return treeLines(each, `${tail}${last ? "└─ " : "├─ "}`, `${tail}${last ? "   " : "│  "}`);
    }),
  ];
}
