import { ServiceError } from "../../errors";
import { inputShape, outputShape } from "../model";
import { bytes, type Protocol } from "../protocol";
import { readJson, writeJson } from "../shapes/json-shape";
import { collectBody } from "../wire";
import { jsonError, queryErrorHeader } from "./json-error";

const options = { jsonNames: false };

/** AWS JSON 1.1: SageMaker, CloudWatch Logs, EventBridge. The operation is named by the header `X-Amz-Target`. */
export const awsJson: Protocol = jsonOf("application/x-amz-json-1.1");

/** AWS JSON 1.0: SQS, and CloudWatch with the JavaScript client. */
export const awsJson10: Protocol = jsonOf("application/x-amz-json-1.0");

function jsonOf(contentType: string): Protocol {
  return {
    route(request) {
      const target = request.headers["x-amz-target"];
      const operation = target?.slice(target.lastIndexOf(".") + 1);
      return operation ? { operation, labels: {} } : undefined;
    },
    async read(schema, request, _route, limit) {
      const body = await collectBody(request.body, limit);
      return readJson(inputShape(schema), parseJson(body), options) as object;
    },
    write(schema, output, requestId) {
      const value = writeJson(outputShape(schema), output, options) ?? {};
      return {
        status: 200,
        headers: { "content-type": contentType, "x-amzn-requestid": requestId },
        body: bytes(JSON.stringify(value)),
      };
    },
    writeError(error, model, requestId) {
      const { status, body } = jsonError(error, model);
      return {
        status,
        headers: { "content-type": contentType, "x-amzn-requestid": requestId, ...queryErrorHeader(error, model) },
        body: bytes(JSON.stringify({ __type: error.code, ...body })),
      };
    },
  };
}

/**
 * Parses a JSON body; an empty one is an empty structure.
 * @throws ServiceError SerializationException
 */
export function parseJson(body: Uint8Array): unknown {
  if (body.byteLength === 0) return {};
  try {
    return JSON.parse(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString("utf8"));
  } catch (cause) {
    throw new ServiceError("SerializationException", "The request body is not valid JSON.", { cause });
  }
}
