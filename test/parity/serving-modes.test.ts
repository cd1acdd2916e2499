import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { deflateRawSync } from "node:zlib";
import { CreateFunctionCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { CreateBucketCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import {
  CreateEndpointCommand,
  CreateEndpointConfigCommand,
  CreateModelCommand,
  CreatePipelineCommand,
  ListPipelineExecutionsCommand,
  SageMakerClient,
  waitUntilEndpointInService,
} from "@aws-sdk/client-sagemaker";
import { type Contract, category, defineContract, integer, number, openCsv } from "@sagewright/contract";
import { type Cloud, openCloud } from "@sagewright/local";
import { bundleMonitoringLambda } from "@sagewright/monitoring";
import { loadPredictor, type Row } from "@sagewright/predictor";
import { bundleLambda, type LambdaFunction } from "@sagewright/serving";
import { bank } from "../../pipelines/churn/contracts/bank";
import { subscription } from "../../pipelines/churn/contracts/subscription";
import { telecom } from "../../pipelines/churn/contracts/telecom";
import { insurance } from "../../pipelines/clv/contracts/insurance";
import { jobPython, root, scratchFolders, testData } from "../support/cli";
import { type GatewayAnswer, gatewayEvent, nodes, runLambda } from "../support/lambda-process";
import { customers } from "../support/tiny-product";

/**
 * Two ways to serve a model: the predictor in the function's own process, and the preprocessing function with the estimator
 * behind an endpoint. The models are trained by the product's scripts, the endpoint hosts the archive's own inference.py, and
 * the functions are the bundles that are deployed, in the Node that Lambda has.
 */
interface Case {
  name: string;
  contract: Contract;
  data: string;
  hyperparameters: Record<string, number>;
}

jest.setTimeout(300_000);
const out = scratchFolders()();
const made = defineContract({
  name: "customers",
  id: ["customer"],
  target: { column: "churn", positive: "yes", negative: "no" },
  columns: { tenure: integer({ minimum: 0 }), plan: category(["basic", "premium"]), charge: number({ minimum: 0 }) },
});
const cases = testData === undefined ? [madeCase()] : realCases(testData);
const served = cases.filter(({ contract }) => contract.target.kind === "binary" && contract !== subscription);
const read = (name: string, file: string) => readFileSync(join(out, name, file));
const float64 = (bytes: Buffer) => new Float64Array(Uint8Array.from(bytes).buffer);

function madeCase(): Case {
  const data = join(out, "customers.csv");
  writeFileSync(data, `${customers(3000).join("\n")}\n`);
  return { name: "customers", contract: made, data, hyperparameters: { n_estimators: 200 } };
}

function realCases(folder: string): Case[] {
  return [
    { contract: telecom, file: "telecom_churn.csv", n_estimators: 200, max_depth: 12 },
    { contract: bank, file: "bank_churn.csv", n_estimators: 200, max_depth: 10 },
    { contract: subscription, file: "subscription_churn.csv", n_estimators: 5, max_depth: 6 },
    { contract: insurance, file: "insurance_clv.csv", n_estimators: 20, max_depth: 8 },
  ].map(({ contract, file, ...hyperparameters }) => ({
    ...{ name: contract.name, contract, hyperparameters },
    data: join(folder, file),
  }));
}

/** The canonical rows that the model was trained and tested on. */
async function rowsOf({ name, contract }: Case): Promise<Row[]> {
  const { header, batches } = await openCsv([read(name, "rows.csv")], { name });
  const columns = contract.columns.map(({ name: column, type }) => ({ column, type, at: header.indexOf(column) }));
  const rows: Row[] = [];
  for await (const records of batches) {
    for (const { fields } of records) {
      const value = (text = "", type: string) => (text === "" ? null : type === "category" ? text : Number(text));
      rows.push(Object.fromEntries(columns.map(({ column, type, at }) => [column, value(fields[at], type)])));
    }
  }
  return rows;
}

/** A canonical row as a client sends it. */
function sent({ contract }: Case, row: Row): object {
  const truth = (value: unknown) => (value === null ? null : value === 1);
  return Object.fromEntries(
    contract.columns.map(({ name, type }) => [name, type === "boolean" ? truth(row[name]) : row[name]]),
  );
}

beforeAll(() => {
  for (const { name, contract } of cases) {
    mkdirSync(join(out, name));
    writeFileSync(join(out, name, "contract.json"), JSON.stringify(contract));
  }
  writeFileSync(join(out, "cases.json"), JSON.stringify(cases));
  const python = process.env.SAGEWRIGHT_TEST_PYTHON ?? jobPython;
  execFileSync(python, [join(root, "test/parity/serving_models.py"), out, join(out, "cases.json")], {
    stdio: ["ignore", "inherit", "inherit"],
    env: { ...process.env, OMP_NUM_THREADS: "2" },
  });
});

describe.each(cases)("a transformed row of $name", (each) => {
  test("is what scikit-learn's fitted preprocessing makes of it, bit for bit, over the whole data set", async () => {
    const predictor = loadPredictor(read(each.name, "model/predictor.safetensors"));
    const rows = await rowsOf(each);
    const transformed = predictor.transformRows(rows);
    const expected = read(each.name, "features.f64");
    const lines = readFileSync(each.data, "utf8").trimEnd().split("\n").length - 1;
    process.stdout.write(`${each.name}: ${rows.length} rows of ${predictor.features.length} features\n`);
    expect(rows.length).toBeGreaterThan(0.9 * lines);
    expect(transformed.length * 8).toBe(expected.length);
    expect(Buffer.compare(Buffer.from(transformed.buffer), expected)).toBe(0);
    expect([...predictor.transformRow(rows[7] ?? {})]).toEqual([
      ...transformed.subarray(7 * predictor.features.length, 8 * predictor.features.length),
    ]);
  });

  test("has scikit-learn's names in scikit-learn's order", () => {
    const predictor = loadPredictor(read(each.name, "model/predictor.safetensors"));
    expect(predictor.features.map(({ name }) => name)).toEqual(JSON.parse(read(each.name, "names.json").toString()));
  });
});

describe("the bundled functions", () => {
  let cloud: Cloud;
  let url = "";
  const home = (name: LambdaFunction) => join(out, `function-${name}`);
  const code = (name: LambdaFunction) => join(home(name), "index.js");

  beforeAll(async () => {
    await Promise.all([bundleLambda("predict", home("predict")), bundleLambda("preprocess", home("preprocess"))]);
    cloud = await openCloud({ stateDir: join(out, "state") });
    url = (await cloud.listen()).url;
    await Promise.all(served.map(({ name }) => deploy(name)));
  });
  afterAll(() => cloud?.close());

  async function deploy(name: string): Promise<void> {
    const sagemaker = new SageMakerClient(cloud.clientConfig());
    const s3 = new S3Client({ ...cloud.clientConfig(), forcePathStyle: true });
    const Bucket = `sagewright-${cloud.region}-${cloud.accountId}`;
    await s3.send(new CreateBucketCommand({ Bucket })).catch(() => undefined);
    await s3.send(new PutObjectCommand({ Bucket, Key: `${name}/model.tar.gz`, Body: read(name, "model.tar.gz") }));
    await sagemaker.send(
      new CreateModelCommand({
        ModelName: name,
        ExecutionRoleArn: `arn:aws:iam::${cloud.accountId}:role/sagewright`,
        PrimaryContainer: {
          Image: `683313688378.dkr.ecr.${cloud.region}.amazonaws.com/sagemaker-scikit-learn:1.9-0-cpu-py3`,
          ModelDataUrl: `s3://${Bucket}/${name}/model.tar.gz`,
          Environment: { SAGEMAKER_PROGRAM: "inference.py", SAGEMAKER_SUBMIT_DIRECTORY: "/opt/ml/model/code" },
        },
      }),
    );
    const variant = {
      VariantName: "main",
      ModelName: name,
      InstanceType: "ml.m5.large",
      InitialInstanceCount: 1,
    } as const;
    await sagemaker.send(new CreateEndpointConfigCommand({ EndpointConfigName: name, ProductionVariants: [variant] }));
    await sagemaker.send(new CreateEndpointCommand({ EndpointName: name, EndpointConfigName: name }));
    await waitUntilEndpointInService(
      { client: sagemaker, maxWaitTime: 60, minDelay: 1, maxDelay: 1 },
      { EndpointName: name },
    );
  }

  /** A function's environment, as its stack sets it, with the endpoint of the embedded cloud. */
  function environment(name: string, more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
    const manifest = read(name, "model/manifest.json");
    return {
      MODEL_FOLDER: join(out, name, "model"),
      MODEL_NAME: name,
      MODEL_VERSION: "3",
      MODEL_DIGEST: createHash("sha256").update(manifest).digest("hex"),
      ENDPOINT_NAME: name,
      AWS_REGION: cloud.region,
      AWS_ACCESS_KEY_ID: "test",
      AWS_SECRET_ACCESS_KEY: "test",
      AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME: url,
      ...more,
    };
  }
  const run = (node: string, name: LambdaFunction, env: NodeJS.ProcessEnv, events: readonly object[]) =>
    runLambda(node, { code: code(name), folder: home(name), events, env });
  const body = ({ body: text }: GatewayAnswer) => JSON.parse(text);

  test.each(["predict", "preprocess"] as const)("%s is at most 2 MB when zipped", (name) => {
    const zipped = deflateRawSync(readFileSync(code(name))).length;
    process.stdout.write(`${name}: ${statSync(code(name)).size} bytes, ${zipped} zipped\n`);
    expect(zipped).toBeLessThan(2 * 1024 * 1024);
  });

  describe.each(nodes)("in %s", (_, node) => {
    test.each(served)("give the same probability for every customer of $name, scikit-learn's own", async (each) => {
      const rows = await rowsOf(each);
      const events = [gatewayEvent("http", { body: JSON.stringify(sent(each, rows[0] ?? {})) })];
      for (let start = 0; start < rows.length; start += 1000) {
        const text = JSON.stringify(rows.slice(start, start + 1000).map((row) => sent(each, row)));
        events.push(gatewayEvent(events.length % 2 === 0 ? "rest" : "http", { path: "/predict/batch", body: text }));
      }
      const [own, remote] = await Promise.all([
        run(node, "predict", environment(each.name), events),
        run(node, "preprocess", environment(each.name), events),
      ]);
      const probabilities = ({ results }: typeof own) =>
        results
          .slice(1)
          .flatMap((answer) => body(answer).results.map((row: Answered) => row.prediction?.churnProbability));
      const expected = [...float64(read(each.name, "expected.f64"))];
      for (const { results } of [own, remote]) {
        expect(body(results[0] as GatewayAnswer).churnProbability).toBe(expected[0]);
      }
      expect(probabilities(own)).toEqual(expected);
      expect(probabilities(remote)).toEqual(expected);
      process.stdout.write(
        `${each.name}, Node ${own.node}: ${expected.length} customers alike; first answer after ${own.coldMs.toFixed(0)} and ${remote.coldMs.toFixed(0)} ms\n`,
      );
    });

    test("answer events of REST and HTTP APIs alike, errors and drivers included", async () => {
      const [each] = served;
      if (each === undefined) throw new Error("no data set");
      const rows = (await rowsOf(each)).slice(0, 12).map((row) => sent(each, row));
      const [first] = rows;
      const events = (["rest", "http"] as const).flatMap((kind) => [
        ...rows.map((row) => gatewayEvent(kind, { body: JSON.stringify(row), query: "drivers=3" })),
        gatewayEvent(kind, { body: JSON.stringify({ ...first, unheard: 1 }) }),
        gatewayEvent(kind, { body: "{" }),
        gatewayEvent(kind, { body: "a,b\n1,2\n", path: "/predict/batch", type: "text/csv" }),
        gatewayEvent(kind, { method: "GET", path: "/health" }),
        gatewayEvent(kind, { method: "GET", path: "/nothing" }),
      ]);
      const own = (await run(node, "predict", environment(each.name), events)).results;
      const remote = (await run(node, "preprocess", environment(each.name, { BACKEND: "serverless" }), events)).results;
      const half = events.length / 2;
      const shown = (answer: GatewayAnswer) => {
        const { predictionId, latencyMs, instance, ...rest } = body(answer);
        return { status: answer.statusCode, ...rest };
      };
      expect(remote.map(shown)).toEqual(own.map(shown));
      expect(own.slice(0, half).map(shown)).toEqual(own.slice(half).map(shown));
      expect(own.map(({ statusCode }) => statusCode).slice(rows.length, half)).toEqual([422, 400, 422, 200, 404]);
      const expected = float64(read(each.name, "expected.f64"));
      expect(remote.slice(0, rows.length).map((answer) => body(answer).churnProbability)).toEqual([
        ...expected.subarray(0, rows.length),
      ]);
      expect(body(remote[0] as GatewayAnswer).drivers).toHaveLength(3);
    });
  });

  /** The function that starts every training, as the stack has it. */
  async function createRetraining(pipeline: string): Promise<void> {
    bundleMonitoringLambda("retrain", join(out, "retrain"));
    const script = "import shutil, sys\nshutil.make_archive(sys.argv[1], 'zip', sys.argv[1])";
    execFileSync(jobPython, ["-c", script, join(out, "retrain")]);
    await new LambdaClient(cloud.clientConfig()).send(
      new CreateFunctionCommand({
        FunctionName: `${pipeline}-retrain`,
        Code: { ZipFile: readFileSync(join(out, "retrain.zip")) },
        ...{ Handler: "index.handler", Runtime: "nodejs24.x", Timeout: 60 },
        Role: `arn:aws:iam::${cloud.accountId}:role/sagewright`,
        Environment: {
          Variables: {
            ...{
              MODEL: "churn",
              PIPELINE: pipeline,
              EVENT_BUS: "default",
              PARAMETERS: "{}",
              RULES: '{"maximumPerMonth":1}',
            },
            ...{ AWS_ENDPOINT_URL: url, AWS_REGION: cloud.region },
            ...{ AWS_ACCESS_KEY_ID: "test", AWS_SECRET_ACCESS_KEY: "test" },
          },
        },
      }),
    );
  }

  test("a function trains again for who may, once for each token, and says what a customer is worth", async () => {
    const sagemaker = new SageMakerClient(cloud.clientConfig());
    const stop = { Name: "Stop", Type: "Fail", Arguments: { ErrorMessage: "nothing to train here" } };
    await sagemaker.send(
      new CreatePipelineCommand({
        PipelineName: "again",
        ClientRequestToken: "a".repeat(32),
        RoleArn: `arn:aws:iam::${cloud.accountId}:role/sagewright`,
        PipelineDefinition: JSON.stringify({ Version: "2020-12-01", Parameters: [], Steps: [stop] }),
      }),
    );
    await createRetraining("again");
    const [each] = served;
    if (each === undefined) throw new Error("no data set");
    const [row] = await rowsOf(each);
    const worth = cases.find(({ contract }) => contract.target.kind === "regression");
    const [worthRow = {}] = worth === undefined ? [] : await rowsOf(worth);
    const value = worth === undefined ? {} : sent(worth, worthRow);
    const as = (role: string, event: object, more: object = {}) => {
      const { requestContext, headers, ...rest } = event as { requestContext: object; headers: object };
      const authorizer = { lambda: { keyId: "0123456789ab", role } };
      return { ...rest, headers: { ...headers, ...more }, requestContext: { ...requestContext, authorizer } };
    };
    const again = (reason: string, role = "operator", key = "monthly-2026-11") =>
      as(role, gatewayEvent("http", { path: "/retrain", body: JSON.stringify({ reason }) }), {
        "idempotency-key": key,
      });
    const body0 = JSON.stringify({ ...value, ...sent(each, row ?? {}) });
    const valueModel = worth && environment(worth.name);
    const env = environment(each.name, {
      RETRAIN_FUNCTION: "again-retrain",
      AWS_ENDPOINT_URL_LAMBDA: url,
      ...(valueModel === undefined
        ? {}
        : {
            VALUE_MODEL_FOLDER: valueModel.MODEL_FOLDER,
            VALUE_MODEL_NAME: "worth",
            VALUE_MODEL_VERSION: "2",
            VALUE_MODEL_DIGEST: valueModel.MODEL_DIGEST,
          }),
    });
    const [, node = process.execPath] = nodes.at(-1) ?? [];
    const events = [
      as("consumer", gatewayEvent("http", { body: body0 })),
      again("monthly"),
      again("monthly", "analyst"),
    ];
    const first = (await run(node, "predict", env, events)).results;
    const more = [again("monthly"), again("drift"), again("monthly", "operator", "monthly-2026-12")];
    const second = (await run(node, "preprocess", env, more)).results;
    expect([...first, ...second].map(({ statusCode }) => statusCode)).toEqual([200, 202, 403, 202, 409, 409]);
    expect(second.slice(1).map(body)).toMatchObject([
      { code: "idempotency_conflict" },
      { code: "retrain_refused", detail: expect.stringContaining("No training starts: ") },
    ]);
    const [, started] = first.map(body);
    const [repeated] = second.map(body);
    expect(repeated.executionArn).toBe(started.executionArn);
    expect(started).toMatchObject({ started: true, runId: started.executionArn.split("/").at(-1) });
    const { PipelineExecutionSummaries: runs } = await sagemaker.send(
      new ListPipelineExecutionsCommand({ PipelineName: "again" }),
    );
    expect(runs?.map(({ PipelineExecutionArn }) => PipelineExecutionArn)).toEqual([started.executionArn]);
    if (worth === undefined) return;
    const expected = float64(read(worth.name, "expected.f64"));
    expect(body(first[0] as GatewayAnswer).lifetimeValue).toMatchObject({ value: expected[0], modelVersion: "2" });
  });

  test("an endpoint with another model is not asked to answer this one's rows", async () => {
    const [each] = served;
    if (each === undefined) throw new Error("no data set");
    // The same files but for a line in the manifest: another training of the same data.
    const folder = join(out, "retrained");
    cpSync(join(out, each.name, "model"), folder, { recursive: true });
    const manifest = JSON.parse(readFileSync(join(folder, "manifest.json"), "utf8"));
    const text = JSON.stringify({ ...manifest, lineage: { ...manifest.lineage, train: "0".repeat(64) } });
    writeFileSync(join(folder, "manifest.json"), text);
    const env = environment(each.name, {
      MODEL_FOLDER: folder,
      MODEL_DIGEST: createHash("sha256").update(text).digest("hex"),
    });
    const [row] = await rowsOf(each);
    const events = [gatewayEvent("http", { body: JSON.stringify(sent(each, row ?? {})) })];
    const [answer] = (await run(process.execPath, "preprocess", env, events)).results;
    const deployed = createHash("sha256").update(read(each.name, "model/manifest.json")).digest("hex");
    expect(answer?.statusCode).toBe(503);
    expect(body(answer as GatewayAnswer)).toMatchObject({
      code: "model_differs",
      detail: `Another model (${deployed.slice(0, 12)}) answers behind the endpoint. Serve that version, or deploy this one.`,
    });
  });
});

interface Answered {
  prediction?: { churnProbability: number };
}
