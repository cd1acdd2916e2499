import { ServiceError } from "../errors";
import type { ServiceName } from "../invoke";
import type { WireRequest } from "./wire";

/** Names that requests are signed with, and the service each means here. */
const signed: Record<string, ServiceName> = {
  sagemaker: "sagemaker",
  s3: "s3",
  logs: "logs",
  lambda: "lambda",
  sts: "sts",
  monitoring: "monitoring",
  events: "events",
  scheduler: "scheduler",
  "application-autoscaling": "application-autoscaling",
  sns: "sns",
  sqs: "sqs",
};
const targets: Record<string, ServiceName> = {
  SageMaker: "sagemaker",
  Logs_20140328: "logs",
  GraniteServiceVersion20100801: "monitoring",
  AWSEvents: "events",
  AnyScaleFrontendService: "application-autoscaling",
  AmazonSQS: "sqs",
};
/** A form of the query protocol names its service by the version of its API. */
const versions: Record<string, ServiceName> = { "2011-06-15": "sts", "2010-03-31": "sns", "2010-08-01": "monitoring" };

/**
 * Which service a request is for: by `X-Amz-Target`, by the service its signature names, by form, by path. An unsigned
 * request without any of these is for S3, as with AWS's own hosts.
 *
 * @throws ServiceError UnknownOperationException for a service that is not emulated
 */
export function serviceOfRequest(request: WireRequest): ServiceName {
  const target = request.headers["x-amz-target"];
  if (target !== undefined) {
    const prefix = target.slice(0, target.indexOf("."));
    return targets[prefix] ?? unknownService(prefix);
  }
  const version = request.query.Version;
  if (typeof version === "string" && request.query.Action !== undefined && versions[version]) return versions[version];
  if (request.query.Action === "GetCallerIdentity") return "sts";
  if (request.headers["smithy-protocol"] === "rpc-v2-cbor") {
    const name = /\/service\/([^/]+)\/operation\//.exec(request.path)?.[1] ?? request.path;
    return targets[name] ?? unknownService(name);
  }
  if (/^\/endpoints\/[^/]+\/(async-)?invocations/.test(request.path)) return "sagemaker-runtime";
  if (request.path.startsWith("/2015-03-31/")) return "lambda";
  const scope = signingName(request);
  if (scope === undefined) return "s3";
  return signed[scope] ?? unknownService(scope);
}

/** `AWS4-HMAC-SHA256 Credential=AKID/20261121/us-east-1/s3/aws4_request, …`, or the same in the query of a presigned URL. */
function signingName(request: WireRequest): string | undefined {
  const inQuery = request.query["X-Amz-Credential"];
  const credential =
    /Credential=([^,\s]+)/.exec(request.headers.authorization ?? "")?.[1] ??
    (typeof inQuery === "string" ? inQuery : undefined);
  return credential?.split("/").at(-2);
}

function unknownService(name: string): never {
  throw new ServiceError(
    "UnknownOperationException",
    `The service "${name}" is not emulated by Sagewright's embedded cloud. It answers for sagemaker, sagemaker-runtime, s3, logs, lambda, sts, monitoring (CloudWatch), events, scheduler, application-autoscaling, sns and sqs.`,
    { status: 404 },
  );
}
