import { readFileSync } from "node:fs";
import { join } from "node:path";
import { boolean, type Contract, category, defineContract, integer, readContract } from "@sagewright/contract";
import { loadPredictor, type Predictor } from "@sagewright/predictor";
import {
  type ApiOptions,
  createApi,
  embeddedBackend,
  type LifetimeValueModel,
  type RunningServer,
  serveNode,
} from "@sagewright/serving";

/** Models made by scikit-learn; `fixtures/make.py` made them. */
export function model(kind: "binary" | "regression"): {
  contract: Contract;
  predictor: Predictor;
  scored: { row: Record<string, unknown>; score: number }[];
} {
  const read = (name: string): Buffer => readFileSync(join(__dirname, "fixtures", `${kind}.${name}`));
  return {
    contract: readContract(read("contract.json").toString()),
    predictor: loadPredictor(read("safetensors")),
    scored: JSON.parse(read("scored.json").toString()),
  };
}

/** What customers are worth: a contract that shares `tenure` with the others, and a value anyone can compute. */
export const worth: LifetimeValueModel = {
  contract: defineContract({
    name: "test-worth",
    id: ["account"],
    ignore: ["notes", "surname"],
    target: { column: "worth", kind: "regression", minimum: 0 },
    columns: {
      tenure: integer({ minimum: 0, maximum: 90, unit: "months" }),
      income: integer({ minimum: 0, unit: "USD a year", required: true }),
      policies: integer({ minimum: 1, maximum: 9, required: true }),
      region: category(["north", "south"]),
      auto: boolean({ true: "yes", false: "no" }),
    },
  }),
  backend: {
    kind: "endpoint",
    predict: async ({ tenure, income, policies, region, auto }) =>
      Number(income) * Number(policies) + Number(tenure ?? 1000) + (region === null ? 0.5 : 0) + Number(auto ?? 0),
    ready: async () => undefined,
  },
  model: { name: "worth", version: "4", metrics: { r2: 0.7 } },
};

/** A running API on a free port, with ids that count and a clock that stands still unless told otherwise. */
export async function startApi(
  kind: "binary" | "regression" = "binary",
  options: Partial<ApiOptions> = {},
): Promise<RunningServer & { send: (path: string, init?: RequestInit) => Promise<Answer> }> {
  const { contract, predictor } = model(kind);
  let count = 0;
  const app = createApi({
    backend: embeddedBackend(predictor, contract),
    contract,
    model: { name: "churn", version: "7", threshold: predictor.threshold ?? 0.5 },
    ids: () => {
      count += 1;
      return `id-${count}`;
    },
    clock: { now: () => new Date("2026-01-02T03:04:05Z"), monotonicMs: () => 1000 },
    ...options,
  });
  const server = await serveNode(app);
  const send = async (path: string, init?: RequestInit): Promise<Answer> => {
    const response = await fetch(`${server.url}${path}`, init);
    const text = await response.text();
    const json = /[/+]json/.test(response.headers.get("content-type") ?? "");
    return { status: response.status, headers: response.headers, body: json ? JSON.parse(text) : text };
  };
  return { ...server, send };
}

/** A response read to its end; JSON is parsed. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: ReturnType<typeof JSON.parse>;
}

/** A POST of a JSON document. */
export function post(body: unknown): RequestInit {
  return { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
}
