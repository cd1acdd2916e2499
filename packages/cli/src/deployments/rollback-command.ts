import {
  listEndpoints,
  OperationError,
  type RolledBack,
  rollback,
  rollbackEmbedded,
  servesText,
} from "@sagewright/sagemaker";
import pc from "picocolors";
import type { CommandContext } from "../command";
import { endpointUnknown } from "../models/endpoint-unknown";
import { withSession } from "../session";
import { duration } from "../terminal/format";
import { refused } from "./refused";

/** `sagewright rollback`: back to what served before. Nobody is asked: it is typed when something is wrong. */
export async function rollbackCommand(context: CommandContext, name: string): Promise<undefined> {
  await withSession(
    context,
    async ({ clients, again, environment, target }) => {
      const { output, signal } = context;
      if (environment?.serving.mode === "embedded") {
        const back = await rollbackEmbedded(clients, { endpoint: name, bucket: target.bucket }).catch(
          (error: unknown) => {
            throw refused(error, name, again);
          },
        );
        output.document(back);
        output.line(
          `${pc.green("✓")} functions score with ${back.to} within half a minute, instead of ${back.from} (${duration(back.seconds * 1_000)})`,
        );
        return;
      }
      const tell = (text: string) => output.progress(`${name}: ${text}`);
      const done = await rollback(clients, { endpoint: name, onStatus: tell, onStage: tell, signal }).catch(
        async (error: unknown) => {
          if (!(error instanceof OperationError) || error.code !== "endpoint_unknown")
            throw refused(error, name, again);
          throw endpointUnknown(
            name,
            (await listEndpoints(clients)).map(({ EndpointName }) => EndpointName ?? ""),
          );
        },
      );
      output.document(done);
      output.line(`${pc.green("✓")} ${doneText(done)} (${duration(done.seconds * 1_000)})`);
      output.line(`${pc.dim("Next:")} sagewright endpoints show ${name}${again}`);
    },
    { reading: true },
  );
}

function doneText({ endpoint, way, from, to }: RolledBack): string {
  const served = servesText(to);
  return way === "turned_back"
    ? `${endpoint} serves ${served}; the update to ${servesText(from)} was turned back`
    : `${endpoint} serves ${served} again, instead of ${servesText(from)}`;
}
