import type { Deployed } from "./deployment";

/** What a role does, and what it must not be able to do: actions with what they are done to. */
export interface Rights {
  readonly role: string;
  readonly may: readonly (readonly [action: string, resource: string])[];
  readonly mayNot: readonly (readonly [action: string, resource: string])[];
}

/** Rights of the roles that matter, as the code that has them calls AWS with the variables that it is given. */
export function rightsOf(deployed: Deployed): Rights[] {
  const { name, bucket } = deployed;
  const object = (key: string) => `arn:aws:s3:::${bucket}/${key}`;
  const [region, account] = ["eu-central-1", deployed.account.id];
  const arn = (service: string, resource: string) => `arn:aws:${service}:${region}:${account}:${resource}`;
  const pipeline = deployed.only("pipeline").arn;
  const keys = deployed.only("secret").arn;
  const other = arn("sagemaker", "pipeline/another");
  const start = "sagemaker:StartPipelineExecution";
  const call = "lambda:InvokeFunction";
  const secret = "secretsmanager:GetSecretValue";
  const roleOf = (name: string) => nameOf(deployed.of("function").find((each) => each.name === name)?.about.Role);
  const variables = (name: string) =>
    deployed.of("function").find((each) => each.name === name)?.about.Environment.Variables as Record<string, string>;
  const predict = variables(`churn-${name}-predict`);
  const asks = predict.ENDPOINT_NAME;
  const stack = (part: string) => deployed.of("stack").find((each) => each.name === deployed.stack(part))?.arn ?? "";
  const mailed = Object.values(
    JSON.parse(variables(`churn-${name}-route`).MAIL_TOPICS ?? "{}") as Record<string, string>,
  );
  return [
    {
      role: roleOf(`churn-${name}-predict`),
      may: [
        [call, arn("lambda", `function:${predict.RETRAIN_FUNCTION}`)],
        ["firehose:PutRecordBatch", arn("firehose", `deliverystream/${predict.CAPTURE_STREAM}`)],
        asks === undefined
          ? ["s3:GetObject", predict.MODEL_POINTER?.replace("s3://", "arn:aws:s3:::") ?? ""]
          : ["sagemaker:InvokeEndpoint", arn("sagemaker", `endpoint/${asks}`)],
      ],
      mayNot: [
        [start, pipeline],
        [call, arn("lambda", `function:churn-${name}-route`)],
        [secret, keys],
        ["s3:PutObject", object("serving/churn/current.json")],
        ["s3:GetObject", object("captures/churn/AllTraffic/2027/01/01/00/rows.jsonl")],
        ["sagemaker:InvokeEndpoint", arn("sagemaker", "endpoint/somebody-elses")],
      ],
    },
    {
      role: roleOf(`churn-${name}-authorize`),
      may: [[secret, variables(`churn-${name}-authorize`).KEYS_SECRET ?? ""]],
      mayNot: [
        ["secretsmanager:PutSecretValue", keys],
        ["s3:GetObject", object("serving/churn/current.json")],
      ],
    },
    {
      role: roleOf(`churn-${name}-summarise`),
      may: [
        ["s3:GetObject", object("captures/churn/AllTraffic/2027/01/01/00/rows.jsonl")],
        ["s3:PutObject", object("monitoring/summaries/churn/1/hours/2027-01-01T00.json")],
      ],
      mayNot: [
        ["s3:PutObject", object("captures/churn/AllTraffic/2027/01/01/00/rows.jsonl")],
        ["s3:GetObject", object("raw/rows.csv")],
        [start, pipeline],
      ],
    },
    {
      role: roleOf(`churn-${name}-weekly`),
      may: [
        ["s3:GetObject", object("ground-truth/2027/labels.jsonl")],
        ["s3:PutObject", object("monitoring/reports/churn/2027.html")],
        ["events:PutEvents", arn("events", "event-bus/default")],
      ],
      mayNot: [
        ["s3:PutObject", object("ground-truth/2027/labels.jsonl")],
        [start, pipeline],
      ],
    },
    {
      role: roleOf(`churn-${name}-retrain`),
      may: [
        [start, arn("sagemaker", `pipeline/${variables(`churn-${name}-retrain`).PIPELINE}`)],
        ["s3:PutObject", object("merged/churn/2027.csv")],
      ],
      mayNot: [
        [start, other],
        ["s3:PutObject", object("raw/rows.csv")],
        ["sagemaker:UpdateModelPackage", arn("sagemaker", "model-package/churn/1")],
      ],
    },
    {
      role: roleOf(`churn-${name}-route`),
      may: [
        ["s3:PutObject", object(variables(`churn-${name}-route`).STATE_KEY ?? "")],
        ...Object.values(deployed.environment.alerts?.targets ?? {}).map((target) =>
          "secret" in target
            ? ([secret, arn("secretsmanager", `secret:${target.secret}-AbCdEf`)] as const)
            : (["sns:Publish", mailed[0] ?? ""] as const),
        ),
      ],
      mayNot: [
        [secret, keys],
        ["s3:GetObject", object("raw/rows.csv")],
      ],
    },
    {
      role: roleOf("churn-approved"),
      may:
        asks === undefined
          ? [["s3:PutObject", object("serving/churn/current.json")]]
          : [["cloudformation:UpdateStack", stack("serving")]],
      mayNot: [
        ["sagemaker:UpdateModelPackage", arn("sagemaker", "model-package/churn/1")],
        ["cloudformation:UpdateStack", stack("data")],
        ["s3:PutObject", object("runs/churn-training/model.tar.gz")],
      ],
    },
    {
      role: nameOf(deployed.only("pipeline").about.RoleArn),
      may: [
        ["s3:GetObject", object("raw/rows.csv")],
        ["s3:GetObject", object("merged/0123456789abcdef/churn-merged.csv")],
        ["s3:PutObject", object("runs/churn-training/abc/model.tar.gz")],
        ["sagemaker:CreateHyperParameterTuningJob", arn("sagemaker", "hyper-parameter-tuning-job/abc")],
        ["sagemaker:CreateModelPackage", arn("sagemaker", "model-package-group/churn")],
      ],
      mayNot: [
        ["s3:PutObject", object("raw/rows.csv")],
        ["s3:PutObject", object("serving/churn/current.json")],
        ["sagemaker:CreateEndpoint", arn("sagemaker", "endpoint/churn-v1")],
        ["sagemaker:UpdateModelPackage", arn("sagemaker", "model-package/churn/1")],
      ],
    },
    {
      role: nameOf(deployed.only("schedule").about.Target.RoleArn),
      may: [[call, arn("lambda", `function:churn-${name}-retrain`)]],
      mayNot: [
        [start, pipeline],
        [call, arn("lambda", `function:churn-${name}-predict`)],
      ],
    },
  ];
}

const nameOf = (arn: string): string => arn.split("/").at(-1) ?? "";
