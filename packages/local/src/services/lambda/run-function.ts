import { type ChildProcess, spawn } from "node:child_process";
import { delimiter, dirname, join } from "node:path";
import { nodeBootstrap, pythonBootstrap } from "./bootstraps";
import type { CalledFunction } from "./called-functions";
import { qualified, versionOf } from "./function-record";

/** One call of a function. */
export interface Invocation {
  readonly record: CalledFunction;
  readonly event: unknown;
  readonly requestId: string;
  readonly region: string;
  readonly logStream: string;
  readonly logGroup: string;
  /** The Python interpreter for Python runtimes. */
  readonly python: string;
  /** Where the function reaches this cloud. */
  readonly endpointUrl?: string;
  /** Told of the process, so that it can be ended with the cloud. */
  readonly onProcess?: (child: ChildProcess) => void;
}

/** What came of it. */
export interface InvocationResult {
  readonly payload: string;
  readonly failed: boolean;
  /** Lines that the function printed. */
  readonly lines: readonly string[];
  readonly milliseconds: number;
}

interface Ended {
  readonly answer: string;
  readonly lines: string[];
  readonly timedOut: boolean;
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** Runs a handler in a process of its own, with the function's environment, time limit and (for Node.js) memory limit. */
export async function runFunction(invocation: Invocation): Promise<InvocationResult> {
  const began = performance.now();
  const ended = await runProcess(invocation);
  const milliseconds = performance.now() - began;
  const { requestId, record } = invocation;
  const failure = (errorType: string, message: string): InvocationResult => ({
    payload: JSON.stringify({ errorType, errorMessage: `RequestId: ${requestId} Error: ${message}` }),
    failed: true,
    lines: ended.lines,
    milliseconds,
  });
  if (ended.timedOut) return failure("Sandbox.Timedout", `Task timed out after ${record.timeout.toFixed(2)} seconds`);
  const answer = parsed(ended.answer);
  if (!answer) {
    const status = ended.signal === null ? `exit status ${ended.code}` : `signal: ${ended.signal}`;
    return failure(
      "Runtime.ExitError",
      `Runtime exited ${ended.code === 0 ? "without providing a reason" : `with error: ${status}`}`,
    );
  }
  const failed = answer.error !== undefined;
  const payload = JSON.stringify(failed ? answer.error : (answer.ok ?? null));
  return { payload, failed, lines: ended.lines, milliseconds };
}

function runProcess(invocation: Invocation): Promise<Ended> {
  const { record } = invocation;
  const [command, args] = commandOf(invocation);
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: record.folder,
      env: environmentOf(invocation),
      stdio: ["pipe", "pipe", "pipe", "pipe"],
      detached: true,
    });
    invocation.onProcess?.(child);
    const output = { answer: "", log: "" };
    let timedOut = false;
    const timer = setTimeout(() => {
      timedOut = true;
      endGroup(child);
    }, record.timeout * 1000);
    const collect = (descriptor: 1 | 2 | 3, member: "answer" | "log") => {
      child.stdio[descriptor]?.on("data", (chunk: Buffer) => {
        output[member] += chunk.toString("utf8");
      });
    };
    collect(1, "log");
    collect(2, "log");
    collect(3, "answer");
    const end = (code: number | null, signal: NodeJS.Signals | null) => {
      clearTimeout(timer);
      const lines = output.log.split("\n").filter((line) => line !== "");
      resolve({ answer: output.answer, lines, timedOut, code, signal });
    };
    child.on("close", end);
    child.on("error", (error) => {
      output.log += `${error.message}\n`;
      end(null, null);
    });
    child.stdin?.on("error", () => undefined);
    child.stdin?.end(JSON.stringify({ event: invocation.event, context: contextOf(invocation) }));
  });
}

/** Ends a function's process and everything it started. */
export function endGroup(child: ChildProcess): void {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
  } catch {
    child.kill("SIGKILL");
  }
}

function commandOf({ record, python }: Invocation): [string, string[]] {
  if (record.runtime.startsWith("python")) return [python, ["-c", pythonBootstrap]];
  return [process.execPath, [`--max-old-space-size=${record.memory}`, "-e", nodeBootstrap]];
}

function contextOf({ record, requestId, logGroup, logStream }: Invocation): object {
  return {
    awsRequestId: requestId,
    functionName: record.name,
    functionVersion: versionOf(record),
    invokedFunctionArn: qualified(record.arn, record.qualifier),
    memoryLimitInMB: String(record.memory),
    logGroupName: logGroup,
    logStreamName: logStream,
    timeoutMs: record.timeout * 1000,
  };
}

/**
 * What a function sees: Lambda's own variables and those of its configuration, nothing of this machine's but the path. Its layers lie
 * in a folder of this machine, which variables that name a place below `/opt` are made to name.
 */
function environmentOf({ record, region, logGroup, logStream, endpointUrl }: Invocation): NodeJS.ProcessEnv {
  const { opt = "" } = record;
  const placed = (value: string) => (opt !== "" && /^\/opt(\/|$)/.test(value) ? `${opt}${value.slice(4)}` : value);
  const layered = (...parts: string[]) => (opt === "" ? [] : [join(opt, ...parts)]);
  return {
    PATH: process.env.PATH,
    LANG: "en_US.UTF-8",
    TZ: ":UTC",
    PYTHONDONTWRITEBYTECODE: "1",
    PYTHONUNBUFFERED: "1",
    NODE_PATH: [join(record.folder, "node_modules"), ...layered("nodejs", "node_modules"), awsClients()].join(
      delimiter,
    ),
    PYTHONPATH: layered("python").join(delimiter),
    LAMBDA_TASK_ROOT: record.folder,
    _HANDLER: record.handler,
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_EXECUTION_ENV: `AWS_Lambda_${record.runtime}`,
    AWS_LAMBDA_FUNCTION_NAME: record.name,
    AWS_LAMBDA_FUNCTION_VERSION: versionOf(record),
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(record.memory),
    AWS_LAMBDA_LOG_GROUP_NAME: logGroup,
    AWS_LAMBDA_LOG_STREAM_NAME: logStream,
    AWS_ACCESS_KEY_ID: "sagewright",
    AWS_SECRET_ACCESS_KEY: "sagewright",
    ...(endpointUrl !== undefined && { AWS_ENDPOINT_URL: endpointUrl }),
    ...Object.fromEntries(Object.entries(record.environment).map(([name, value]) => [name, placed(value)])),
  };
}

/** Lambda's Node.js has the AWS SDK at hand: here it is the one that the cloud itself uses. */
const awsClients = (): string => join(dirname(require.resolve("@aws-sdk/client-sqs/package.json")), "..", "..");

function parsed(text: string): { ok?: unknown; error?: unknown } | undefined {
  try {
    return JSON.parse(text) as { ok?: unknown; error?: unknown };
  } catch {
    return undefined;
  }
}
