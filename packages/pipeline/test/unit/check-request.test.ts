import { checkedOperations, checkRequest } from "@sagewright/pipeline";
import { toRegExp } from "../../src/constraints/pattern";
import table from "../../src/generated/sagemaker.json";

const good = {
  TrainingJobName: "job-1",
  AlgorithmSpecification: { TrainingImage: "repo/image:1", TrainingInputMode: "File" },
  RoleArn: "arn:aws:iam::123456789012:role/Mine",
  OutputDataConfig: { S3OutputPath: "s3://bucket/out" },
  ResourceConfig: { InstanceType: "ml.m5.large", InstanceCount: 1, VolumeSizeInGB: 30 },
  StoppingCondition: { MaxRuntimeInSeconds: 60 },
};
const found = (change: object) =>
  checkRequest("CreateTrainingJob", { ...good, ...change }).map(({ code, path }) => `${code} ${path}`);

describe("checkRequest", () => {
  it("finds nothing in a good request", () => {
    expect(found({})).toEqual([]);
  });

  it("names each broken rule at its path", () => {
    expect(found({ RoleArn: undefined })).toEqual(["required RoleArn"]);
    expect(found({ TrainingJobName: "no_underscores" })).toEqual(["pattern TrainingJobName"]);
    expect(found({ TrainingJobName: "a".repeat(64) })).toEqual(["max_length TrainingJobName"]);
    expect(found({ HyperParameters: { depth: 3 } })).toEqual(["type HyperParameters.depth"]);
    expect(found({ Surprise: 1 })).toEqual(["unknown_member Surprise"]);
    expect(found({ StoppingCondition: { MaxRuntimeInSeconds: 0 } })).toEqual([
      "min_value StoppingCondition.MaxRuntimeInSeconds",
    ]);
    expect(
      found({
        InputDataConfig: [
          { ChannelName: "train", DataSource: { S3DataSource: { S3DataType: "Prefix", S3Uri: "s3://b" } } },
        ],
      }),
    ).toEqual(["enum InputDataConfig[0].DataSource.S3DataSource.S3DataType"]);
    expect(found({ Tags: Array.from({ length: 51 }, (_, index) => ({ Key: `k${index}`, Value: "v" })) })).toEqual([
      "max_items Tags",
    ]);
  });

  it("speaks AWS's words and ours", () => {
    const [violation] = checkRequest("CreateTrainingJob", { ...good, TrainingJobName: "a".repeat(64) });
    expect(violation?.constraint).toBe("Member must have length less than or equal to 63");
    expect(violation?.message).toMatch(
      /^'a+' has 64 characters, which is above the limit of 63\. Give at most 63 characters\.$/,
    );
    const [number] = checkRequest("CreateTrainingJob", { ...good, HyperParameters: { depth: 3 } });
    expect(number?.message).toBe('3 is a number where text is due. Write "3".');
  });

  it("lets agreed values stand in for others", () => {
    const input = { ...good, TrainingJobName: undefined, RoleArn: { Get: "Parameters.Role" } };
    const standsIn = (value: unknown) => typeof value === "object" && value !== null && "Get" in value;
    expect(checkRequest("CreateTrainingJob", input, { standsIn, setByOthers: ["TrainingJobName"] })).toEqual([]);
  });

  it("covers the operations of the embedded cloud", () => {
    expect(checkedOperations()).toEqual(
      expect.arrayContaining([
        "CreatePipeline",
        "StartPipelineExecution",
        "CreateEndpoint",
        "UpdateEndpoint",
        "ListModelPackages",
        "AddTags",
      ]),
    );
    expect(checkRequest("NoSuchOperation", {})).toEqual([]);
  });

  it("has patterns that compile, and answers hostile texts at once", () => {
    const hostile = ["a".repeat(80), "-a".repeat(40), " a".repeat(40), "1.".repeat(40), "a/".repeat(40)].map(
      (text) => `${text}\u2028!`,
    );
    const patterns = Object.values(table.shapes).flatMap((shape) => ("p" in shape ? [shape.p] : []));
    const started = process.cpuUsage().user;
    for (const pattern of patterns)
      for (const text of hostile) expect(typeof toRegExp(pattern).test(text)).toBe("boolean");
    expect(patterns.length).toBeGreaterThan(100);
    expect(process.cpuUsage().user - started).toBeLessThan(5_000_000);
  });
});
