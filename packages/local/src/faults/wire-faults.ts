import { setTimeout as wait } from "node:timers/promises";
import { ServiceError } from "../errors";
import type { ServiceName } from "../invoke";
import type { WireResponse } from "../protocol/wire";
import type { Fault } from "./fault-rule";

/** A header by which the place that holds the client's connection is told to break it, after so many real milliseconds. */
const brokenHeader = "x-sagewright-broken-after";

/** A response in place of which the client's connection breaks. */
const broken = (ms: number): WireResponse => ({
  status: 500,
  headers: { [brokenHeader]: String(ms) },
  body: undefined,
});

/** Real milliseconds after which a response asks for its connection to be broken; undefined for an ordinary response. */
export function brokenAfter({ headers }: WireResponse): number | undefined {
  const ms = headers[brokenHeader];
  return ms === undefined ? undefined : Number(ms);
}

/** Who is refused what, for the sentence of an access error. */
export interface RefusedCall {
  readonly service: ServiceName;
  readonly operation: string;
  readonly principalArn: string;
}

/**
 * Lets a fault hit a request.
 * @param answer does the operation
 * @throws ServiceError in the service's own codes
 */
export async function withFault(
  fault: Fault,
  call: RefusedCall,
  answer: () => Promise<WireResponse>,
): Promise<WireResponse> {
  switch (fault.kind) {
    case "slow":
      await wait(fault.ms);
      return answer();
    case "timeout":
      if (fault.after) await answer();
      return broken(fault.ms ?? 60_000);
    case "disconnect":
      if (fault.after) await answer();
      return broken(0);
    default:
      throw errorOf(fault, call);
  }
}

const restServices: readonly ServiceName[] = ["s3", "lambda", "scheduler", "sagemaker-runtime"];
const queryServices: readonly ServiceName[] = ["sts", "sns", "monitoring"];
/** The prefix of a service's permissions, where it is not the name of the service. */
const permissionPrefix: Partial<Record<ServiceName, string>> = {
  monitoring: "cloudwatch",
  "sagemaker-runtime": "sagemaker",
};
/** Permissions that are named differently from the operation they allow. */
const permissions: Record<string, string> = {
  "lambda:Invoke": "lambda:InvokeFunction",
  "s3:HeadObject": "s3:GetObject",
  "s3:ListObjectsV2": "s3:ListBucket",
  "s3:ListObjects": "s3:ListBucket",
  "s3:HeadBucket": "s3:ListBucket",
  "s3:CreateMultipartUpload": "s3:PutObject",
  "s3:UploadPart": "s3:PutObject",
  "s3:CompleteMultipartUpload": "s3:PutObject",
  "s3:DeleteObjects": "s3:DeleteObject",
};

function errorOf(fault: Fault, { service, operation, principalArn }: RefusedCall): ServiceError {
  const s3 = service === "s3";
  switch (fault.kind) {
    case "throttling":
      if (s3) return new ServiceError("SlowDown", "Please reduce your request rate.", { status: 503 });
      if (service === "lambda") return new ServiceError("TooManyRequestsException", "Rate Exceeded.", { status: 429 });
      if (queryServices.includes(service)) return new ServiceError("Throttling", "Rate exceeded", { status: 400 });
      return new ServiceError("ThrottlingException", "Rate exceeded", {
        status: restServices.includes(service) ? 429 : 400,
      });
    case "accessDenied": {
      const own = `${permissionPrefix[service] ?? service}:${operation}`;
      const action = permissions[own] ?? own;
      const message = `User: ${principalArn} is not authorized to perform: ${action} because no identity-based policy allows the ${action} action`;
      if (s3) return new ServiceError("AccessDenied", message, { status: 403 });
      if (queryServices.includes(service)) return new ServiceError("AccessDenied", message, { status: 403 });
      return new ServiceError("AccessDeniedException", message, { status: restServices.includes(service) ? 403 : 400 });
    }
    case "expiredToken":
      if (s3) return new ServiceError("ExpiredToken", "The provided token has expired.", { status: 400 });
      return new ServiceError(
        queryServices.includes(service) ? "ExpiredToken" : "ExpiredTokenException",
        "The security token included in the request is expired",
        { status: restServices.includes(service) || queryServices.includes(service) ? 403 : 400 },
      );
    case "serverError": {
      const status = fault.status ?? 500;
      if (status === 503) {
        return new ServiceError("ServiceUnavailable", "Service is unavailable. Please retry.", {
          status,
        });
      }
      return new ServiceError(
        s3 ? "InternalError" : "InternalFailure",
        "We encountered an internal error. Please try again.",
        { status },
      );
    }
    case "error":
      return new ServiceError(fault.code, fault.message ?? fault.code, {
        ...(fault.status !== undefined && { status: fault.status }),
      });
    default:
      throw new Error(`${fault.kind} is no error of a request`);
  }
}
