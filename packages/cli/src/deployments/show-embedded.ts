import { type PointedVersion, pointerUri, readPointer } from "@sagewright/sagemaker";
import pc from "picocolors";
import type { CommandContext } from "../command";
import { CliError } from "../errors";
import { exitCodes } from "../exit-codes";
import type { Session } from "../session";
import { moment } from "../terminal/format";

/** `sagewright endpoints show` where functions score in their own process: the version that they are pointed at. */
export async function showEmbedded(
  { output }: CommandContext,
  { clients, target, again }: Session,
  endpoint: string,
): Promise<undefined> {
  const { pointer } = await readPointer(clients, target.bucket, endpoint);
  if (pointer === undefined) throw nothingPublished(endpoint, target.bucket, again);
  const { current, before } = pointer;
  const [former] = before;
  const back = former === undefined ? undefined : `sagewright rollback ${endpoint}${again}`;
  output.document({ endpoint, mode: "embedded", ...pointer, rollback: back ?? null });
  const row = (name: string, text: string) => output.line(`${pc.dim(name.padEnd(10))} ${text}`);
  output.line(`${pc.green("✓")} functions score with ${nameOf(current)}`);
  row("pointer", pointerUri(target.bucket, endpoint));
  row("files", current.uri);
  row("changed", moment(new Date(current.deployedAt)));
  if (back !== undefined && former !== undefined) row("back", `${back}, to ${nameOf(former)}`);
}

function nameOf({ name, version }: PointedVersion): string {
  return `${name}/${version}`;
}

function nothingPublished(endpoint: string, bucket: string, again: string): CliError {
  return new CliError({
    code: "endpoint_not_found",
    subject: endpoint,
    message: `nothing was published for functions in ${bucket}`,
    fix: `publish a version: sagewright deploy MODEL@VERSION${again}`,
    exitCode: exitCodes.usage,
  });
}
