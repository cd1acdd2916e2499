import { createHash, randomBytes } from "node:crypto";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { CloudError } from "../../../errors";
import type { ContainerRuntime } from "../../../jobs/runtime";
import type { RoomDeps } from "../../../room";
import { type ModelServer, startModelServer } from "../models/model-server";
import { modelsOf } from "../models/models-room";
import type { EndpointConfigRecord } from "./endpoint-record";
import { variantName } from "./endpoint-record";

/** What hosting needs of the cloud. */
export interface FleetDeps extends RoomDeps {
  readonly runtime: ContainerRuntime;
  /** Gives starts under way up. @default they are never given up */
  readonly signal?: AbortSignal;
}

/** The containers of one endpoint over one configuration. */
export interface Fleet {
  readonly configName: string;
  /** The container of a variant; started again when it has ended. */
  server(variant: string): Promise<HostedVariant>;
  /** Runs a request over the fleet; the fleet is not taken down before it is answered. */
  use<T>(work: () => Promise<T>): Promise<T>;
  /** Takes the fleet down once every request under way is answered. */
  retire(): Promise<void>;
  /** Takes the fleet down now. */
  close(): Promise<void>;
}

/** A variant's container, with the names its answers and its log go by. */
export interface HostedVariant {
  readonly server: ModelServer;
  readonly container: string;
  readonly logStream: string;
}

/**
 * Starts every variant of a configuration.
 *
 * One container serves a variant whatever its instance count: this is one machine.
 *
 * @throws CloudError `variant_failed` with AWS's words for a variant whose model cannot be loaded.
 */
export async function startFleet(deps: FleetDeps, endpoint: string, config: EndpointConfigRecord): Promise<Fleet> {
  const home = join(containersFolder(deps, endpoint), randomBytes(4).toString("hex"));
  const variants = config.request.ProductionVariants ?? [];
  const hosted = new Map<string, Promise<HostedVariant>>();
  let inFlight = 0;
  let idle: (() => void) | undefined;

  const start = (name: string): Promise<HostedVariant> => {
    const variant = variants.find((candidate) => variantName(candidate) === name);
    const folder = join(home, name);
    return startVariant(deps, { endpoint, name, modelName: variant?.ModelName ?? "", folder });
  };
  const server = async (name: string): Promise<HostedVariant> => {
    const known = hosted.get(name);
    const running = await known?.catch(() => undefined);
    if (running?.server.alive === true) return running;
    // Whoever finds the container gone first starts it again; the others wait for the same one.
    if (hosted.get(name) === known) hosted.set(name, start(name));
    return await (hosted.get(name) ?? start(name));
  };
  const close = async (): Promise<void> => {
    const settled = await Promise.allSettled(hosted.values());
    await Promise.all(
      settled.map((outcome) => (outcome.status === "fulfilled" ? outcome.value.server.stop(0) : undefined)),
    );
    await rm(home, { recursive: true, force: true });
  };

  const started = await Promise.allSettled(variants.map((variant) => server(variantName(variant))));
  const failed = started.find((outcome) => outcome.status === "rejected");
  if (failed !== undefined) {
    await close();
    throw failed.reason;
  }
  return {
    configName: config.name,
    server,
    async use(work) {
      inFlight += 1;
      try {
        return await work();
      } finally {
        inFlight -= 1;
        if (inFlight === 0) idle?.();
      }
    },
    async retire() {
      if (inFlight > 0) await new Promise<void>((resolve) => (idle = resolve));
      await close();
    },
    close,
  };
}

/** Folder of an endpoint's containers; what lies there without a running fleet was left by a process that died. */
export function containersFolder({ store }: Pick<RoomDeps, "store">, endpoint: string): string {
  return store.path("endpoints", endpoint, "containers");
}

interface VariantPlace {
  readonly endpoint: string;
  readonly name: string;
  readonly modelName: string;
  readonly folder: string;
}

async function startVariant(
  deps: FleetDeps,
  { endpoint, name, modelName, folder }: VariantPlace,
): Promise<HostedVariant> {
  const container = modelsOf(deps).get(modelName)?.served[0];
  if (container === undefined) {
    throw new CloudError(
      "variant_failed",
      `The model ${modelName} of production variant ${name} does not exist any more.`,
    );
  }
  const logStream = `${name}/i-${createHash("sha256").update(`${endpoint}/${name}`).digest("hex").slice(0, 17)}`;
  const logs = deps.store.path("endpoints", endpoint, "logs");
  await mkdir(logs, { recursive: true });
  const logFile = join(logs, `${name}.log`);
  await deps.logs.registerFile(`/aws/sagemaker/Endpoints/${endpoint}`, logStream, logFile);
  try {
    const { runtime, objects } = deps;
    const server = await startModelServer({
      runtime,
      objects,
      container,
      name: `${endpoint}/${name}`,
      folder,
      logFile,
    });
    return { server, container: container.name, logStream };
  } catch (cause) {
    throw new CloudError("variant_failed", failureReason(name, container.name, cause), { cause });
  }
}

function failureReason(variant: string, container: string, cause: unknown): string {
  if (cause instanceof CloudError && cause.code === "ping_failed") {
    return `The ${container} container for production variant ${variant} did not pass the ping health check. Please check CloudWatch logs for this endpoint.`;
  }
  return `The ${container} container for production variant ${variant} could not be started: ${cause instanceof Error ? cause.message : String(cause)}`;
}
