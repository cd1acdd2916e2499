import { resolve } from "node:path";
import type { HttpRequest, HttpResponse } from "@smithy/protocol-http";
import type { Clock } from "./clock";
import { openOwner } from "./owner";
import { inProcessHandler } from "./protocol/in-process";
import type { WireHandler } from "./protocol/wire";
import type { Quarantined } from "./state/quarantine";

/** How a cloud is opened. */
export interface CloudOptions {
  /** The folder that holds everything; made when missing. @default ".sagewright" in the working directory */
  stateDir?: string;
  /** @default "us-east-1" */
  region?: string;
  /** Twelve digits. @default "000000000000" */
  accountId?: string;
  /** Where the Python environments of the container images live. @default a folder of the user's cache */
  environmentsDir?: string;
  /** @default the machine's clock */
  clock?: Clock;
  /** Told of errors that are the cloud's own fault; clients see them as InternalFailure. @default printed to stderr */
  onFault?: (error: unknown) => void;
}

/** What an AWS SDK v3 client needs to talk to this cloud: spread it into any client's configuration. */
export interface ClientConfig {
  region: string;
  endpoint: string;
  credentials: { accessKeyId: string; secretAccessKey: string };
  requestHandler: {
    handle(request: HttpRequest, options?: { abortSignal?: unknown }): Promise<{ response: HttpResponse }>;
  };
}

/** An open cloud. */
export interface Cloud {
  readonly stateDir: string;
  readonly region: string;
  readonly accountId: string;
  /** Files of the state folder that were unreadable and moved aside. */
  readonly warnings: readonly Quarantined[];
  clientConfig(): ClientConfig;
  /** Ends children quickly and leaves valid state. Running executions go on when the folder is opened again. */
  close(): Promise<void>;
}

/**
 * Opens the embedded cloud over a state folder.
 *
 * @example
 * ```ts
 * const cloud = await openCloud({ stateDir: ".sagewright" });
 * const s3 = new S3Client(cloud.clientConfig());
 * ```
 */
export async function openCloud(options: CloudOptions = {}): Promise<Cloud> {
  const stateDir = resolve(options.stateDir ?? ".sagewright");
  const region = options.region ?? "us-east-1";
  const accountId = options.accountId ?? "000000000000";
  const owner = await openOwner({
    stateDir,
    region,
    accountId,
    nameCase: "case-sensitive",
    autoCreateBucket: (bucket) => bucket === `sagewright-${region}-${accountId}`,
    onFault: options.onFault ?? ((error) => console.error(error)),
    ...(options.clock ? { clock: options.clock } : {}),
    ...(options.environmentsDir === undefined ? {} : { environmentsDir: options.environmentsDir }),
  });
  const handle: WireHandler = (request) => owner.handle(request);
  return {
    stateDir,
    region,
    accountId,
    warnings: owner.warnings,
    clientConfig: () => ({
      region,
      endpoint: "http://127.0.0.1",
      credentials: { accessKeyId: "sagewright", secretAccessKey: "sagewright" },
      requestHandler: inProcessHandler(handle),
    }),
    close: () => owner.close(),
  };
}
