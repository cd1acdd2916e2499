import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { copyFile, mkdir, rm } from "node:fs/promises";
import { Agent, request as httpRequest, type IncomingHttpHeaders } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CloudError } from "../../../errors";
import { unpackArchive } from "../../../jobs/archive";
import { pythonFolder } from "../../../jobs/python-folder";
import type { ContainerRuntime, RunningContainer } from "../../../jobs/runtime";
import { parseS3Uri } from "../../../jobs/s3-uri";
import { download } from "../../../jobs/transfer";
import type { Objects } from "../../s3/objects";
import { installCode, pythonWithRequirements } from "../training/code";
import type { ServedContainer } from "./model-record";

/** Where and how a model is served. */
export interface ServerOptions {
  readonly runtime: ContainerRuntime;
  readonly objects: Objects;
  readonly container: ServedContainer;
  /** For the process list. */
  readonly name: string;
  /** Folder of this server alone; emptied first. */
  readonly folder: string;
  readonly logFile: string;
  /** Gives the start up: the container is ended, the promise rejects. */
  readonly signal?: AbortSignal;
  /** Variables beside the model's own. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** A request to the container. */
export interface ContainerRequest {
  readonly method: "GET" | "POST";
  readonly path: "/ping" | "/invocations" | "/execution-parameters";
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  readonly timeoutMs: number;
}

/** What the container answered. */
export interface ContainerResponse {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** A container that serves a model. */
export interface ModelServer {
  /** False once the container has ended or was told to. */
  readonly alive: boolean;
  /** @throws CloudError `container_timeout`, `container_lost` */
  send(request: ContainerRequest): Promise<ContainerResponse>;
  /** Ends the container: SIGTERM, then SIGKILL after the grace. */
  stop(graceSeconds?: number): Promise<void>;
}

/** A Unix socket's path may have about a hundred characters; macOS allows the fewest. */
const LONGEST_SOCKET_PATH = 100;
const PING_TIMEOUT_MS = 2_000;
const FAILED_PINGS = 3;

/**
 * Starts a model's container and waits until it answers.
 *
 * @throws JobError when model data or code cannot be brought; CloudError `ping_failed` when the container ends or does
 *   not answer the ping with 200: the model could not be loaded, its log says why.
 */
export async function startModelServer(options: ServerOptions): Promise<ModelServer> {
  const root = join(options.folder, "opt-ml");
  const socketFolder = join(root, "run");
  await rm(options.folder, { recursive: true, force: true });
  await mkdir(socketFolder, { recursive: true });
  const model = bringModel(options, root);
  const environmentOf = options.runtime.environment(options.container.image, options.signal);
  // Whoever clears the folder after a failure must not meet a model that is still being unpacked.
  const [python] = await Promise.all([environmentOf, model]).finally(() => Promise.allSettled([model]));
  const { environment } = options.container;
  await installCode(options.objects, environment.SAGEMAKER_SUBMIT_DIRECTORY ?? "", root);
  const interpreter = await pythonWithRequirements(python.python, join(root, "code"), () => undefined, options.signal);
  options.signal?.throwIfAborted();
  const running = await options.runtime.start({
    name: options.name,
    image: options.container.image,
    entrypoint: [interpreter === python.python ? "python3" : interpreter, join(pythonFolder, "serving", "serve.py")],
    arguments: ["/opt/ml/run"],
    environment: { ...environment, ...options.environment },
    root,
    workingDirectory: "/",
    logFile: options.logFile,
  });
  const server = connect(running, socketFolder);
  const giveUp = () => void server.stop(0);
  options.signal?.addEventListener("abort", giveUp, { once: true });
  try {
    options.signal?.throwIfAborted();
    await awaitPing(server);
  } catch (error) {
    await server.stop(0);
    throw error;
  } finally {
    options.signal?.removeEventListener("abort", giveUp);
  }
  return server;
}

async function bringModel({ objects, container }: ServerOptions, root: string): Promise<void> {
  const folder = join(root, "model");
  await mkdir(folder, { recursive: true });
  const { modelData } = container;
  if (modelData === undefined) return;
  if (modelData.kind === "files") {
    await download(objects, { type: "S3Prefix", uri: modelData.uri, folder });
    return;
  }
  const place = parseS3Uri(modelData.uri);
  const object = place === undefined ? undefined : await objects.get(place.bucket, place.key);
  if (object === undefined) {
    throw new CloudError("no_model_data", `There is no model data at ${modelData.uri}.`, {
      facts: { uri: modelData.uri },
    });
  }
  if (/\.(tar\.gz|tgz|tar)$/.test(modelData.uri)) await unpackArchive(object.file, folder);
  else await copyFile(object.file, join(folder, modelData.uri.slice(modelData.uri.lastIndexOf("/") + 1)));
}

function connect(running: RunningContainer, socketFolder: string): ModelServer {
  const { socketPath, forget } = shortSocketPath(socketFolder);
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  let alive = true;
  void running.exit.then(() => {
    alive = false;
    agent.destroy();
    forget();
  });
  return {
    get alive() {
      return alive;
    },
    send: (request) =>
      alive ? exchange(agent, socketPath, request) : Promise.reject(lost("The container has ended.")),
    stop(graceSeconds = 30) {
      alive = false;
      return running.stop(graceSeconds);
    },
  };
}

function exchange(agent: Agent, socketPath: string, request: ContainerRequest): Promise<ContainerResponse> {
  return new Promise((resolve, reject) => {
    const { method, path, headers, body = new Uint8Array(), timeoutMs } = request;
    const outgoing = httpRequest(
      { agent, socketPath, method, path, headers: { ...headers, "content-length": String(body.byteLength) } },
      (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
        incoming.on("error", (error) => reject(lost(error.message, error)));
        incoming.on("end", () => {
          clearTimeout(patience);
          resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body: Buffer.concat(chunks) });
        });
      },
    );
    const patience = setTimeout(() => {
      reject(new CloudError("container_timeout", `The container did not answer ${path} within ${timeoutMs} ms.`));
      outgoing.destroy();
    }, timeoutMs);
    outgoing.on("error", (error) => {
      clearTimeout(patience);
      reject(lost(error.message, error));
    });
    outgoing.end(body);
  });
}

/** Pings until the model is loaded: quickly at first, as the socket appears within milliseconds; four minutes at most, as AWS does. */
async function awaitPing(server: ModelServer): Promise<void> {
  const deadline = Date.now() + 240_000;
  let refusals = 0;
  let pauseMs = 2;
  while (server.alive && refusals < FAILED_PINGS && Date.now() < deadline) {
    try {
      const { status } = await server.send({ method: "GET", path: "/ping", timeoutMs: PING_TIMEOUT_MS });
      if (status === 200) return;
      refusals += 1;
    } catch (error) {
      // Not listening yet, or still loading the model: both pass.
      if (!(error instanceof CloudError)) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
    pauseMs = Math.min(200, pauseMs * 1.5);
  }
  throw new CloudError("ping_failed", "The container did not pass the ping health check.");
}

function shortSocketPath(folder: string): { socketPath: string; forget(): void } {
  const direct = join(folder, "http.sock");
  if (Buffer.byteLength(direct) <= LONGEST_SOCKET_PATH) return { socketPath: direct, forget: () => undefined };
  const short = mkdtempSync(join(shortTemporaryFolder(), "sagewright-"));
  symlinkSync(folder, join(short, "s"));
  return { socketPath: join(short, "s", "http.sock"), forget: () => rmSync(short, { recursive: true, force: true }) };
}

function shortTemporaryFolder(): string {
  if (Buffer.byteLength(tmpdir()) < 60 || !existsSync("/tmp")) {
    mkdirSync(tmpdir(), { recursive: true });
    return tmpdir();
  }
  return "/tmp";
}

function lost(reason: string, cause?: unknown): CloudError {
  return new CloudError(
    "container_lost",
    `The container could not be reached: ${reason}`,
    cause === undefined ? {} : { cause },
  );
}
