import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { checkedOperations, checkRequest } from "@sagewright/pipeline";

/** A Python that has botocore. */
const python = process.env.SAGEWRIGHT_TEST_PYTHON ?? "python3";

/** A request as some AWS client of a command sent it. */
export interface RecordedRequest {
  service: string;
  operation: string;
  input: Record<string, unknown>;
}

/** Services of the embedded cloud as boto3 calls them, by the names of the SDK's clients. */
export const requestServices: Readonly<Record<string, string>> = {
  SageMaker: "sagemaker",
  SageMakerRuntime: "sagemaker-runtime",
  S3: "s3",
  CloudWatchLogs: "logs",
  CloudWatch: "cloudwatch",
  STS: "sts",
  ApplicationAutoScaling: "application-autoscaling",
  EventBridge: "events",
  Lambda: "lambda",
  SNS: "sns",
  SQS: "sqs",
  Scheduler: "scheduler",
};

/** Environment of a command whose requests shall be recorded in a file. */
export function recording(file: string): NodeJS.ProcessEnv {
  return {
    NODE_OPTIONS: `--require ${join(__dirname, "record-requests.cjs")}`,
    SAGEWRIGHT_RECORD_REQUESTS: file,
  };
}

/** What was recorded so far, in order. */
export function recordedRequests(file: string): RecordedRequest[] {
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, "utf8").trim().split("\n");
  return lines.filter((line) => line !== "").map((line) => JSON.parse(line) as RecordedRequest);
}

/** Requests by service, and every one that breaks AWS's service model: as botocore judges, and by our own tables. */
export function judged(file: string): { counts: Record<string, number>; complaints: object[] } {
  const requests = recordedRequests(file);
  const { stdout, stderr, status } = spawnSync(python, [join(__dirname, "check-requests.py")], {
    input: requests.map((request) => JSON.stringify(request)).join("\n"),
    encoding: "utf8",
    maxBuffer: 1 << 28,
  });
  if (status !== 0) throw new Error(stderr);
  const known = new Set(checkedOperations());
  const ours = requests
    .filter(({ service, operation }) => service === "SageMaker" && known.has(operation))
    .flatMap(({ operation, input }) =>
      // The SDK fills in the token of a request that has none.
      checkRequest(operation, input, { setByOthers: ["ClientRequestToken"] }).map(({ path, message }) => ({
        operation,
        path,
        message,
      })),
    );
  const { counts, complaints } = JSON.parse(stdout) as { counts: Record<string, number>; complaints: object[] };
  return { counts, complaints: [...complaints, ...ours] };
}
