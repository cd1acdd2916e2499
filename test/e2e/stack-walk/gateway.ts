import { randomUUID } from "node:crypto";
import { Lambda } from "@aws-sdk/client-lambda";
import type { Cloud } from "@sagewright/local";
import type { Maker } from "../../conformance/constructs/maker";
import { gatewayEvent } from "../../support/lambda-process";

/** The document that the stack gives API Gateway, as far as it decides who is asked. */
interface GatewayDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, GatewayOperation>>>>;
  readonly components: {
    readonly securitySchemes: {
      readonly key: { readonly "x-amazon-apigateway-authorizer": { readonly authorizerUri: string } };
    };
  };
}

interface GatewayOperation {
  readonly security?: readonly object[];
  readonly "x-amazon-apigateway-integration": { readonly uri: string };
}

/** What somebody who asks gets. */
export interface GatewayAnswer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

/**
 * API Gateway, which the embedded cloud has not, by the document that the stack gives it: the authorizer is asked where the document
 * says so, and the function that it names is called only where its policy lets the API do so. Nobody counts requests: metrics of AWS's own
 * are nobody else's to publish.
 */
export class Gateway {
  readonly #apis = new Map<string, GatewayDocument>();
  readonly #lambda: Lambda;

  constructor(cloud: Cloud) {
    this.#lambda = new Lambda(cloud.clientConfig());
  }

  makers(): Record<string, Maker> {
    return {
      "AWS::ApiGateway::RestApi": async ({ Body }: { Body: GatewayDocument }, id) => {
        this.#apis.set(id, Body);
        return { ref: id, attributes: { RootResourceId: "root" }, remove: async () => this.#apis.delete(id) };
      },
    };
  }

  /** A request to the only API. */
  async ask(method: string, path: string, { body, key, headers }: Request = {}): Promise<GatewayAnswer> {
    const [[id, api] = []] = this.#apis;
    if (id === undefined || api === undefined) throw new Error("There is no API.");
    return this.#answer(id, api, { method, path, body, key, headers });
  }

  async #answer(id: string, { paths, components }: GatewayDocument, request: Asked): Promise<GatewayAnswer> {
    const { method, path, body, key, headers: more = {} } = request;
    const operation = paths[path]?.[method.toLowerCase()];
    if (operation === undefined) return refusal(403, "Missing Authentication Token");
    const event = gatewayEvent("rest", { method, path, ...(body && { body: JSON.stringify(body) }) }) as RestEvent;
    const headers = { ...event.headers, ...more, ...(key !== undefined && { authorization: `Bearer ${key}` }) };
    const asked = {
      ...event,
      headers,
      requestContext: { ...event.requestContext, requestId: randomUUID() },
    };
    if (operation.security === undefined) return this.#integrate(id, operation, asked);
    const { authorizerUri } = components.securitySchemes.key["x-amazon-apigateway-authorizer"];
    const methodArn = `arn:aws:execute-api:us-east-1:000000000000:${id}/live/${method}${path}`;
    // Asked with a role of the API's own, so no policy of the function has to let it.
    const said = await this.#call(functionOf(authorizerUri), { ...asked, type: "REQUEST", methodArn });
    if (said.failed)
      return said.answer.errorMessage === "Unauthorized" ? refusal(401, "Unauthorized") : refusal(500, "");
    const { policyDocument, context } = said.answer as unknown as Authorization;
    if (policyDocument.Statement[0]?.Effect !== "Allow") return refusal(403, "User is not authorized");
    return this.#integrate(id, operation, {
      ...asked,
      requestContext: { ...asked.requestContext, authorizer: context },
    });
  }

  async #integrate(id: string, operation: GatewayOperation, event: RestEvent): Promise<GatewayAnswer> {
    const { uri } = operation["x-amazon-apigateway-integration"];
    const source = `arn:aws:execute-api:us-east-1:000000000000:${id}/live/${event.httpMethod}${event.path}`;
    if (!(await this.#mayCall(functionOf(uri), source))) return refusal(500, "Internal server error");
    const { failed, answer } = await this.#call(functionOf(uri), event);
    if (failed || typeof answer.statusCode !== "number") return refusal(502, "Internal server error");
    return { status: answer.statusCode, body: JSON.parse(String(answer.body)) };
  }

  async #call(FunctionName: string, event: object): Promise<{ failed: boolean; answer: Record<string, unknown> }> {
    const { FunctionError, Payload = [] } = await this.#lambda.invoke({ FunctionName, Payload: JSON.stringify(event) });
    return { failed: FunctionError !== undefined, answer: JSON.parse(Buffer.from(Payload).toString()) };
  }

  async #mayCall(FunctionName: string, source: string): Promise<boolean> {
    const { Policy = "{}" } = await this.#lambda
      .getPolicy({ FunctionName })
      .catch(() => ({ Policy: '{"Statement":[]}' }));
    const { Statement } = JSON.parse(Policy) as { Statement: PolicyStatement[] };
    return Statement.some(({ Action, Principal, Condition }) => {
      const pattern = (Condition?.ArnLike?.["AWS:SourceArn"] ?? "*").replaceAll("*", ".*");
      return (
        Action === "lambda:InvokeFunction" &&
        Principal?.Service === "apigateway.amazonaws.com" &&
        new RegExp(`^${pattern}$`).test(source)
      );
    });
  }
}

/** What goes with a request. */
interface Request {
  readonly body?: object | undefined;
  readonly key?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

interface Asked extends Request {
  readonly method: string;
  readonly path: string;
}

interface RestEvent {
  readonly httpMethod: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly requestContext: object;
}

interface Authorization {
  readonly policyDocument: { readonly Statement: readonly { readonly Effect: string }[] };
  readonly context: object;
}

interface PolicyStatement {
  readonly Action: string;
  readonly Principal?: { readonly Service?: string };
  readonly Condition?: { readonly ArnLike?: Readonly<Record<string, string>> };
}

const refusal = (status: number, message: string): GatewayAnswer => ({ status, body: { message } });

/** The function in the URI by which API Gateway calls it. */
const functionOf = (uri: string): string => /\/functions\/(.+)\/invocations$/.exec(uri)?.[1] ?? uri;
