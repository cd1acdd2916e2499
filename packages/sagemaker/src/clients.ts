import type { ApplicationAutoScalingClient } from "@aws-sdk/client-application-auto-scaling";
import type { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import { S3Client, type S3ClientConfig } from "@aws-sdk/client-s3";
import { SageMakerClient, type SageMakerClientConfig } from "@aws-sdk/client-sagemaker";
import { SageMakerRuntimeClient } from "@aws-sdk/client-sagemaker-runtime";
import { STSClient } from "@aws-sdk/client-sts";

/** How often to ask a cloud for news: at once after a change, then ever more rarely while nothing happens. */
export interface Polling {
  readonly minimumMs: number;
  readonly maximumMs: number;
}

/** What every operation of this package works with; nothing else reaches AWS. */
export interface Clients {
  readonly sagemaker: SageMakerClient;
  readonly s3: S3Client;
  readonly logs: CloudWatchLogsClient;
  readonly runtime: SageMakerRuntimeClient;
  readonly sts: STSClient;
  /** Metrics and alarms. */
  readonly cloudwatch: CloudWatchClient;
  /** Application Auto Scaling. */
  readonly scaling: ApplicationAutoScalingClient;
  /** Called when credentials ended while something is waited for, before they are looked for again. @default nothing */
  readonly renewCredentials?: () => void;
  /** Pace of every wait over these clients. @default 2 to 15 seconds, kind to the account's request limits */
  readonly polling?: Polling;
}

/** Settings shared by all clients: what any AWS SDK v3 client takes, and the pace of waiting. */
export type ClientConfiguration = Pick<
  SageMakerClientConfig,
  "region" | "credentials" | "endpoint" | "requestHandler" | "maxAttempts" | "retryMode" | "profile"
> &
  Pick<S3ClientConfig, "forcePathStyle"> &
  Pick<Clients, "polling" | "renewCredentials">;

/**
 * Makes the clients of one cloud.
 *
 * @param configuration - Spread a cloud's own settings in here; empty for the AWS account of the environment.
 * @example
 * const clients = createClients({ region: "eu-central-1" });
 */
export function createClients(configuration: ClientConfiguration = {}): Clients {
  const { polling, renewCredentials, forcePathStyle, ...shared } = configuration;
  return {
    sagemaker: new SageMakerClient(shared),
    s3: new S3Client({ ...shared, ...(forcePathStyle === undefined ? {} : { forcePathStyle }) }),
    logs: new CloudWatchLogsClient(shared),
    runtime: new SageMakerRuntimeClient(shared),
    sts: new STSClient(shared),
    get cloudwatch() {
      const { CloudWatchClient } = require("@aws-sdk/client-cloudwatch") as typeof import("@aws-sdk/client-cloudwatch");
      return kept(this, "cloudwatch", new CloudWatchClient(shared));
    },
    get scaling() {
      const { ApplicationAutoScalingClient } =
        require("@aws-sdk/client-application-auto-scaling") as typeof import("@aws-sdk/client-application-auto-scaling");
      return kept(this, "scaling", new ApplicationAutoScalingClient(shared));
    },
    ...(renewCredentials === undefined ? {} : { renewCredentials }),
    ...(polling === undefined ? {} : { polling }),
  };
}

/** Few commands speak to these services, and loading a client takes time that every command would pay. */
function kept<T>(clients: Clients, name: "cloudwatch" | "scaling", client: T): T {
  Object.defineProperty(clients, name, { value: client, enumerable: true });
  return client;
}

/** Closes the connections of all clients that were made. */
export function destroyClients(clients: Clients): void {
  for (const { value } of Object.values(Object.getOwnPropertyDescriptors(clients))) {
    if (typeof value === "object" && "destroy" in value) value.destroy();
  }
}
