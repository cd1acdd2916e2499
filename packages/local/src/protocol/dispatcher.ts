import { randomUUID } from "node:crypto";
import type { Clock } from "../clock";
import { CloudError, ServiceError } from "../errors";
import type { Fault } from "../faults/fault-rule";
import { withFault } from "../faults/wire-faults";
import type { Invoke, ServiceName } from "../invoke";
import type { CallContext, Operation, OperationTable } from "../service";
import { serviceModel } from "./client-modules";
import { pathStyle } from "./hosts/s3-host";
import { inputShape, outputShape } from "./model";
import type { Protocol } from "./protocol";
import { serviceOfRequest } from "./router";
import { readJson } from "./shapes/json-shape";
import type { WireHandler, WireRequest, WireResponse } from "./wire";
import { awsJson, awsJson10 } from "./wires/aws-json";
import { awsQuery, withForm } from "./wires/aws-query";
import { restJson } from "./wires/rest-json";
import { restXml } from "./wires/rest-xml";
import { rpcV2Cbor } from "./wires/rpc-v2-cbor";

/** One service: its wire protocol is known by its name, its behaviour is a table. */
export interface Service {
  name: ServiceName;
  operations: OperationTable;
}

/** What the dispatcher needs to know of the cloud around it. */
export interface DispatcherOptions {
  /** May grow while rooms are being built; rooms call each other through this dispatcher. */
  services: readonly Service[];
  region: string;
  accountId: string;
  /** Refuses an input that breaks the service model. @throws ServiceError ValidationException */
  check(service: ServiceName, operation: string, input: object): void;
  /** The fault that hits a request, if any. @default none ever */
  fault?(service: ServiceName, operation: string): Fault | undefined;
  /** Counts requests as real work, for a clock that waits for it. @default not counted */
  during?: Clock["during"];
  /** Told of errors that nobody foresaw, which a client sees as InternalFailure. */
  onFault(error: unknown): void;
}

interface CallOrigin {
  requestId: string;
  host: string | undefined;
}

/** Answers requests: reads, validates, hands over to the operation, writes. */
export interface Dispatcher {
  handle: WireHandler;
  invoke: Invoke;
}

const protocols: Record<ServiceName, Protocol> = {
  sagemaker: awsJson,
  logs: awsJson,
  "sagemaker-runtime": restJson,
  lambda: restJson,
  s3: restXml,
  sts: awsQuery,
  monitoring: awsJson10,
  events: awsJson,
  scheduler: restJson,
  "application-autoscaling": awsJson,
  sns: awsQuery,
  sqs: awsJson10,
};

/** A service's protocol. CloudWatch speaks three: which one, the request says. */
function protocolOf(service: ServiceName, { headers }: WireRequest): Protocol {
  if (service !== "monitoring") return protocols[service];
  if (headers["smithy-protocol"] === "rpc-v2-cbor") return rpcV2Cbor;
  return headers["x-amz-target"] === undefined ? awsQuery : awsJson10;
}

const megabyte = 1024 * 1024;
/** Largest body held in memory, by service; a streamed object of S3 is not held. */
const bodyLimits: Record<ServiceName, number> = {
  sagemaker: 8 * megabyte,
  logs: 2 * megabyte,
  "sagemaker-runtime": 25 * megabyte,
  lambda: 80 * megabyte,
  s3: 8 * megabyte,
  sts: megabyte,
  monitoring: 2 * megabyte,
  events: 2 * megabyte,
  scheduler: megabyte,
  "application-autoscaling": megabyte,
  sns: megabyte,
  sqs: 2 * megabyte,
};

/** Builds the dispatcher over the services' tables. */
export function createDispatcher(options: DispatcherOptions): Dispatcher {
  const behaviour = (service: ServiceName, name: string): Operation => {
    const operation = options.services.find((one) => one.name === service)?.operations[name];
    if (!operation) throw notEmulated(service, name);
    return operation;
  };
  const principalArn = `arn:aws:sts::${options.accountId}:assumed-role/SagewrightExecution/sagewright`;
  const context = (requestId: string, host?: string): CallContext => ({
    requestId,
    ...(host !== undefined && { host }),
    region: options.region,
    accountId: options.accountId,
    principalArn,
  });

  const run = async (service: ServiceName, name: string, input: object, { requestId, host }: CallOrigin) => {
    options.check(service, name, input);
    const operation = behaviour(service, name);
    const work = Promise.resolve(operation.handle(input as never, context(requestId, host)));
    // What sleeps on the clock must not hold it.
    const done = options.during && !operation.sleeps ? options.during(`${service}:${name}`, work) : work;
    return (await done) ?? {};
  };

  const answer = async (request: WireRequest, service: ServiceName, requestId: string): Promise<WireResponse> => {
    const protocol = protocolOf(service, request);
    const model = serviceModel(service);
    const route = protocol.route(request, model);
    if (!route) throw unknownRequest(service, request);
    const schema = model.operation(route.operation);
    if (!schema) throw unknownOperation(service, route.operation);
    behaviour(service, route.operation);
    const perform = async () => {
      const input = await protocol.read(schema, request, route, bodyLimits[service]);
      const output = await run(service, route.operation, input, { requestId, host: request.headers.host });
      return protocol.write(schema, output, requestId);
    };
    const fault = options.fault?.(service, route.operation);
    return fault ? withFault(fault, { service, operation: route.operation, principalArn }, perform) : perform();
  };

  return {
    async handle(incoming) {
      const requestId = randomUUID();
      let request = incoming;
      let service: ServiceName | undefined;
      try {
        request = await withForm(incoming);
        service = serviceOfRequest(request);
        if (service === "s3") request = pathStyle(request);
        return await answer(request, service, requestId);
      } catch (error) {
        const wire = asServiceError(error, options.onFault);
        const protocol = service ? protocolOf(service, request) : awsJson;
        return protocol.writeError(wire, service && serviceModel(service), requestId, request);
      }
    },
    async invoke<O>(service: ServiceName, name: string, input: object): Promise<O> {
      const model = serviceModel(service);
      const schema = model.operation(name);
      if (!schema) throw unknownOperation(service, name);
      behaviour(service, name);
      const read = readJson(inputShape(schema), input, { jsonNames: false }) as object;
      const output = await run(service, name, read, { requestId: randomUUID(), host: undefined });
      return readJson(outputShape(schema), output, { jsonNames: false }) as O;
    },
  };
}

function asServiceError(error: unknown, onFault: (error: unknown) => void): ServiceError {
  if (error instanceof ServiceError) return error;
  if (error instanceof URIError)
    return new ServiceError("InvalidURI", "Couldn't parse the specified URI.", { cause: error });
  // 507 tells clients not to try again: a full disk or a damaged state does not mend itself within a second.
  if (error instanceof CloudError)
    return new ServiceError("InternalFailure", error.message, { status: 507, cause: error });
  onFault(error);
  const message = error instanceof Error ? error.message : String(error);
  return new ServiceError("InternalFailure", `Sagewright's embedded cloud failed: ${message}`, {
    status: 500,
    cause: error,
  });
}

function notEmulated(service: ServiceName, operation: string): ServiceError {
  return new ServiceError(
    service === "s3" ? "NotImplemented" : "UnsupportedOperationException",
    `${operation} is not emulated by Sagewright's embedded cloud (${service}). Nothing was done.`,
    { status: service === "s3" ? 501 : 400, facts: { Operation: operation } },
  );
}

function unknownOperation(service: ServiceName, operation: string): ServiceError {
  return new ServiceError("UnknownOperationException", `${service} has no operation ${operation}.`, {
    facts: { Operation: operation },
  });
}

function unknownRequest(service: ServiceName, request: WireRequest): ServiceError {
  return new ServiceError(
    service === "s3" ? "MethodNotAllowed" : "UnknownOperationException",
    `${request.method} ${request.path} is no operation of ${service}.`,
    { status: service === "s3" ? 405 : 404 },
  );
}
