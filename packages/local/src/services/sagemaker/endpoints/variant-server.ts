import { createHash } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { CloudError } from "../../../errors";
import type { ServedContainer } from "../models/model-record";
import { type ModelServer, startModelServer } from "../models/model-server";
import type { FleetDeps } from "./fleet-deps";

/** A variant's container, with the names its answers and its log go by. */
export interface HostedVariant {
  readonly server: ModelServer;
  readonly container: string;
  readonly logStream: string;
  /** How long it took to be ready. */
  readonly setupMs: number;
}

/** Which container is started where. */
export interface VariantPlace {
  readonly endpoint: string;
  readonly name: string;
  /** Counts a variant's containers from 0. */
  readonly index: number;
  readonly container: ServedContainer | undefined;
  /** Folder of this container alone. */
  readonly folder: string;
}

/**
 * Starts a container of a variant.
 *
 * @throws CloudError `variant_failed` with AWS's words when the model cannot be loaded
 */
export async function startVariant(deps: FleetDeps, place: VariantPlace): Promise<HostedVariant> {
  const { endpoint, name, container, folder } = place;
  if (container === undefined) {
    throw new CloudError("variant_failed", `The model of production variant ${name} does not exist any more.`);
  }
  const { logStream, logFile } = await openLog(deps, place);
  const began = performance.now();
  try {
    const { runtime, objects, signal } = deps;
    const server = await startModelServer({
      runtime,
      objects,
      container,
      name: `${endpoint}/${name}`,
      folder,
      logFile,
      ...(signal === undefined ? {} : { signal }),
    });
    return { server, container: container.name, logStream, setupMs: performance.now() - began };
  } catch (cause) {
    throw new CloudError("variant_failed", failureReason(name, container.name, cause), { cause });
  }
}

/** A variant's containers, whichever fleet they are of, have as many streams as the largest fleet had containers. */
async function openLog(
  { store, logs }: FleetDeps,
  { endpoint, name, index }: VariantPlace,
): Promise<{ logStream: string; logFile: string }> {
  const first = index === 0;
  const seed = first ? `${endpoint}/${name}` : `${endpoint}/${name}/${index}`;
  const logStream = `${name}/i-${createHash("sha256").update(seed).digest("hex").slice(0, 17)}`;
  const folder = store.path("endpoints", endpoint, "logs");
  await mkdir(folder, { recursive: true });
  const logFile = join(folder, first ? `${name}.log` : `${name}.${index}.log`);
  await logs.registerFile(`/aws/sagemaker/Endpoints/${endpoint}`, logStream, logFile);
  return { logStream, logFile };
}

function failureReason(variant: string, container: string, cause: unknown): string {
  if (cause instanceof CloudError && cause.code === "ping_failed") {
    return `The ${container} container for production variant ${variant} did not pass the ping health check. Please check CloudWatch logs for this endpoint.`;
  }
  return `The ${container} container for production variant ${variant} could not be started: ${cause instanceof Error ? cause.message : String(cause)}`;
}
