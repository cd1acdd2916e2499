import type { OpenAPIHono } from "@hono/zod-openapi";
import type { Environment } from "./api";
import type { CustomerForm } from "./customer";
import { customerSchema } from "./customer-schema";
import { docsPage, docsScript, docsStyle } from "./docs-page";
import { roleFor } from "./paths";

interface DocumentsOptions {
  readonly customer: CustomerForm;
  readonly version: string;
  /** Whether requests need a key by now. */
  readonly keyed: () => boolean;
}

/** Adds the OpenAPI document and the page that shows it, made on the first request and again when keys become needed. */
export function addDocuments(app: OpenAPIHono<Environment>, { customer, version, keyed }: DocumentsOptions): void {
  app.openAPIRegistry.registerComponent("schemas", "Customer", customerSchema(customer));
  let document: ReturnType<typeof app.getOpenAPI31Document> | undefined;
  let withKeys = false;
  const openApi = () => {
    if (document !== undefined && withKeys === keyed()) return document;
    if (!withKeys && keyed()) {
      app.openAPIRegistry.registerComponent("securitySchemes", "apiKey", KEY_SCHEME);
      withKeys = true;
    }
    document = app.getOpenAPI31Document({
      openapi: "3.1.0",
      info: {
        title: `${customer.own.name} predictions`,
        version,
        description: "Predictions of one model, checked by its contract.",
      },
    });
    if (withKeys) requireKeys(document.paths ?? {});
    return document;
  };
  app.get("/openapi.json", (context) => context.json(openApi()));
  app.get("/docs", (context) => context.html(docsPage(openApi(), customer), 200, DOCS_HEADERS));
  app.get("/docs/docs.js", (context) =>
    context.body(docsScript, 200, { "content-type": "text/javascript; charset=utf-8" }),
  );
  app.get("/docs/docs.css", (context) => context.body(docsStyle, 200, { "content-type": "text/css; charset=utf-8" }));
}

const KEY_SCHEME = {
  type: "http" as const,
  scheme: "bearer",
  description: "A key made by an operator: sgw_<id>_<secret>. The header x-api-key takes it too.",
};

/** Says of every route that is not open which key it needs. */
function requireKeys(paths: Readonly<Record<string, object>>): void {
  for (const [path, operations] of Object.entries(paths)) {
    const role = roleFor(path);
    if (role === undefined) continue;
    for (const operation of Object.values(operations)) {
      Object.assign(operation, { security: [{ apiKey: [] }], "x-required-role": role });
    }
  }
}

const DOCS_HEADERS = {
  "content-security-policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'",
  "referrer-policy": "no-referrer",
};
