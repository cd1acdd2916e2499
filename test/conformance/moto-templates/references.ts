import type { Found, Given } from "./cloud";

/** A name or ARN that a resource holds of another one. */
export interface Reference {
  /** Who holds it: the stack and logical id, or what its service calls it. */
  readonly of: string;
  /** Where in it. */
  readonly at: string;
  /** Kind of what is named; an ARN, a URI and a URL say it themselves. */
  readonly kind: "arn" | "object" | "queue" | Kind;
  readonly to: string;
}

type Kind =
  | "alarm"
  | "api"
  | "application"
  | "bucket"
  | "bus"
  | "endpoint"
  | "endpointConfig"
  | "function"
  | "logs"
  | "model"
  | "packageGroup"
  | "pipeline"
  | "queueName"
  | "role"
  | "stack"
  | "stage"
  | "stream"
  | "topic"
  | "usagePlan";

/** Every reference that a value holds, however deep, and within JSON that is text. */
export function referencesIn(of: string, value: unknown, at = ""): Reference[] {
  if (Array.isArray(value)) return value.flatMap((each, index) => referencesIn(of, each, `${at}/${index}`));
  if (typeof value === "object" && value !== null)
    return [
      ...namedIn(of, value as Record<string, unknown>, at),
      ...Object.entries(value).flatMap(([key, each]) => [
        ...(key.startsWith("arn:") ? inText(of, key, at) : []),
        ...referencesIn(of, each, `${at}/${key}`),
      ]),
    ];
  if (typeof value !== "string") return [];
  const document = parsed(value);
  return document === undefined ? inText(of, value, at) : referencesIn(of, document, at);
}

function parsed(text: string): unknown {
  if (!/^\s*[[{]/.test(text)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const ARN = /arn:aws:[a-z0-9-]+:[a-z0-9-]*:(?:\d{12}|aws)?:[^\s"',\\]+/g;
const S3_URI = /s3:\/\/[^\s"',\\]+/g;
const QUEUE_URL = /https?:\/\/[^\s"',/]+\/\d{12}\/[\w.-]+/g;

function inText(of: string, text: string, at: string): Reference[] {
  const all = (pattern: RegExp, kind: Reference["kind"]) =>
    [...text.matchAll(pattern)].map(([to]) => ({ of, at, kind, to: to.replace(/\/invocations$/, "") }));
  return [...all(ARN, "arn"), ...all(S3_URI, "object"), ...all(QUEUE_URL, "queue"), ...inQuery(of, text, at)];
}

/** Log groups that a query of a dashboard reads. */
function inQuery(of: string, text: string, at: string): Reference[] {
  return [...text.matchAll(/SOURCE '([^']+)'/g)].map(([, to = ""]) => ({ of, at, kind: "logs", to }));
}

/** What a dimension of a metric names. */
const DIMENSIONS: Readonly<Record<string, Kind>> = {
  ApiName: "api",
  DeliveryStreamName: "stream",
  EndpointName: "endpoint",
  FunctionName: "function",
  PipelineName: "pipeline",
  QueueName: "queueName",
  TopicName: "topic",
};

/** Properties and variables that name something by its name. */
const NAMES: Readonly<Record<string, Kind>> = {
  ApplicationName: "application",
  Bucket: "bucket",
  BUCKET: "bucket",
  bucket: "bucket",
  BucketName: "bucket",
  CAPTURE_STREAM: "stream",
  DestinationBucketName: "bucket",
  EndpointConfigName: "endpointConfig",
  ENDPOINT_NAME: "endpoint",
  EventBusName: "bus",
  EVENT_BUS: "bus",
  FunctionName: "function",
  group: "packageGroup",
  LogGroup: "logs",
  ModelPackageGroupName: "packageGroup",
  ModelName: "model",
  PIPELINE: "pipeline",
  PipelineName: "pipeline",
  RETRAIN_FUNCTION: "function",
  S3Bucket: "bucket",
  stack: "stack",
  stackName: "stack",
  STATE_BUCKET: "bucket",
  TargetBucket: "bucket",
};

function namedIn(of: string, value: Record<string, unknown>, at: string): Reference[] {
  const named = (kind: Kind | undefined, to: unknown, where: string): Reference[] =>
    kind === undefined
      ? []
      : [to]
          .flat()
          .flatMap((each) =>
            typeof each === "string" && !each.startsWith("arn:") ? [{ of, at: where, kind, to: each }] : [],
          );
  const dimension = named(DIMENSIONS[String(value.Name)], value.Value, `${at}/${value.Name}`);
  const found = Object.entries(value).flatMap(([key, to]) => named(NAMES[key], to, `${at}/${key}`));
  return [...dimension, ...found, ...special(of, value, at)];
}

/** Names whose property is called the same as something else elsewhere. */
function special(of: string, value: Record<string, unknown>, at: string): Reference[] {
  const texts = (given: unknown): string[] => [given].flat().filter((each) => typeof each === "string") as string[];
  if (Array.isArray(value.Roles)) return texts(value.Roles).map((to) => ({ of, at, kind: "role", to }));
  if (Array.isArray(value.Alarms))
    return value.Alarms.flatMap((each: Record<string, unknown>) =>
      texts(each.Name ?? each.AlarmName).map((to): Reference => ({ of, at, kind: "alarm", to })),
    );
  if (Array.isArray(value.metrics)) return value.metrics.flatMap((each) => inMetric(of, each, at));
  if (typeof value.ResourceId === "string") {
    const [, to = ""] = /^endpoint\/([^/]+)\/variant\//.exec(value.ResourceId) ?? [];
    return [{ of, at, kind: "endpoint", to }];
  }
  return [];
}

/** A dashboard's metric: namespace, name, then names and values of dimensions in turn. */
function inMetric(of: string, metric: unknown, at: string): Reference[] {
  if (!Array.isArray(metric)) return [];
  return metric.flatMap((name, index) => {
    const kind = DIMENSIONS[String(name)];
    const to = metric[index + 1];
    return index > 1 && kind !== undefined && typeof to === "string" ? [{ of, at, kind, to }] : [];
  });
}

/** What exists, asked by reference. */
export class There {
  readonly #arns: readonly string[];
  readonly #names = new Map<string, Set<string>>();
  readonly #objects = new Map<string, readonly string[]>();

  constructor(found: readonly Found[]) {
    this.#arns = found.flatMap(({ arn, kind, about }) => [
      arn,
      // What may be invoked by anybody is named by an API's id.
      ...(kind === "api" ? [arn.replace(/^.*\/restapis\//, "execute-api:")] : []),
      ...(kind === "key" ? (about.aliases as unknown as string[]) : []),
    ]);
    for (const { kind, name, about } of found) {
      this.#named(kind, name);
      if (kind === "bucket") this.#objects.set(name, about.objects as unknown as string[]);
      if (kind === "queue") this.#named("queueName", name);
      if (kind === "function" || kind === "alias") this.#named("function", name);
    }
  }

  #named(kind: string, name: string): void {
    this.#names.set(kind, (this.#names.get(kind) ?? new Set()).add(name));
  }

  has({ kind, to }: Reference): boolean {
    if (kind === "arn") return this.#hasArn(to);
    if (kind === "queue") return this.#names.get("queueName")?.has(to.split("/").at(-1) ?? "") ?? false;
    if (kind === "object") return this.#hasObject(to);
    return this.#names.get(kind)?.has(to) ?? false;
  }

  /** A pattern names what matches it; some things are named by what they are in. */
  #hasArn(to: string): boolean {
    const [, , service = "", region, account, ...rest] = to.split(":");
    const resource = rest.join(":");
    if (service === "s3") return this.#hasObject(`s3://${resource}`);
    if (service === "execute-api") return this.#arns.includes(`execute-api:${resource.split("/")[0]}`);
    if (service === "logs")
      return this.#hasArn_(`arn:aws:logs:${region}:${account}:${resource.replace(/:(\*|log-stream:.*)$/, "")}`);
    if (service === "sagemaker" && resource.startsWith("pipeline/"))
      return this.#hasArn_(to.replace(/\/execution\/.*$/, ""));
    if (service === "sagemaker" && resource.startsWith("model-package/"))
      return this.#names.get("packageGroup")?.has(resource.split("/")[1] ?? "") ?? false;
    return this.#hasArn_(to);
  }

  #hasArn_(to: string): boolean {
    const pattern = new RegExp(
      `^${to
        .replaceAll(/[.+^${}()|[\]\\]/g, "\\$&")
        .replaceAll("*", ".*")
        .replaceAll("?", ".")}$`,
    );
    return this.#arns.some((arn) => pattern.test(arn));
  }

  /** A bucket, and where the name of an object is a digest's, the object. */
  #hasObject(to: string): boolean {
    const [, bucket = "", key = ""] = /^s3:\/\/([^/]+)\/?(.*)$/.exec(to) ?? [];
    const objects = this.#objects.get(bucket);
    if (objects === undefined) return false;
    const prefix = key.replace(/\*.*$/, "");
    return !/[0-9a-f]{64}/.test(prefix) || objects.some((name) => name.startsWith(prefix));
  }
}

/** References of everything that is there. */
export function referencesOf(given: readonly Given[], found: readonly Found[]): Reference[] {
  return [
    ...given.flatMap((each) => referencesIn(`${each.stack}/${each.id}`, each.given, each.type)),
    ...found.flatMap(({ kind, name, about }) => referencesIn(`${kind} ${name}`, about)),
  ];
}
