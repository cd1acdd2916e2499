import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execute, row } from "./measure.mjs";

const RATE = 200;
const IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.9-0-cpu-py3";
const ROLE = "arn:aws:iam::000000000000:role/SagewrightExecution";

/**
 * An endpoint of the embedded cloud under 200 invocations a second over HTTP for two minutes, while it is updated again and
 * again: all at once, by canary, and by a canary that an alarm rolls back. The figure is the number of invocations that
 * did not get their answer. SAGEWRIGHT_BENCH_SECONDS makes it shorter.
 */
export async function run({ root }) {
  const seconds = Number(process.env.SAGEWRIGHT_BENCH_SECONDS ?? 120);
  const folder = mkdtempSync(join(tmpdir(), "sagewright-bench-"));
  const require = createRequire(join(root, "packages/local/package.json"));
  const { openCloud } = require(join(root, "packages/local/dist/index.js"));
  const cloud = await openCloud({ stateDir: join(folder, "state") });
  try {
    const listener = await cloud.listen();
    const clients = open(require, cloud);
    await prepare(clients, folder);
    const rows = [];
    for (const [name, way] of Object.entries(ways)) {
      const load = startLoad(root, listener.url, seconds);
      const updates = await keepUpdating(clients, way, load.done);
      const found = await load.result;
      const facts = `p99 ${found.p99Ms.toFixed(1)} ms, slowest ${found.maxMs.toFixed(0)} ms, ${JSON.stringify(found.models)}`;
      console.error(`  ${name}: ${updates} updates, ${found.failed} failed of ${found.sent}, ${facts}`);
      rows.push(row(`failed invocations, ${name}`, { value: found.failed, unit: `of ${found.sent}`, limit: 0 }));
    }
    return rows;
  } finally {
    await cloud.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

const canary = (alarms) => ({
  BlueGreenUpdatePolicy: {
    TrafficRoutingConfiguration: {
      Type: "CANARY",
      CanarySize: { Type: "CAPACITY_PERCENT", Value: 25 },
      WaitIntervalInSeconds: 5,
    },
    TerminationWaitInSeconds: 2,
  },
  ...(alarms ? { AutoRollbackConfiguration: { Alarms: [{ AlarmName: "errors" }] } } : {}),
});

const ways = {
  "endpoint updated all at once": { config: undefined, rings: false },
  "endpoint updated by canary": { config: canary(false), rings: false },
  "endpoint update rolled back by an alarm": { config: canary(true), rings: true },
};

function open(require, cloud) {
  const { SageMaker } = require("@aws-sdk/client-sagemaker");
  const { S3 } = require("@aws-sdk/client-s3");
  const { CloudWatch } = require("@aws-sdk/client-cloudwatch");
  const config = cloud.clientConfig();
  return { sagemaker: new SageMaker(config), s3: new S3(config), cloudwatch: new CloudWatch(config) };
}

async function prepare({ sagemaker, s3, cloudwatch }, folder) {
  for (const name of ["blue", "green"]) {
    const source = join(folder, name);
    mkdirSync(join(source, "code"), { recursive: true });
    const script = `def model_fn(model_dir): return "${name}"\ndef transform_fn(model, body, content_type, accept): return model, "text/plain"\n`;
    writeFileSync(join(source, "code", "inference.py"), script);
    await execute("tar", ["-czf", `${source}.tar.gz`, "-C", source, "."]);
    const Bucket = "sagewright-us-east-1-000000000000";
    const { readFileSync } = await import("node:fs");
    await s3.putObject({ Bucket, Key: `${name}.tar.gz`, Body: readFileSync(`${source}.tar.gz`) });
    await sagemaker.createModel({
      ModelName: name,
      ExecutionRoleArn: ROLE,
      PrimaryContainer: {
        Image: IMAGE,
        ModelDataUrl: `s3://${Bucket}/${name}.tar.gz`,
        Environment: { SAGEMAKER_PROGRAM: "inference.py", SAGEMAKER_SUBMIT_DIRECTORY: "/opt/ml/model/code" },
      },
    });
    await sagemaker.createEndpointConfig({
      EndpointConfigName: name,
      ProductionVariants: [
        { VariantName: "AllTraffic", ModelName: name, InstanceType: "ml.m5.large", InitialInstanceCount: 4 },
      ],
    });
  }
  await cloudwatch.putMetricAlarm({
    AlarmName: "errors",
    Namespace: "Bench",
    MetricName: "errors",
    Statistic: "Sum",
    Period: 60,
    EvaluationPeriods: 1,
    Threshold: 1,
    ComparisonOperator: "GreaterThanThreshold",
    TreatMissingData: "ignore",
  });
  await sagemaker.createEndpoint({ EndpointName: "churn", EndpointConfigName: "blue" });
  await settled(sagemaker);
}

async function settled(sagemaker) {
  for (;;) {
    const endpoint = await sagemaker.describeEndpoint({ EndpointName: "churn" });
    if (endpoint.EndpointStatus === "InService") return endpoint;
    if (endpoint.EndpointStatus === "Failed") throw new Error(endpoint.FailureReason);
    await pause(50);
  }
}

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Updates to the other model, again and again, until the load is over; counts what came to its end. */
async function keepUpdating({ sagemaker, cloudwatch }, { config, rings }, isDone) {
  const alarm = (StateValue) => cloudwatch.setAlarmState({ AlarmName: "errors", StateValue, StateReason: "bench" });
  let updates = 0;
  while (!isDone()) {
    const { EndpointConfigName: before } = await settled(sagemaker);
    await alarm("OK");
    const wanted = before === "blue" ? "green" : "blue";
    await sagemaker.updateEndpoint({
      EndpointName: "churn",
      EndpointConfigName: wanted,
      ...(config === undefined ? {} : { DeploymentConfig: config }),
    });
    if (rings) {
      await pause(2_000);
      await alarm("ALARM");
    }
    const { EndpointConfigName: after, FailureReason } = await settled(sagemaker);
    if (after !== (rings ? before : wanted)) throw new Error(`The update ended with ${after}: ${FailureReason}`);
    updates += 1;
    await pause(500);
  }
  return updates;
}

function startLoad(root, url, seconds) {
  const args = [join(root, "test/bench/endpoint-load.mjs"), url, "churn", String(RATE), String(seconds)];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  let text = "";
  let ended = false;
  child.stdout.on("data", (chunk) => {
    text += chunk;
  });
  const result = new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => {
      ended = true;
      if (code === 0) resolve(JSON.parse(text));
      else reject(new Error(`The load ended with exit code ${code}.`));
    });
  });
  result.catch(() => undefined);
  return { result, done: () => ended };
}
