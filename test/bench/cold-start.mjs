import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { prepareNode24 } from "../../scripts/node24.mjs";
import { execute, median, row } from "./measure.mjs";

/**
 * A Lambda function's first answer: from loading the bundle to the answer, 200 trees of depth 12, in a process of its own each
 * time, in Lambda's Node. `preprocess` calls an endpoint on loopback that answers at once, so what is measured is the function.
 * Below them, the floor: the same predictor read and walked with nothing around it.
 */
export async function run({ root, rounds, python, data }) {
  const folder = mkdtempSync(join(tmpdir(), "sagewright-bench-"));
  const endpoint = await startEndpoint();
  try {
    const source = join(data, "bank_churn.csv");
    if (!existsSync(source))
      throw new Error(`${source} is not there. Set SAGEWRIGHT_TEST_DATA to the folder that has it.`);
    const model = await train({ root, python, folder, source });
    const node = (await prepareNode24()) ?? process.execPath;
    const functions = ["predict", "preprocess"];
    for (const name of functions) await library(root, "serving").bundleLambda(name, join(folder, name));
    const times = { predict: [], preprocess: [], bare: [] };
    for (let round = 0; round < 2 * rounds; round++) {
      for (const name of functions) {
        const code = join(folder, name, "index.js");
        times[name].push(await firstAnswer({ root, node, folder, code, env: { ...model, ...endpoint.env } }));
      }
      times.bare.push(await bareAnswer({ root, node, model }));
    }
    const beside = { unit: "ms", peer: median(times.bare), peerName: "reading the predictor and one row" };
    return functions.map((name) =>
      row(`first answer of the function ${name}`, { value: median(times[name]), ...beside, limit: 250 }),
    );
  } finally {
    endpoint.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A forest on the bank set, made by the product's scripts, as a function's environment names it. */
async function train({ root, python, folder, source }) {
  const { boolean, category, defineContract, integer, number } = library(root, "contract");
  const contract = defineContract({
    name: "bank",
    id: ["RowNumber", "CustomerId"],
    target: { column: "Exited", positive: "1", negative: "0" },
    columns: {
      CreditScore: integer({ minimum: 300, maximum: 900 }),
      Geography: category(["France", "Germany", "Spain"]),
      Gender: category(["Female", "Male"]),
      Age: integer({ minimum: 18, maximum: 100 }),
      Tenure: integer({ minimum: 0 }),
      Balance: number({ minimum: 0 }),
      NumOfProducts: integer({ minimum: 1 }),
      HasCrCard: boolean({ true: "1", false: "0" }),
      IsActiveMember: boolean({ true: "1", false: "0" }),
      EstimatedSalary: number({ minimum: 0 }),
    },
    ignore: ["Surname"],
  });
  const base = join(folder, contract.name);
  mkdirSync(base);
  writeFileSync(join(base, "contract.json"), JSON.stringify(contract));
  const cases = [{ name: contract.name, data: source, hyperparameters: { n_estimators: 200, max_depth: 12 } }];
  writeFileSync(join(folder, "cases.json"), JSON.stringify(cases));
  await execute(python, [join(root, "test/parity/serving_models.py"), folder, join(folder, "cases.json")]);
  const digest = createHash("sha256")
    .update(readFileSync(join(base, "model/manifest.json")))
    .digest("hex");
  return { MODEL_FOLDER: join(base, "model"), MODEL_NAME: contract.name, MODEL_VERSION: "1", MODEL_DIGEST: digest };
}

/** An endpoint that answers at once with one probability, whatever it is sent. */
async function startEndpoint() {
  const server = createServer((request, response) => {
    request.resume().on("end", () => {
      const headers = { "content-type": "application/json", "x-amzn-invoked-production-variant": "main" };
      response.writeHead(200, headers).end('{"predictions":[0.25]}');
    });
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const env = {
    ENDPOINT_NAME: "bank",
    AWS_REGION: "us-east-1",
    AWS_ACCESS_KEY_ID: "test",
    AWS_SECRET_ACCESS_KEY: "test",
    AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME: `http://127.0.0.1:${server.address().port}`,
  };
  return { env, close: () => server.close() };
}

const customer = {
  ...{ CreditScore: 619, Geography: "France", Gender: "Female", Age: 42, Tenure: 2, Balance: 0, NumOfProducts: 1 },
  ...{ HasCrCard: true, IsActiveMember: true, EstimatedSalary: 101_348.88 },
};

async function firstAnswer({ root, node, folder, code, env }) {
  const event = JSON.parse(readFileSync(join(root, "test/parity/fixtures/gateway/http.json"), "utf8"));
  const [events, answers] = [join(folder, "events.json"), join(folder, "answers.json")];
  writeFileSync(events, JSON.stringify([{ ...event, body: JSON.stringify(customer) }]));
  await execute(node, [join(root, "test/support/run-lambda.cjs"), code, events, answers], { env });
  const { coldMs, results } = JSON.parse(readFileSync(answers, "utf8"));
  const [{ statusCode, body }] = results;
  if (statusCode !== 200) throw new Error(`${code} answered ${statusCode}: ${body}`);
  return coldMs;
}

async function bareAnswer({ root, node, model }) {
  const row = { ...customer, HasCrCard: 1, IsActiveMember: 1 };
  const program = `const started = performance.now();
    const { loadPredictor } = require(${JSON.stringify(join(root, "packages/predictor/dist/index.js"))});
    const bytes = require("node:fs").readFileSync(${JSON.stringify(join(model.MODEL_FOLDER, "predictor.safetensors"))});
    loadPredictor(bytes).predictRow(${JSON.stringify(row)});
    console.log(performance.now() - started);`;
  return Number(await execute(node, ["-e", program]));
}

const library = (root, name) => createRequire(import.meta.url)(join(root, "packages", name, "dist/index.js"));
