import { PropsError } from "../errors";

/** The parts of an OpenAPI document that a gateway needs; that of `@sagewright/serving` is one. */
export interface OpenApiDocument {
  readonly info: { readonly title: string; readonly version: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, OpenApiOperation>>>>;
}

interface OpenApiOperation {
  readonly operationId?: string;
  readonly summary?: string;
  readonly security?: readonly object[];
}

/** Who answers, and who is asked first. */
export interface GatewayTargets {
  /** URI of the function's alias, as API Gateway invokes it. */
  readonly integrationUri: string;
  /** URI of the authorizing function. */
  readonly authorizerUri: string;
  /** Role with which API Gateway asks it. */
  readonly authorizerCredentials: string;
}

/** The API answers with its own document too, and with a page made of it, which do not describe themselves. */
const DESCRIPTION: readonly (readonly [string, Readonly<Record<string, OpenApiOperation>>])[] = [
  ["/openapi.json", { get: { operationId: "describe" } }],
  ["/docs", { get: { operationId: "docs" } }],
  ["/docs/docs.js", { get: { operationId: "docsScript" } }],
  ["/docs/docs.css", { get: { operationId: "docsStyle" } }],
];

const METHODS = new Set(["get", "post", "put", "patch", "delete"]);

/**
 * A document that API Gateway imports, which reads OpenAPI 3.0 alone: every operation of the given one goes to one function, and
 * those with `security` through the authorizer first. Bodies are the function's to check: its answers name every field.
 *
 * @throws PropsError `document_empty`
 */
export function gatewayDocument(document: OpenApiDocument, targets: GatewayTargets): object {
  const described = Object.entries(document.paths);
  if (described.length === 0) {
    throw new PropsError("document_empty", "openApi.paths", document.paths, "has no path. Give the API's own document");
  }
  const paths = Object.fromEntries(
    [...described, ...DESCRIPTION].map(([path, operations]) => [path, gatewayPath(path, operations, targets)]),
  );
  return {
    openapi: "3.0.1",
    info: { title: document.info.title, version: document.info.version },
    paths,
    components: { securitySchemes: { key: keyScheme(targets) } },
  };
}

function gatewayPath(
  path: string,
  operations: Readonly<Record<string, OpenApiOperation>>,
  { integrationUri }: GatewayTargets,
): object {
  return Object.fromEntries(
    Object.entries(operations)
      .filter(([method]) => METHODS.has(method))
      .map(([method, { operationId, security = [] }]) => [
        method,
        {
          operationId:
            operationId ?? `${method}${path.replaceAll(/[^a-zA-Z0-9]+(.)?/g, (_, next = "") => next.toUpperCase())}`,
          ...(security.length === 0 ? {} : { security: [{ key: [] }] }),
          responses: { default: { description: "As the function answers." } },
          "x-amazon-apigateway-integration": {
            type: "aws_proxy",
            httpMethod: "POST",
            uri: integrationUri,
            passthroughBehavior: "when_no_match",
            timeoutInMillis: 29_000,
          },
        },
      ]),
  );
}

/** A key comes in either of two headers, so the authorizer sees the request and nothing is cached: a revoked key ends at once. */
function keyScheme({ authorizerUri, authorizerCredentials }: GatewayTargets): object {
  return {
    type: "apiKey",
    name: "authorization",
    in: "header",
    "x-amazon-apigateway-authtype": "custom",
    "x-amazon-apigateway-authorizer": {
      type: "request",
      authorizerUri,
      authorizerCredentials,
      authorizerResultTtlInSeconds: 0,
    },
  };
}
