import { randomUUID } from "node:crypto";
import { CloudError, ServiceError } from "../errors";
import type { Invoke, ServiceName } from "../invoke";
import type { CallContext, Operation, OperationTable } from "../service";
import { awsJson } from "./aws-json";
import { awsQuery, withForm } from "./aws-query";
import { serviceModel } from "./client-modules";
import { readJson } from "./json-shape";
import { inputShape, outputShape } from "./model";
import type { Protocol } from "./protocol";
import { restJson } from "./rest-json";
import { restXml } from "./rest-xml";
import { serviceOfRequest } from "./router";
import { pathStyle } from "./s3-host";
import type { WireHandler, WireRequest, WireResponse } from "./wire";

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
  /** Told of errors that nobody foresaw, which a client sees as InternalFailure. */
  onFault(error: unknown): void;
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
};

const megabyte = 1024 * 1024;
/** Largest body held in memory, by service; a streamed object of S3 is not held. */
const bodyLimits: Record<ServiceName, number> = {
  sagemaker: 8 * megabyte,
  logs: 2 * megabyte,
  "sagemaker-runtime": 25 * megabyte,
  lambda: 80 * megabyte,
  s3: 8 * megabyte,
  sts: megabyte,
};

/** Builds the dispatcher over the services' tables. */
export function createDispatcher(options: DispatcherOptions): Dispatcher {
  const behaviour = (service: ServiceName, name: string): Operation => {
    const operation = options.services.find((one) => one.name === service)?.operations[name];
    if (!operation) throw notEmulated(service, name);
    return operation;
  };
  const principalArn = `arn:aws:sts::${options.accountId}:assumed-role/SagewrightExecution/sagewright`;
  const context = (requestId: string): CallContext => ({
    requestId,
    region: options.region,
    accountId: options.accountId,
    principalArn,
  });

  const run = async (service: ServiceName, name: string, operation: Operation, input: object, requestId: string) => {
    options.check(service, name, input);
    return (await operation.handle(input as never, context(requestId))) ?? {};
  };

  const answer = async (request: WireRequest, service: ServiceName, requestId: string): Promise<WireResponse> => {
    const protocol = protocols[service];
    const model = serviceModel(service);
    const route = protocol.route(request, model);
    if (!route) throw unknownRequest(service, request);
    const schema = model.operation(route.operation);
    if (!schema) throw unknownOperation(service, route.operation);
    const operation = behaviour(service, route.operation);
    const input = await protocol.read(schema, request, route, bodyLimits[service]);
    return protocol.write(schema, await run(service, route.operation, operation, input, requestId), requestId);
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
        const protocol = service ? protocols[service] : awsJson;
        return protocol.writeError(wire, service && serviceModel(service), requestId, request);
      }
    },
    async invoke<O>(service: ServiceName, name: string, input: object): Promise<O> {
      const model = serviceModel(service);
      const schema = model.operation(name);
      if (!schema) throw unknownOperation(service, name);
      const operation = behaviour(service, name);
      const read = readJson(inputShape(schema), input, { jsonNames: false }) as object;
      const output = await run(service, name, operation, read, randomUUID());
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
