import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import type { CreateTransformJobRequest, DescribeTransformJobResponse } from "@aws-sdk/client-sagemaker";
import { createContainerRuntime } from "../../src/jobs/runtime";
import { BUCKET, createModel, type HostedCloud, openHosting, pythonAtHand } from "../support/hosted-cloud";

/** Adds up each row; a row that begins with "bad" is refused, and the number of calls is told. */
const SUMS = `
import json
from flask import Response
calls = 0
def model_fn(model_dir): return None
def transform_fn(model, body, content_type, accept):
    global calls
    calls += 1
    text = body if isinstance(body, str) else body.decode()
    if text.startswith("bad"): return Response("no number", status=400, mimetype="text/plain")
    if text.startswith("crash"): raise RuntimeError("crashed")
    if content_type == "text/csv":
        return "\\n".join(str(sum(float(v) for v in line.split(","))) for line in text.split("\\n")), "text/csv"
    if text == "calls": return str(calls), "text/plain"
    return json.dumps({"sum": sum(json.loads(text).values())}), "application/json"
`;

import { temporaryState } from "../support/folder";

(pythonAtHand() ? describe : describe.skip)("a transform job", () => {
  const runtime = createContainerRuntime();
  let state: ReturnType<typeof temporaryState>;
  let cloud: HostedCloud;
  beforeEach(async () => {
    state = temporaryState();
    cloud = openHosting(state.folder, runtime);
    await createModel(cloud, "sums", SUMS);
  });
  afterEach(async () => {
    await cloud.close();
    await state.remove();
  });
  afterAll(() => runtime.close());

  const put = (key: string, text: string | Buffer) => cloud.objects.put(BUCKET, key, Buffer.from(text));
  const read = async (key: string): Promise<string | undefined> => {
    const object = await cloud.objects.get(BUCKET, key);
    return object === undefined ? undefined : readFileSync(object.file, "utf8");
  };
  const request = (changes: Partial<CreateTransformJobRequest> = {}): CreateTransformJobRequest => ({
    TransformJobName: "t",
    ModelName: "sums",
    BatchStrategy: "SingleRecord",
    TransformInput: {
      DataSource: { S3DataSource: { S3DataType: "S3Prefix", S3Uri: `s3://${BUCKET}/in/` } },
      ContentType: "text/csv",
      SplitType: "Line",
    },
    TransformOutput: { S3OutputPath: `s3://${BUCKET}/out`, Accept: "text/csv", AssembleWith: "Line" },
    TransformResources: { InstanceType: "ml.m5.large", InstanceCount: 1 },
    ...changes,
  });
  const run = async (changes: Partial<CreateTransformJobRequest> = {}): Promise<DescribeTransformJobResponse> => {
    const ended = new Promise<void>((resolve) => {
      cloud.bus.subscribe(({ detail }) => {
        if (["Completed", "Failed", "Stopped"].includes(String(detail.TransformJobStatus))) resolve();
      });
    });
    await cloud.call("CreateTransformJob", request(changes));
    await ended;
    return cloud.call("DescribeTransformJob", { TransformJobName: "t" });
  };

  it("sends every line of every object and writes <file>.out below the output path", async () => {
    await put("in/a.csv", "1,2\n3,4\n");
    await put("in/deep/b.csv", "5,6");
    expect((await run()).TransformJobStatus).toBe("Completed");
    expect(await read("out/a.csv.out")).toBe("3.0\n7.0\n");
    expect(await read("out/deep/b.csv.out")).toBe("11.0\n");
  });

  it("gives the same from many records a call as from one, and from gzip", async () => {
    const rows = Array.from({ length: 500 }, (_, index) => `${index},1`).join("\n");
    await put("in/a.csv", gzipSync(rows));
    const base = request();
    const TransformInput = {
      ...base.TransformInput,
      CompressionType: "Gzip" as const,
    } as CreateTransformJobRequest["TransformInput"];
    await run({ BatchStrategy: "MultiRecord", TransformInput });
    expect(await read("out/a.csv.out")).toBe(Array.from({ length: 500 }, (_, index) => `${index + 1}.0\n`).join(""));
  });

  it("leaves columns out on the way in, joins the record, and filters what goes out", async () => {
    await put("in/a.csv", 'x7,1,2,"a,b"\nx8,3,4,"c"\n');
    await run({
      BatchStrategy: "MultiRecord",
      DataProcessing: { InputFilter: "$[1:3]", JoinSource: "Input", OutputFilter: "$[0,-1]" },
    });
    expect(await read("out/a.csv.out")).toBe("x7,3.0\nx8,7.0\n");
  });

  it("joins JSON objects", async () => {
    await put("in/a.jsonl", '{"id":1,"v":2}\n{"id":3,"v":4}\n');
    const base = request();
    await run({
      TransformInput: {
        ...base.TransformInput,
        ContentType: "application/json",
      } as CreateTransformJobRequest["TransformInput"],
      TransformOutput: {
        ...base.TransformOutput,
        Accept: "application/json",
      } as CreateTransformJobRequest["TransformOutput"],
      DataProcessing: { JoinSource: "Input", OutputFilter: "$['id','SageMakerOutput']" },
    });
    expect(await read("out/a.jsonl.out")).toBe(
      '{"id":1,"SageMakerOutput":{"sum":3}}\n{"id":3,"SageMakerOutput":{"sum":7}}\n',
    );
  });

  it("fails for a file the model refuses; the other files still come out", async () => {
    await put("in/a.csv", "1,2\nbad\n");
    await put("in/b.csv", "1,2\n");
    expect(await run()).toMatchObject({
      TransformJobStatus: "Failed",
      FailureReason: "ClientError: See job logs for more information",
    });
    expect(await read("out/a.csv.out")).toBeUndefined();
    expect(await read("out/b.csv.out")).toBe("3.0\n");
  });

  it("blames the algorithm for an exception", async () => {
    await put("in/a.csv", "crash\n");
    expect((await run({ ModelClientConfig: { InvocationsMaxRetries: 0 } })).FailureReason).toBe(
      "AlgorithmError: See job logs for more information",
    );
  });

  it("says which prefix is empty", async () => {
    expect((await run()).FailureReason).toContain(`No S3 objects found under S3 URL "s3://${BUCKET}/in/"`);
  });

  it("refuses a JSONPath that it does not know, and a model that does not exist", async () => {
    const create = (changes: Partial<CreateTransformJobRequest>) => cloud.call("CreateTransformJob", request(changes));
    await expect(create({ DataProcessing: { InputFilter: "$..book" } })).rejects.toThrow(
      'InputFilter: the JSONPath "$..book" is not emulated',
    );
    await expect(create({ ModelName: "none" })).rejects.toThrow(
      'Could not find model "arn:aws:sagemaker:us-east-1:000000000000:model/none".',
    );
    await expect(cloud.call("DescribeTransformJob", { TransformJobName: "x" })).rejects.toThrow(
      "Could not find requested job with name: x",
    );
  });
});
