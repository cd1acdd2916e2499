import { resolve } from "node:path";
import type { HttpRequest, HttpResponse } from "@smithy/protocol-http";
import type { Clock } from "./clock";
import { type ClockControl, controlClient, type FaultControl } from "./control/control-client";
import { type Listener, type ListenOptions, listenHttp } from "./listen";
import { type Owner, openOwner } from "./owner";
import { inProcessHandler } from "./protocol/hosts/in-process";
import { takeSeat } from "./seat";
import { makeFolder } from "./state/make-folder";
import type { Quarantined } from "./state/quarantine";
import { readVersion, writeVersion } from "./state/version";

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
  /**
   * `"manual"`: time stands still until {@link Cloud.clock} advances it, and is kept in the state folder.
   * @default the machine's clock
   */
  clock?: Clock | "manual";
  /** Where a manual clock begins in a state folder that has none yet. @default now */
  startAt?: Date;
  /** Told of errors that nobody foresaw; clients see them as InternalFailure. @default printed to stderr */
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
  /** Whether this process holds the state folder, or talks to the one that does. May change when that one ends. */
  readonly role: "owner" | "client";
  /** Files of the state folder that were unreadable and moved aside. */
  readonly warnings: readonly Quarantined[];
  /** The clock of the process that holds the state folder. */
  readonly clock: ClockControl;
  /** Faults to inject, in whichever process holds the state folder. */
  readonly faults: FaultControl;
  /** Configuration for clients in this process; no socket is involved. */
  clientConfig(): ClientConfig;
  /** Serves the same cloud over HTTP, for boto3, the AWS CLI and every other client. */
  listen(where?: ListenOptions): Promise<Listener>;
  /** Ends children quickly and leaves valid state. Running executions go on when the folder is opened again. */
  close(): Promise<void>;
}

/**
 * Opens the embedded cloud over a state folder. One process owns the folder; others that open it talk to that one, and
 * one of them takes over when it ends.
 *
 * @throws StateError `state_newer`, `state_version_unreadable`, `state_locked`, `state_not_writable`, `disk_full`
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
  // Before anything is written: a folder of a newer version is left as it is.
  readVersion(stateDir);
  makeFolder(stateDir);
  const seat = await takeSeat<Owner>({ stateDir, open: () => open(options, { stateDir, region, accountId }) });
  const listeners = new Set<Listener>();
  const { clock, faults } = controlClient(seat.handle);
  return {
    stateDir,
    region,
    accountId,
    clock,
    faults,
    get role() {
      return seat.engine() ? ("owner" as const) : ("client" as const);
    },
    get warnings() {
      return seat.engine()?.warnings ?? [];
    },
    clientConfig: () => ({
      region,
      endpoint: "http://127.0.0.1",
      credentials: { accessKeyId: "sagewright", secretAccessKey: "sagewright" },
      requestHandler: inProcessHandler(seat.handle),
    }),
    async listen(where = {}) {
      const listener = await listenHttp(seat.handle, where);
      listeners.add(listener);
      return listener;
    },
    async close() {
      for (const listener of listeners) listener.close();
      await seat.close();
    },
  };
}

async function open(
  options: CloudOptions,
  { stateDir, region, accountId }: { stateDir: string; region: string; accountId: string },
): Promise<Owner> {
  const version = readVersion(stateDir) ?? (await writeVersion(stateDir));
  return openOwner({
    stateDir,
    region,
    accountId,
    nameCase: version.names,
    autoCreateBucket: (bucket) => bucket === `sagewright-${region}-${accountId}`,
    onFault: options.onFault ?? ((error) => console.error(error)),
    ...(options.clock ? { clock: options.clock } : {}),
    ...(options.startAt ? { startAt: options.startAt } : {}),
    ...(options.environmentsDir === undefined ? {} : { environmentsDir: options.environmentsDir }),
  });
}
