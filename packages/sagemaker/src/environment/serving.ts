import { z } from "zod";
import { alarmName, resourceName, share, text, vpc, whole } from "./fields";
import { updateStrategy } from "./update-strategy";

const instanceType = text(
  /^ml\.[a-z0-9-]+\.[a-z0-9]+$/,
  "is no SageMaker instance type. Write one such as ml.m5.large",
);

/** What turns an update back while it is under way: alarms that the deployment makes, and others that are there already. */
const rollback = z.strictObject({
  /** More 5xx answers than this within a minute. @default 5 */
  errorsPerMinute: whole(0).default(5),
  /** 99 % of a minute's model latencies may take this long. @default latency turns nothing back */
  latencyP99Ms: whole(1).optional(),
  /** Minutes in a row that must be bad. @default 1 */
  minutes: whole(1, 60).default(1),
  /** Names of further alarms that exist already; with the three made here they are ten, AWS's most. @default none */
  alarms: z.array(alarmName).max(7).default([]),
});

/** Target tracking on invocations per instance. */
const autoscaling = z.strictObject({
  minimum: whole(1),
  maximum: whole(1),
  /** Invocations a minute that one instance should get. */
  targetInvocationsPerInstance: z.number().positive(),
  /** @default 300 */
  scaleInCooldownSeconds: whole(0, 3_600).default(300),
  /** @default 60 */
  scaleOutCooldownSeconds: whole(0, 3_600).default(60),
});

/** Requests and answers kept for monitoring, in the bucket under `captures/`. */
const capture = z.strictObject({
  /** Part of the requests, in whole per cent; 0 says that none are, and that this is meant. @default 1, all of them */
  share: share.multipleOf(0.01, { error: "is no whole per cent. Write 0.05 for 5 %" }).default(1),
});

/** One version behind an endpoint and its part of the traffic. */
const variant = z.strictObject({
  name: resourceName,
  /** Share of the traffic = weight / sum of weights. @default 1 */
  weight: z.number().min(0).default(1),
  /** Version of the model group. @default the newest approved one */
  modelVersion: whole(1).optional(),
});

/** The function behind the gateway: it prepares rows, and in the mode `embedded` scores them too. */
const lambda = z.strictObject({
  /** @default 512 */
  memoryMb: whole(128, 10_240).default(512),
  /** API Gateway gives up after 29 seconds. @default 10 */
  timeoutSeconds: whole(1, 29).default(10),
  /** Most calls at once. @default the account's limit */
  reservedConcurrency: whole(1).optional(),
  /** Calls that never wait for a start. @default none */
  provisionedConcurrency: whole(1).optional(),
  /** How a new version of the function takes over. @default 10 % for five minutes, then all */
  shift: z
    .discriminatedUnion("type", [
      z.strictObject({ type: z.literal("all-at-once") }),
      z.strictObject({
        type: z.literal("canary"),
        percent: whole(1, 99).default(10),
        minutes: whole(1, 60).default(5),
      }),
    ])
    .default({ type: "canary", percent: 10, minutes: 5 }),
});

/** The HTTP side. */
const api = z.strictObject({
  /** Steady requests a second that the gateway lets through. @default 50 */
  requestsPerSecond: z.number().positive().max(10_000).default(50),
  /** Requests it lets through at once. @default 100 */
  burst: whole(1, 5_000).default(100),
  /** A web application firewall before the gateway. @default false */
  firewall: z.boolean().default(false),
});

/** The function before serverless inference, which takes no data capture of its own. */
const capturingLambda = lambda.extend({
  /** Requests and answers kept for monitoring. @default nothing is kept */
  capture: capture.optional(),
});

const everyMode = {
  /** Name of the endpoint, or of the embedded function's alias. @default the model group's name */
  endpoint: resourceName.optional(),
  lambda: lambda.prefault({}),
  api: api.prefault({}),
};

/** How predictions are served: exactly the fields that the mode knows. */
export const serving = z.discriminatedUnion("mode", [
  /** A real-time endpoint of instances behind the function. */
  z.strictObject({
    mode: z.literal("endpoint"),
    ...everyMode,
    /** @default ml.m5.large */
    instanceType: instanceType.default("ml.m5.large"),
    /** @default 2, which a canary needs */
    instances: whole(1, 1_000).default(2),
    /** @default one, which gets all the traffic */
    variants: z
      .array(variant)
      .min(1)
      .max(10)
      .default([{ name: "AllTraffic", weight: 1 }]),
    /** @default a canary of 10 per cent for ten minutes */
    update: updateStrategy.prefault({ type: "canary" }),
    rollback: rollback.prefault({}),
    /** @default a fixed number of instances */
    autoscaling: autoscaling.optional(),
    /** @default nothing is kept */
    capture: capture.optional(),
    /** @default the service's own network */
    vpc: vpc.optional(),
  }),
  /** Serverless inference behind the function. */
  z.strictObject({
    mode: z.literal("serverless"),
    ...everyMode,
    lambda: capturingLambda.prefault({}),
    /** @default 2048 */
    memoryMb: z
      .literal([1_024, 2_048, 3_072, 4_096, 5_120, 6_144], {
        error: "is no memory size of serverless inference. Use 1024, 2048, 3072, 4096, 5120 or 6144",
      })
      .default(2_048),
    /** @default 5 */
    maximumConcurrency: whole(1, 200).default(5),
    /** @default none: the first call after a pause waits */
    provisionedConcurrency: whole(1, 200).optional(),
  }),
  /** The predictor inside the function; no SageMaker endpoint. */
  z.strictObject({
    mode: z.literal("embedded"),
    ...everyMode,
    /** Requests and answers kept for monitoring. @default nothing is kept */
    capture: capture.optional(),
    /** @default the service's own network */
    vpc: vpc.optional(),
  }),
]);

/** How predictions are served. */
export type Serving = z.output<typeof serving>;

/** What is kept of requests and answers, in every mode; undefined where the environment does not say, or says that none are. */
export function captureOf(serving: Serving): { readonly share: number } | undefined {
  const said = saidOfCapture(serving);
  return said === undefined || said.share === 0 ? undefined : said;
}

/** Field in which a mode says what is captured. */
export function captureField({ mode }: Pick<Serving, "mode">): string {
  return mode === "serverless" ? "serving.lambda.capture" : "serving.capture";
}

/** The same as it is written: a share of 0 is an answer too. */
export function saidOfCapture(serving: Serving): { readonly share: number } | undefined {
  return serving.mode === "serverless" ? serving.lambda.capture : serving.capture;
}

/** Names of the modes. */
export type EnvironmentServingMode = Serving["mode"];
