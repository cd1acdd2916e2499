import { spawn } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CloudWatchClient, DescribeAlarmsCommand, GetMetricStatisticsCommand } from "@aws-sdk/client-cloudwatch";
import { EventBridgeClient, ListRulesCommand } from "@aws-sdk/client-eventbridge";
import { ReceiveMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { type ClientConfig, openCloud } from "../../src";
import { removeFolder } from "../support/folder";

/** Runs the workload until it has acknowledged so many writes, kills it, and gives what it acknowledged. */
function killedAfter(stateDir: string, writes: number): Promise<string[]> {
  const register = join(__dirname, "../support/register-typescript.cjs");
  const child = spawn(process.execPath, ["-r", register, join(__dirname, "around-killed-child.ts"), stateDir], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  let output = "";
  child.stdout.on("data", (chunk) => {
    output += chunk;
    if (output.split("\n").length > writes) child.kill("SIGKILL");
  });
  return new Promise((resolve) => child.once("close", () => resolve(output.split("\n").slice(0, -1))));
}

async function bodies(config: ClientConfig): Promise<string[]> {
  const sqs = new SQSClient(config);
  const found: string[] = [];
  for (;;) {
    const { Messages } = await sqs.send(
      new ReceiveMessageCommand({
        QueueUrl: "x/q",
        MaxNumberOfMessages: 10,
        VisibilityTimeout: 600,
        WaitTimeSeconds: 1,
      }),
    );
    if (!Messages) return found;
    found.push(...Messages.map(({ Body = "" }) => Body));
  }
}

test.each([7, 33, 71])("after a kill at %d acknowledged writes nothing of them is missing", async (writes) => {
  const stateDir = mkdtempSync(join(tmpdir(), "sagewright-around-"));
  const acknowledged = await killedAfter(stateDir, writes);
  const of = (kind: string) =>
    acknowledged.filter((line) => line.startsWith(`${kind} `)).map((line) => line.slice(kind.length + 1));
  const cloud = await openCloud({ stateDir });
  try {
    const config = cloud.clientConfig();
    const metrics = new CloudWatchClient(config);
    const { Rules = [] } = await new EventBridgeClient(config).send(new ListRulesCommand({}));
    const { MetricAlarms = [] } = await metrics.send(new DescribeAlarmsCommand({ MaxRecords: 100 }));
    const { Datapoints = [] } = await metrics.send(
      new GetMetricStatisticsCommand({
        Namespace: "Own",
        MetricName: "a",
        StartTime: new Date(Date.now() - 3_600_000),
        EndTime: new Date(Date.now() + 60_000),
        Period: 60,
        Statistics: ["Sum"],
      }),
    );
    expect(acknowledged.length).toBeGreaterThanOrEqual(writes);
    expect(Rules.map(({ Name }) => Name)).toEqual(expect.arrayContaining(of("rule").map((number) => `r${number}`)));
    expect(MetricAlarms.map(({ AlarmName }) => AlarmName)).toEqual(
      expect.arrayContaining(of("alarm").map((number) => `a${number}`)),
    );
    expect(Datapoints.reduce((sum, { Sum = 0 }) => sum + Sum, 0)).toBeGreaterThanOrEqual(of("metric").length);
    const sent = [...of("message").map((number) => `m${number}`), ...of("notification").map((number) => `n${number}`)];
    expect(await bodies(config)).toEqual(expect.arrayContaining(sent));
  } finally {
    await cloud.close();
    await removeFolder(stateDir);
  }
});
