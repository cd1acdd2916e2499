import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { S3 } from "@aws-sdk/client-s3";
import { type Cloud, openCloud } from "@sagewright/local";
import { Capture, s3Sink } from "@sagewright/serving";

/** Captures put by AWS' own client are read back by boto3. */
const python = process.env.SAGEWRIGHT_TEST_PYTHON ?? "python3";
const stateDir = mkdtempSync(join(tmpdir(), "sagewright-sinks-"));
let cloud: Cloud;
afterAll(async () => {
  await cloud.close();
  rmSync(stateDir, { recursive: true, force: true });
});

const READ = `
import json, os, boto3
s3 = boto3.client("s3", endpoint_url=os.environ["ENDPOINT"], region_name="us-east-1",
                  aws_access_key_id="local", aws_secret_access_key="local")
pages = s3.get_paginator("list_objects_v2").paginate(Bucket="captures", Prefix="churn/AllTraffic/2026/01/02/03/")
keys = [each["Key"] for page in pages for each in page.get("Contents", [])]
lines = [line for key in keys for line in s3.get_object(Bucket="captures", Key=key)["Body"].iter_lines()]
print(json.dumps({"objects": len(keys), "events": [json.loads(line)["eventMetadata"]["eventId"] for line in lines]}))
`;

test("captures in S3 are SageMaker's records under its layout", async () => {
  cloud = await openCloud({ stateDir });
  const { url } = await cloud.listen();
  const credentials = { accessKeyId: "local", secretAccessKey: "local" };
  const client = new S3({ endpoint: url, region: "us-east-1", forcePathStyle: true, credentials });
  await client.createBucket({ Bucket: "captures" });
  const now = () => new Date("2026-01-02T03:04:05Z");
  const capture = new Capture({ sink: s3Sink({ client, bucket: "captures", prefix: "churn/AllTraffic" }), now });
  const answer = { value: 1, drivers: [], modelVersion: "1", latencyMs: 0 };
  for (let index = 0; index < 3; index++) capture.observe({ tenure: index }, { ...answer, predictionId: `p${index}` });
  await capture.flush();
  capture.observe({ tenure: null }, { ...answer, predictionId: "p3" });
  await capture.flush();
  expect(capture.counts()).toEqual({ written: 4, dropped: 0 });
  const { stdout } = await promisify(execFile)(python, ["-c", READ], { env: { ...process.env, ENDPOINT: url } });
  const { objects, events } = JSON.parse(stdout) as { objects: number; events: string[] };
  expect([objects, events.sort()]).toEqual([2, ["p0", "p1", "p2", "p3"]]);
  client.destroy();
});
