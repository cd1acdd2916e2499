import { cacheKeyAttributes, explainMiss } from "@sagewright/pipeline";

const request = {
  AlgorithmSpecification: { TrainingImage: "i:1" },
  HyperParameters: { depth: "3", seed: "1" },
  ResourceConfig: { InstanceType: "ml.m5.large" },
  OutputDataConfig: { S3OutputPath: "s3://b/run-1" },
};

describe("cacheKeyAttributes", () => {
  it("holds what decides whether a result fits, and nothing else", () => {
    expect(cacheKeyAttributes("Training", request)).toEqual({
      AlgorithmSpecification: { TrainingImage: "i:1" },
      HyperParameters: { depth: "3", seed: "1" },
    });
    expect(cacheKeyAttributes("Lambda", { event: 1 }, { FunctionArn: "arn" })).toEqual({
      FunctionArn: "arn",
      Arguments: { event: 1 },
    });
    expect(cacheKeyAttributes("Fail", {})).toBeUndefined();
  });

  it("takes only the named parts of a tuning job's training definition", () => {
    const key = cacheKeyAttributes("Tuning", {
      TrainingJobDefinition: { StaticHyperParameters: { a: "1" }, RoleArn: "r" },
    });
    expect(key).toEqual({ "TrainingJobDefinition.StaticHyperParameters": { a: "1" } });
  });
});

describe("explainMiss", () => {
  it("names each changed place with both values", () => {
    const before = cacheKeyAttributes("Training", request) ?? {};
    const after = cacheKeyAttributes("Training", { ...request, HyperParameters: { depth: "4", extra: "x" } }) ?? {};
    expect(explainMiss(before, after)).toEqual([
      { path: "HyperParameters.depth", before: "3", after: "4" },
      { path: "HyperParameters.seed", before: "1", after: undefined },
      { path: "HyperParameters.extra", before: undefined, after: "x" },
    ]);
    expect(explainMiss(before, before)).toEqual([]);
  });
});
