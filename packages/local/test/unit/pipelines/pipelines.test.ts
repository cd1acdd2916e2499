import { join } from "node:path";
import type {
  DescribePipelineResponse,
  ListPipelineExecutionsResponse,
  ListPipelinesResponse,
  ListPipelineVersionsResponse,
} from "@aws-sdk/client-sagemaker";
import { type FakeCloud, openFakeCloud, scratchFolder } from "../../support/fake-cloud";

const root = scratchFolder();
const RoleArn = "arn:aws:iam::000000000000:role/SagewrightExecution";
const pipelineArn = "arn:aws:sagemaker:us-east-1:000000000000:pipeline/churn";

const fail = (message: string, more: object = {}) =>
  JSON.stringify({
    Version: "2020-12-01",
    Parameters: [
      { Name: "Depth", Type: "Integer", DefaultValue: 4 },
      { Name: "Rate", Type: "Float", DefaultValue: 0.5 },
      { Name: "Mode", Type: "String", EnumValues: ["fast", "slow"], DefaultValue: "fast" },
      { Name: "Flag", Type: "Boolean", DefaultValue: false },
    ],
    Steps: [{ Name: "End", Type: "Fail", Arguments: { ErrorMessage: message } }],
    ...more,
  });

describe("the pipelines API", () => {
  let cloud: FakeCloud;
  let folders = 0;
  const call = <O = Record<string, unknown>>(operation: string, input: object) =>
    cloud.invoke<O>("sagemaker", operation, input);
  const start = (more: object = {}) =>
    call<{ PipelineExecutionArn: string }>("StartPipelineExecution", { PipelineName: "churn", ...more });
  const settled = (arn: string) => cloud.pipelines.executor.settled(arn.split("/").at(-1) ?? "");

  beforeEach(async () => {
    folders += 1;
    cloud = await openFakeCloud(join(root, String(folders)));
    await call("CreatePipeline", {
      PipelineName: "churn",
      PipelineDefinition: fail("one"),
      RoleArn,
      ClientRequestToken: "first",
    });
  });
  afterEach(() => cloud.close());

  it("creates once: a second creation is refused, a repeated one is the same", async () => {
    const again = { PipelineName: "churn", PipelineDefinition: fail("one"), RoleArn };
    expect(await call("CreatePipeline", { ...again, ClientRequestToken: "first" })).toEqual({
      PipelineArn: pipelineArn,
    });
    await expect(call("CreatePipeline", { ...again, ClientRequestToken: "second" })).rejects.toMatchObject({
      code: "ValidationException",
      message:
        "Pipeline names must be unique within an AWS account and region. Pipeline with name (churn) already exists.",
    });
  });

  it("describes by name and by ARN", async () => {
    const expected = {
      PipelineArn: pipelineArn,
      PipelineName: "churn",
      PipelineDefinition: fail("one"),
      PipelineStatus: "Active",
      RoleArn,
      CreationTime: expect.any(Date),
      CreatedBy: { IamIdentity: { Arn: "arn:aws:iam::000000000000:user/sagewright", PrincipalId: "sagewright" } },
    };
    expect(await call("DescribePipeline", { PipelineName: "churn" })).toMatchObject(expected);
    expect(await call("DescribePipeline", { PipelineName: pipelineArn })).toMatchObject(expected);
    await expect(call("DescribePipeline", { PipelineName: "none" })).rejects.toMatchObject({
      code: "ResourceNotFound",
      message: expect.stringMatching(/pipeline\/none' does not exist\.$/),
    });
  });

  it("refuses a definition that breaks the service's rules, naming the places", async () => {
    const bad = fail("x", { Steps: [{ Name: "A", Type: "Fail", Arguments: {}, DependsOn: ["Nobody"] }] });
    await expect(
      call("CreatePipeline", { PipelineName: "bad", PipelineDefinition: bad, RoleArn }),
    ).rejects.toMatchObject({
      code: "ValidationException",
      message: expect.stringMatching(/^Unable to parse pipeline definition\. .*Nobody/),
    });
    await expect(
      call("CreatePipeline", { PipelineName: "bad", PipelineDefinition: "{", RoleArn }),
    ).rejects.toMatchObject({ message: expect.stringMatching(/^Unable to parse pipeline definition\. .*JSON/) });
  });

  it("takes a definition from S3", async () => {
    cloud.objects.set("s3://b/definition.json", fail("from S3"));
    const PipelineDefinitionS3Location = { Bucket: "b", ObjectKey: "definition.json" };
    await call("CreatePipeline", { PipelineName: "stored", PipelineDefinitionS3Location, RoleArn });
    expect(await call("DescribePipeline", { PipelineName: "stored" })).toMatchObject({
      PipelineDefinition: fail("from S3"),
    });
  });

  it("makes a version when the definition changes, and only then", async () => {
    const update = (more: object) => call("UpdatePipeline", { PipelineName: "churn", ...more });
    expect(await update({ PipelineDescription: "why" })).toEqual({ PipelineArn: pipelineArn, PipelineVersionId: 1 });
    expect(await update({ PipelineDefinition: fail("two") })).toMatchObject({ PipelineVersionId: 2 });
    expect(await update({ PipelineDefinition: fail("two") })).toMatchObject({ PipelineVersionId: 2 });
    const versions = await call<ListPipelineVersionsResponse>("ListPipelineVersions", {
      PipelineName: "churn",
      MaxResults: 1,
    });
    expect(versions.PipelineVersionSummaries).toMatchObject([{ PipelineVersionId: 2 }]);
    const first = await call<DescribePipelineResponse>("DescribePipeline", {
      PipelineName: "churn",
      PipelineVersionId: 1,
    });
    expect(first).toMatchObject({ PipelineDefinition: fail("one"), PipelineDescription: "why" });
    const { PipelineExecutionArn } = await start({ PipelineVersionId: 1 });
    await settled(PipelineExecutionArn);
    expect(await call("DescribePipelineDefinitionForExecution", { PipelineExecutionArn })).toMatchObject({
      PipelineDefinition: fail("one"),
    });
    await expect(start({ PipelineVersionId: 9 })).rejects.toMatchObject({ code: "ResourceNotFound" });
  });

  it("starts with typed parameters, Python's spelling of truth included", async () => {
    const PipelineParameters = [
      { Name: "Depth", Value: "12" },
      { Name: "Flag", Value: "True" },
    ];
    const { PipelineExecutionArn } = await start({ PipelineParameters });
    const state = await settled(PipelineExecutionArn);
    expect(state?.parameters).toEqual({ Depth: 12, Rate: 0.5, Mode: "fast", Flag: true });
    expect(await call("ListPipelineParametersForExecution", { PipelineExecutionArn })).toMatchObject({
      PipelineParameters: [
        { Name: "Depth", Value: "12" },
        { Name: "Rate", Value: "0.5" },
        { Name: "Mode", Value: "fast" },
        { Name: "Flag", Value: "True" },
      ],
    });
  });

  it.each([
    [
      [{ Name: "Dpeth", Value: "3" }],
      "Parameter [Dpeth] is not defined in the pipeline (defined: Depth, Rate, Mode, Flag)",
    ],
    [[{ Name: "Depth", Value: "deep" }], "Depth: 'deep' is no integer"],
    [[{ Name: "Depth", Value: "1.5" }], "Depth: '1.5' is no integer"],
    [[{ Name: "Rate", Value: "NaN" }], "Rate: 'NaN' is no float"],
    [[{ Name: "Mode", Value: "medium" }], "Mode: 'medium' is not one of fast, slow"],
    [[{ Name: "Mode", Value: "" }], '[string "" is too short (length: 0, required minimum: 1)]'],
    [
      [
        { Name: "Depth", Value: "1" },
        { Name: "Depth", Value: "2" },
      ],
      "Parameter [Depth] is given more than once",
    ],
  ])("refuses parameters %j", async (PipelineParameters, part) => {
    await expect(start({ PipelineParameters })).rejects.toMatchObject({
      code: "ValidationException",
      message: expect.stringContaining(part),
    });
    expect(
      (await call<ListPipelineExecutionsResponse>("ListPipelineExecutions", { PipelineName: "churn" }))
        .PipelineExecutionSummaries,
    ).toEqual([]);
  });

  it("refuses a start without a value for a parameter that has no default", async () => {
    const Parameters = [{ Name: "Uri", Type: "String" }];
    await call("UpdatePipeline", { PipelineName: "churn", PipelineDefinition: fail("x", { Parameters }) });
    await expect(start()).rejects.toThrow("Parameter [Uri] of type String has no default value and must be given");
  });

  it("starts once for one token, and describes what it started", async () => {
    const [one, two] = await Promise.all([start({ ClientRequestToken: "t" }), start({ ClientRequestToken: "u" })]);
    expect(await start({ ClientRequestToken: "t" })).toEqual(one);
    expect(two).not.toEqual(one);
    await settled(one.PipelineExecutionArn);
    const id = one.PipelineExecutionArn.split("/").at(-1);
    expect(id).toMatch(/^[a-z0-9]{12}$/);
    expect(await call("DescribePipelineExecution", one)).toMatchObject({
      PipelineArn: pipelineArn,
      PipelineExecutionStatus: "Failed",
      FailureReason: "Step failure: One or multiple steps failed.",
      PipelineExecutionDisplayName: expect.stringMatching(/^execution-\d{13}$/),
      PipelineExperimentConfig: { ExperimentName: "churn", TrialName: id },
      PipelineVersionId: 1,
    });
    await expect(
      call("DescribePipelineExecution", { PipelineExecutionArn: `${pipelineArn}/execution/aaaaaaaaaaaa` }),
    ).rejects.toMatchObject({ code: "ResourceNotFound", message: expect.stringMatching(/ does not exist$/) });
  });

  it("lists pipelines and executions newest first, page by page", async () => {
    for (const PipelineName of ["alpha", "beta"]) {
      await new Promise((resolve) => setTimeout(resolve, 2));
      await call("CreatePipeline", { PipelineName, PipelineDefinition: fail("x"), RoleArn });
    }
    const list = (more: object) => call<ListPipelinesResponse>("ListPipelines", more);
    const page = await list({ MaxResults: 2 });
    expect(page.PipelineSummaries?.map((each) => each.PipelineName)).toEqual(["beta", "alpha"]);
    expect((await list({ NextToken: page.NextToken })).PipelineSummaries?.map((each) => each.PipelineName)).toEqual([
      "churn",
    ]);
    expect((await list({ PipelineNamePrefix: "al" })).PipelineSummaries).toHaveLength(1);
    expect((await list({ SortBy: "Name", SortOrder: "Ascending" })).PipelineSummaries?.[0]?.PipelineName).toBe("alpha");
    const arns: string[] = [];
    for (let n = 0; n < 3; n += 1) {
      await new Promise((resolve) => setTimeout(resolve, 2));
      arns.push((await start()).PipelineExecutionArn);
    }
    const executions = await call<ListPipelineExecutionsResponse>("ListPipelineExecutions", { PipelineName: "churn" });
    expect(executions.PipelineExecutionSummaries?.map((each) => each.PipelineExecutionArn)).toEqual(
      [...arns].reverse(),
    );
  });

  it("deletes a pipeline with its history, but not while it runs", async () => {
    const { PipelineExecutionArn } = await start();
    await settled(PipelineExecutionArn);
    await call("DeletePipeline", { PipelineName: "churn" });
    await expect(call("DescribePipeline", { PipelineName: "churn" })).rejects.toMatchObject({
      code: "ResourceNotFound",
    });
    await expect(call("DescribePipelineExecution", { PipelineExecutionArn })).rejects.toMatchObject({
      code: "ResourceNotFound",
    });
  });

  it("refuses to stop or retry what has ended well or still runs", async () => {
    const { PipelineExecutionArn } = await start();
    await settled(PipelineExecutionArn);
    await expect(call("StopPipelineExecution", { PipelineExecutionArn })).rejects.toMatchObject({
      code: "ConflictException",
    });
  });

  it("refuses to start what it cannot run, by name, instead of failing half way", async () => {
    const Steps = [
      {
        Name: "Wait",
        Type: "Callback",
        Arguments: {},
        SqsQueueUrl: "https://sqs.us-east-1.amazonaws.com/000000000000/q",
        OutputParameters: [],
      },
    ];
    await call("UpdatePipeline", { PipelineName: "churn", PipelineDefinition: fail("x", { Steps }) });
    await expect(start()).rejects.toMatchObject({
      code: "ValidationException",
      message: expect.stringContaining("does not emulate the kind of these steps: Wait (Callback)"),
    });
  });
});
