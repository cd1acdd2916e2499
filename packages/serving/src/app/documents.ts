import type { OpenAPIHono } from "@hono/zod-openapi";
import type { Contract } from "@sagewright/contract";
import type { Environment } from "./api";
import { docsPage, docsScript, docsStyle } from "./docs-page";
import { customerSchema } from "./scorable";

/** Adds the OpenAPI document and the page that shows it, each made once, on its first request. */
export function addDocuments(app: OpenAPIHono<Environment>, contract: Contract, version: string): void {
  app.openAPIRegistry.registerComponent("schemas", "Customer", customerSchema(contract));
  let document: ReturnType<typeof app.getOpenAPI31Document> | undefined;
  const openApi = () => {
    document ??= app.getOpenAPI31Document({
      openapi: "3.1.0",
      info: {
        title: `${contract.name} predictions`,
        version,
        description: "Predictions of one model, checked by its contract.",
      },
    });
    return document;
  };
  app.get("/openapi.json", (context) => context.json(openApi()));
  app.get("/docs", (context) => context.html(docsPage(openApi(), contract), 200, DOCS_HEADERS));
  app.get("/docs/docs.js", (context) =>
    context.body(docsScript, 200, { "content-type": "text/javascript; charset=utf-8" }),
  );
  app.get("/docs/docs.css", (context) => context.body(docsStyle, 200, { "content-type": "text/css; charset=utf-8" }));
}

const DOCS_HEADERS = {
  "content-security-policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'",
  "referrer-policy": "no-referrer",
};
