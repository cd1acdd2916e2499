import type { NormalizedSchema } from "@smithy/core/schema";
import { ServiceError } from "../../errors";
import { inputShape, operationName, outputShape } from "../model";
import { bytes, type Protocol } from "../protocol";
import { escapeXml } from "../shapes/xml";
import { readText, writeContent } from "../shapes/xml-shape";
import { collectBody, parseQuery, type WireRequest } from "../wire";
import { queryErrorOf } from "./json-error";

const namespaces: Record<string, string> = {
  "com.amazonaws.sns": "http://sns.amazonaws.com/doc/2010-03-31/",
  "com.amazonaws.cloudwatch": "http://monitoring.amazonaws.com/doc/2010-08-01/",
};
const usual = "https://sts.amazonaws.com/doc/2011-06-15/";

/** The query protocol: STS, SNS, and CloudWatch with older clients. A form names the operation in `Action`. */
export const awsQuery: Protocol = {
  route(request) {
    const action = request.query.Action;
    return typeof action === "string" ? { operation: action, labels: {} } : undefined;
  },
  async read(schema, request) {
    return readForm(inputShape(schema), request.query, "") as object;
  },
  write(schema, output, requestId) {
    const name = operationName(schema);
    const namespace = namespaces[schema[1]] ?? usual;
    const result = `<${name}Result>${writeContent(outputShape(schema), output)}</${name}Result>`;
    const metadata = `<ResponseMetadata><RequestId>${requestId}</RequestId></ResponseMetadata>`;
    return {
      status: 200,
      headers: { "content-type": "text/xml", "x-amzn-requestid": requestId },
      body: bytes(`<${name}Response xmlns="${namespace}">${result}${metadata}</${name}Response>`),
    };
  },
  writeError(error, model, requestId) {
    const { code, status = 400 } = queryErrorOf(error, model);
    const namespace = namespaces[model?.operations()[0]?.[1] ?? ""] ?? usual;
    const detail = `<Type>${status < 500 ? "Sender" : "Receiver"}</Type><Code>${escapeXml(code)}</Code><Message>${escapeXml(error.message)}</Message>`;
    return {
      status,
      headers: { "content-type": "text/xml", "x-amzn-requestid": requestId },
      body: bytes(
        `<ErrorResponse xmlns="${namespace}"><Error>${detail}</Error><RequestId>${requestId}</RequestId></ErrorResponse>`,
      ),
    };
  },
};

const formLimit = 1024 * 1024;

/** A form is read before routing, because the operation's name is in it; it is then treated like a query. */
export async function withForm(request: WireRequest): Promise<WireRequest> {
  if (!request.headers["content-type"]?.startsWith("application/x-www-form-urlencoded")) return request;
  const body = Buffer.from(await collectBody(request.body, formLimit));
  return { ...request, query: { ...request.query, ...parseQuery(body.toString("utf8")) }, body };
}

function readForm(shape: NormalizedSchema, form: WireRequest["query"], prefix: string): unknown {
  if (shape.isStructSchema()) {
    const result: Record<string, unknown> = {};
    for (const [name, member] of shape.structIterator()) {
      const value = readForm(member, form, prefix === "" ? name : `${prefix}.${name}`);
      if (value !== undefined) result[name] = value;
    }
    return prefix === "" || Object.keys(result).length > 0 ? result : undefined;
  }
  if (shape.isListSchema()) {
    const items: unknown[] = [];
    for (let index = 1; ; index++) {
      const item = readForm(shape.getValueSchema(), form, `${prefix}.member.${index}`);
      if (item === undefined) break;
      items.push(item);
    }
    return items.length > 0 ? items : undefined;
  }
  if (shape.isMapSchema()) return readMap(shape, form, prefix);
  const value = form[prefix];
  if (value === undefined) return undefined;
  if (Array.isArray(value)) throw new ServiceError("MalformedQueryString", `${prefix} is given more than once.`);
  return readText(shape, value);
}

function readMap(shape: NormalizedSchema, form: WireRequest["query"], prefix: string): unknown {
  const keyName = shape.getKeySchema().getMergedTraits().xmlName ?? "key";
  const item = shape.getValueSchema();
  const valueName = item.getMergedTraits().xmlName ?? "value";
  const map: Record<string, unknown> = {};
  for (let index = 1; ; index++) {
    const key = form[`${prefix}.entry.${index}.${keyName}`];
    if (typeof key !== "string") break;
    const value = readForm(item, form, `${prefix}.entry.${index}.${valueName}`);
    Object.defineProperty(map, key, { value, enumerable: true, writable: true, configurable: true });
  }
  return Object.keys(map).length > 0 ? map : undefined;
}
