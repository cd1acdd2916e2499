import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createApi, embeddedBackend } from "@sagewright/serving";
import { model, worth } from "./serving";

const committed = join(__dirname, "../../openapi.json");
const changelog = join(__dirname, "../../CHANGELOG.md");

/** The document of an API that has every route, for the fixtures' binary contract. */
async function document(): Promise<string> {
  const { contract, predictor } = model("binary");
  const app = createApi({
    backend: embeddedBackend(predictor, contract),
    contract,
    model: { name: "churn", version: "1" },
    lifetimeValue: worth,
    keys: { secret: Buffer.alloc(32), find: () => undefined, list: () => [], update: async () => undefined },
    feedback: { append: async () => undefined },
    retrain: async () => ({ runId: "run" }),
  });
  return `${JSON.stringify(await (await app.request("/openapi.json")).json(), null, 2)}\n`;
}

describe("openapi.json", () => {
  test("is what the API says of itself (SAGEWRIGHT_WRITE_OPENAPI=1 writes it)", async () => {
    const made = await document();
    if (process.env.SAGEWRIGHT_WRITE_OPENAPI === "1") writeFileSync(committed, made);
    // Compared as documents: the formatter has its own idea of white space.
    expect(JSON.parse(readFileSync(committed, "utf8"))).toEqual(JSON.parse(made));
  });

  test("changes only together with a line in the changelog that names its digest", () => {
    const digest = createHash("sha256")
      .update(JSON.stringify(JSON.parse(readFileSync(committed, "utf8"))))
      .digest("hex")
      .slice(0, 12);
    expect(readFileSync(changelog, "utf8")).toContain(`\`${digest}\``);
  });

  test("names the role of every route that needs a key", async () => {
    const { paths, components } = JSON.parse(await document());
    const roles = Object.entries(paths as Record<string, Record<string, { "x-required-role"?: string }>>).map(
      ([path, operations]) => [path, Object.values(operations)[0]?.["x-required-role"]],
    );
    expect(Object.fromEntries(roles)).toEqual({
      "/predict": "consumer",
      "/predict/batch": "consumer",
      "/feedback": "consumer",
      "/retrain": "operator",
      "/model": "analyst",
      "/stats": "analyst",
      "/metrics": "analyst",
      "/health": undefined,
    });
    expect(components.securitySchemes.apiKey.scheme).toBe("bearer");
  });
});
