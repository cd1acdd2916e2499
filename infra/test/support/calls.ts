import { join } from "node:path";
import { buildSync } from "esbuild";

const packages = join(__dirname, "../../../packages");

/** IAM's names of services, by their clients. */
const SERVICES: Readonly<Record<string, string>> = {
  "application-auto-scaling": "application-autoscaling",
  cloudformation: "cloudformation",
  cloudwatch: "cloudwatch",
  "cloudwatch-logs": "logs",
  eventbridge: "events",
  firehose: "firehose",
  lambda: "lambda",
  s3: "s3",
  sagemaker: "sagemaker",
  "sagemaker-runtime": "sagemaker",
  "secrets-manager": "secretsmanager",
  sns: "sns",
  sqs: "sqs",
  sts: "sts",
};

/** Operations whose action has another name. */
const ACTIONS: Readonly<Record<string, string>> = {
  HeadObject: "GetObject",
  Invoke: "InvokeFunction",
  ListObjectsV2: "ListBucket",
};

/**
 * What a function's code may call, as IAM's actions: operations of the clients in its bundle that the project's own modules name.
 *
 * @param entry - module below `packages/`, such as `serving/src/lambda/predict`
 * @throws Error for a client that has no name here
 */
export function callsOf(entry: string): ReadonlySet<string> {
  const code = bundle(entry);
  const modules = code.split(/^(?=\/\/ (?:packages|node_modules)\/)/m);
  const own = modules.filter((each) => each.startsWith("// packages/")).join("\n");
  const clients = new Set(
    [...code.matchAll(/^\/\/ node_modules\/@aws-sdk\/client-([\w-]+)\//gm)].map(([, name]) => name),
  );
  const calls = [...clients].flatMap((client = "") => {
    const service = SERVICES[client];
    if (service === undefined) throw new Error(`${entry} has a client ${client}, which has no name here.`);
    return operationsOf(client)
      .filter((operation) => calling(operation).test(own))
      .map((operation) => `${service}:${ACTIONS[operation] ?? operation}`);
  });
  return new Set(calls);
}

function bundle(entry: string): string {
  const names = ["contract", "predictor", "pipeline", "sagemaker", "serving", "monitoring"];
  const { outputFiles } = buildSync({
    entryPoints: [join(packages, `${entry}.ts`)],
    bundle: true,
    write: false,
    platform: "node",
    target: "node20",
    mainFields: ["module", "main"],
    absWorkingDir: join(packages, ".."),
    alias: Object.fromEntries(names.map((name) => [`@sagewright/${name}`, join(packages, name, "src/index.ts")])),
    logLevel: "error",
  });
  return outputFiles[0]?.text ?? "";
}

function operationsOf(client: string): string[] {
  const exported = Object.keys(require(`@aws-sdk/client-${client}`) as object);
  return exported.filter((name) => name.endsWith("Command")).map((name) => name.replace(/Command$/, ""));
}

/** `new PutObjectCommand(`, `.putObject(`, or its pages. */
function calling(operation: string): RegExp {
  const method = operation.charAt(0).toLowerCase() + operation.slice(1);
  return new RegExp(
    `\\bnew (?:\\w+\\.)?${operation}Command\\d*\\(|\\.${method}\\(|\\b(?:paginate|waitUntil)${operation}\\b`,
  );
}
