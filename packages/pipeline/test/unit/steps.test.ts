import {
  compile,
  equals,
  fail,
  graph,
  isIn,
  lambda,
  lessThan,
  model,
  not,
  or,
  pipeline,
  register,
  stepKinds,
  transform,
  validateDefinition,
  when,
} from "@sagewright/pipeline";

const source = {
  image: "123456789012.dkr.ecr.us-east-1.amazonaws.com/tools:1",
  data: "s3://bucket/model.tar.gz",
  environment: { A: "b" },
};

const scoring = pipeline("scoring", ({ parameter }) => {
  const input = parameter.string("Input", { default: "s3://bucket/in" });
  const created = model("Create", {
    model: source,
    network: { subnets: ["subnet-1"], securityGroupIds: ["sg-1"], isolation: true },
  });
  const scored = transform("Score", { model: created.modelName, input, tags: { team: "churn" } });
  const told = lambda("Tell", {
    function: "arn:aws:lambda:us-east-1:123456789012:function:tell",
    inputs: { scores: scored.output, rows: 3 },
    outputs: { answer: "String", count: "Integer" },
  });
  return when("Enough", [
    or(lessThan(told.outputs.count, 3), isIn(told.outputs.answer, ["yes", "no"])),
    not(equals(told.outputs.answer, "no")),
  ])
    .then(
      register("Register", {
        model: source,
        group: "churn",
        approval: "Approved",
        metrics: "s3://bucket/metrics.json",
      }),
    )
    .otherwise(fail("Stop", "not enough"));
});

describe("steps", () => {
  const { definition } = compile(scoring);

  it("of every kind that has a builder make a valid definition", () => {
    expect(validateDefinition(definition)).toEqual([]);
    expect(graph(definition).nodes.map(({ type }) => type)).toEqual([
      "Model",
      "Transform",
      "Lambda",
      "Condition",
      "RegisterModel",
      "Fail",
    ]);
  });

  it("are tied by data, dependencies and branches", () => {
    const edges = graph(definition).edges.map(({ from, to, kind, branch }) => [from, kind, branch ?? "", to].join(" "));
    expect(edges).toEqual([
      "Create data  Score",
      "Score data  Tell",
      "Tell data  Enough",
      "Enough branch if Register",
      "Enough branch else Stop",
    ]);
  });

  it("wait for the end that they ask for, also where they use a value", () => {
    const uses = { Get: "Steps.A.ProcessingJobArn" };
    const step = (name: string, more: object) => ({ Name: name, Type: "Lambda", Arguments: { uses }, ...more });
    const { edges } = graph({
      Steps: [
        { Name: "A", Type: "Processing", Arguments: {} },
        step("B", { DependsOn: [{ Step: "A", Trigger: "Any" }] }),
        step("C", {}),
      ],
    });
    expect(edges.map(({ to, kind, trigger }) => `${to} ${kind} ${trigger}`)).toEqual([
      "B data Any",
      "B dependsOn Any",
      "C data Completed",
    ]);
  });

  it("print what the request of their operation takes", () => {
    expect(definition.Steps[2]).toEqual({
      Name: "Tell",
      Type: "Lambda",
      Arguments: { scores: { Get: "Steps.Score.TransformOutput.S3OutputPath" }, rows: 3 },
      FunctionArn: "arn:aws:lambda:us-east-1:123456789012:function:tell",
      OutputParameters: [
        { OutputName: "answer", OutputType: "String" },
        { OutputName: "count", OutputType: "Integer" },
      ],
    });
    expect(definition.Steps[0]?.Arguments).toMatchObject({
      PrimaryContainer: { Image: source.image, Environment: { A: "b" }, ModelDataUrl: "s3://bucket/model.tar.gz" },
      EnableNetworkIsolation: true,
      VpcConfig: { Subnets: ["subnet-1"], SecurityGroupIds: ["sg-1"] },
    });
  });
});

describe("step kinds", () => {
  it("are cached and retried as the service allows", () => {
    const matrix = (test: (type: string) => boolean) => [...stepKinds.keys()].filter(test).sort();
    expect(matrix((type) => stepKinds.get(type)?.cacheable === true)).toEqual(
      "AutoML Callback ClarifyCheck EMR EMRServerless Endpoint EndpointConfig Job Lambda Processing QualityCheck Training Transform Tuning".split(
        " ",
      ),
    );
    expect(matrix((type) => stepKinds.get(type)?.retryable === "job")).toEqual(
      "AutoML EndpointConfig Job Processing Training Transform Tuning".split(" "),
    );
    expect(matrix((type) => stepKinds.get(type)?.retryable === "step")).toEqual([
      "EMRServerless",
      "Model",
      "RegisterModel",
    ]);
  });

  it("name cache attributes when they can be cached, and no others", () => {
    for (const [type, kind] of stepKinds) expect([type, kind.cacheKey !== undefined]).toEqual([type, kind.cacheable]);
  });
});
