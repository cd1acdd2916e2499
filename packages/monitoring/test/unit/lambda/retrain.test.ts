import { EventBridgeClient, PutRuleCommand, PutTargetsCommand } from "@aws-sdk/client-eventbridge";
import { SageMaker } from "@aws-sdk/client-sagemaker";
import { CreateQueueCommand, GetQueueAttributesCommand, ReceiveMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { type Finding, OBSERVATION_EVENT, type Observation } from "@sagewright/monitoring";
import { finding, observed } from "../alerts/routing";
import { bundled, invoke, openAws } from "./functions";

jest.setTimeout(60_000);

/** A pipeline whose gate lets a version through, or does not; jobs would only take time. */
const definition = (auc: number) => ({
  Version: "2020-12-01",
  Parameters: [{ Name: "Auc", Type: "Float", DefaultValue: auc }],
  Steps: [
    {
      Name: "AucGate",
      Type: "Condition",
      Arguments: {
        Conditions: [{ Type: "GreaterThanOrEqualTo", LeftValue: { Get: "Parameters.Auc" }, RightValue: 0.8 }],
        IfSteps: [
          {
            Name: "Register",
            Type: "RegisterModel",
            Arguments: {
              ModelPackageGroupName: "churn",
              ModelApprovalStatus: "PendingManualApproval",
              InferenceSpecification: {
                Containers: [
                  {
                    Image: "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.9-0-cpu-py3",
                    ModelDataUrl: "s3://sagewright-us-east-1-000000000000/model.tar.gz",
                  },
                ],
                SupportedContentTypes: ["text/csv"],
                SupportedResponseMIMETypes: ["text/csv"],
              },
            },
          },
        ],
        ElseSteps: [
          { Name: "TooWeak", Type: "Fail", Arguments: { ErrorMessage: "ROC AUC 0.71 is below the minimum of 0.8" } },
        ],
      },
    },
  ],
});

const at = new Date();
const poor: Finding = finding({
  key: "churn/performance/rocAuc",
  kind: "performance",
  subject: "rocAuc",
  what: "ROC AUC is below the gate of 0.80.",
});
const seen = (moment: Date, ...findings: Finding[]) => ({
  source: OBSERVATION_EVENT.source,
  "detail-type": OBSERVATION_EVENT.detailType,
  time: moment.toISOString(),
  detail: observed(moment, findings),
});

/** An event as a queue has it. */
interface BusEvent {
  readonly detail: unknown;
}

describe("the retraining function's bundle", () => {
  const retrain = bundled("retrain");
  let aws: Awaited<ReturnType<typeof openAws>>;
  let sagemaker: SageMaker;
  let sqs: SQSClient;
  const queues: Record<string, string> = {};
  let variables: Record<string, string>;
  const run = async (...events: object[]) => {
    const { answers, error } = await invoke(retrain.file, variables, events);
    expect(error).toBeUndefined();
    return answers as Record<string, never>[];
  };
  const pipeline = (PipelineName: string, auc: number) =>
    sagemaker.createPipeline({
      PipelineName,
      PipelineDefinition: JSON.stringify(definition(auc)),
      RoleArn: "arn:aws:iam::000000000000:role/SagewrightExecution",
    });

  /** What came into a queue, waiting for as many as are expected. */
  async function received(name: string, most: number): Promise<BusEvent[]> {
    const bodies: BusEvent[] = [];
    for (let tries = 0; bodies.length < most && tries < 100; tries += 1) {
      const { Messages = [] } = await sqs.send(
        new ReceiveMessageCommand({ QueueUrl: queues[name], MaxNumberOfMessages: 10 }),
      );
      bodies.push(...Messages.map(({ Body = "" }) => JSON.parse(Body)));
      if (bodies.length < most) await new Promise((resolve) => setTimeout(resolve, 50));
    }
    return bodies;
  }

  /** The event of the next run that ends. */
  async function ended(): Promise<object> {
    for (let tries = 0; tries < 100; tries += 1) {
      for (const event of await received("runs", 1)) {
        const { currentPipelineExecutionStatus: status } = event.detail as { currentPipelineExecutionStatus: string };
        if (status !== "Executing") return event;
      }
    }
    throw new Error("No run ends");
  }

  beforeAll(async () => {
    aws = await openAws();
    const config = aws.cloud.clientConfig();
    sagemaker = new SageMaker(config);
    sqs = new SQSClient(config);
    const bus = new EventBridgeClient(config);
    const rules = {
      told: { source: [OBSERVATION_EVENT.source], "detail-type": [OBSERVATION_EVENT.detailType] },
      runs: { "detail-type": ["SageMaker Model Building Pipeline Execution Status Change"] },
      packages: { "detail-type": ["SageMaker Model Package State Change"] },
    };
    for (const [name, pattern] of Object.entries(rules)) {
      const { QueueUrl = "" } = await sqs.send(new CreateQueueCommand({ QueueName: name }));
      const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["QueueArn"] }));
      await bus.send(new PutRuleCommand({ Name: name, EventPattern: JSON.stringify(pattern) }));
      await bus.send(new PutTargetsCommand({ Rule: name, Targets: [{ Id: "queue", Arn: Attributes?.QueueArn }] }));
      queues[name] = QueueUrl;
    }
    await sagemaker.createModelPackageGroup({ ModelPackageGroupName: "churn" });
    await pipeline("churn-training", 0.9);
    await pipeline("weak-training", 0.71);
    variables = {
      ...aws.variables,
      ...{ MODEL: "churn", PIPELINE: "churn-training", EVENT_BUS: "default", PARAMETERS: '{"Auc":"0.85"}' },
      RULES: JSON.stringify({ schedule: "cron(0 3 1 * ? *)", onDrift: true, coolDownDays: 7, maximumPerMonth: 4 }),
    };
  });
  afterAll(() => aws.close());

  test("drift while data is broken, minor drift, other models and other events start nothing", async () => {
    const broken = finding({ key: "churn/quality/a", kind: "data-quality", severity: "critical" });
    const answers = await run(
      seen(at, finding(), broken),
      seen(at, finding({ severity: "minor" })),
      seen(at, finding({ model: { name: "other" } })),
      { source: "aws.ec2", "detail-type": "Something", time: at.toISOString(), detail: {} },
    );
    expect(answers.map((answer) => Object.keys(answer))).toEqual(Array(4).fill(["ignored"]));
    expect(
      (await sagemaker.listPipelineExecutions({ PipelineName: "churn-training" })).PipelineExecutionSummaries,
    ).toEqual([]);
  });

  test("ROC AUC under the gate starts one training; its end, and the approval, are told to those who know of the trouble", async () => {
    const [started, again] = await run(seen(at, poor, finding()), seen(at, poor, finding()));
    expect(started).toMatchObject({
      decision: { start: true, because: "performance: ROC AUC is below the gate of 0.80." },
    });
    const { executionArn } = started as unknown as { executionArn: string };
    expect(again).toEqual({ before: { executionArn, because: "performance: ROC AUC is below the gate of 0.80." } });
    const end = await ended();
    const [summary, ...others] =
      (await sagemaker.listPipelineExecutions({ PipelineName: "churn-training" })).PipelineExecutionSummaries ?? [];
    expect(others).toEqual([]);
    expect(summary?.PipelineExecutionDescription).toBe(
      "Retraining of churn: performance: ROC AUC is below the gate of 0.80.",
    );
    await received("told", 0);
    const [told] = await run(end, end);
    expect(told).toMatchObject({ told: { model: "churn", result: { kind: "waiting", version: "1" } } });
    const [pending] = await received("packages", 1);
    const versions = await sagemaker.listModelPackages({ ModelPackageGroupName: "churn" });
    const ModelPackageArn = versions.ModelPackageSummaryList?.[0]?.ModelPackageArn;
    await sagemaker.updateModelPackage({ ModelPackageArn, ModelApprovalStatus: "Approved" });
    const [approved] = await received("packages", 1);
    const [nothing, promoted] = await run(pending as object, approved as object);
    expect(nothing).toHaveProperty("ignored");
    expect(promoted).toMatchObject({ told: { result: { kind: "promoted", version: "1" } } });
    const details = (await received("told", 3)).map(({ detail }) => detail as Observation);
    const texts = details.map(({ notes = [] }) => notes.map(({ about, text }) => `${about}: ${text}`));
    expect(texts[0]).toEqual(texts[1]);
    expect(texts[0]?.[1]).toMatch(
      /^churn\/performance: The model trained by \w+ \(performance: ROC AUC is below the gate of 0\.80\.\) is version 1 and waits for its approval\.$/,
    );
    expect(texts[2]?.[0]).toMatch(/^churn\/drift: The model trained by \w+ .* took over as version 1\.$/);
  });

  test("it rests after a training that a finding started, and says until when", async () => {
    const [answer] = await run(seen(at, finding()));
    expect(answer).toMatchObject({ decision: { start: false, rule: "cooling_down" } });
  });

  test("a training that its gate stopped keeps the champion, and the thread hears why; one by hand is told to nobody", async () => {
    variables = { ...variables, PIPELINE: "weak-training", PARAMETERS: "{}" };
    await run(seen(at, finding()));
    const [answer] = await run(await ended());
    expect(answer).toMatchObject({
      told: { result: { kind: "kept", reason: "ROC AUC 0.71 is below the minimum of 0.8" } },
    });
    await sagemaker.startPipelineExecution({ PipelineName: "weak-training", ClientRequestToken: "x".repeat(32) });
    expect(await run(await ended())).toMatchObject([{ ignored: expect.any(String) }]);
  });
});
