import {
  type Json,
  parsePath,
  parseReference,
  printPath,
  type ResolutionContext,
  ResolutionError,
  references,
  resolveExpression,
} from "@sagewright/pipeline";
import fc from "fast-check";

const context: ResolutionContext = {
  parameter: (name) => ({ Bucket: "b", Depth: 3, Rate: 0.5, Flag: true })[name],
  execution: (variable) => (variable === "PipelineExecutionId" ? "abc123" : undefined),
  step: (name) =>
    name === "P"
      ? {
          ProcessingOutputConfig: { Outputs: [{ OutputName: "train", S3Output: { S3Uri: "s3://b/train" } }] },
          FinalMetricDataList: [{ MetricName: "validation:auc", Value: 0.9 }],
          HyperParameters: { "a.b": "1" },
        }
      : undefined,
  propertyFile: (step, name) => (step === "P" && name === "F" ? { m: { auc: [0.1, 0.7] } } : undefined),
  document: (uri) => (uri === "s3://b/results.json" ? { Result: { auc: 1 } } : undefined),
};

describe("references", () => {
  it("are read into their parts", () => {
    expect(parseReference("Steps.Tune.TrainingJobSummaries[0].TrainingJobName")).toEqual({
      kind: "step",
      step: "Tune",
      path: ["TrainingJobSummaries", 0, "TrainingJobName"],
    });
    expect(parseReference("Steps.P.Outputs['a.b'].X")).toEqual({
      kind: "step",
      step: "P",
      path: ["Outputs", "a.b", "X"],
    });
    expect(parseReference("Parameters.My-Name")).toEqual({ kind: "parameter", name: "My-Name" });
    expect(parseReference("Execution.PipelineName")).toEqual({ kind: "execution", variable: "PipelineName" });
    expect(parseReference("ForEach.CurrentItem.name")).toEqual({ kind: "item", path: ["name"] });
    expect(parseReference("Steps")).toEqual({ kind: "unknown", text: "Steps" });
    expect(parseReference("Steps.P..X")).toEqual({ kind: "unknown", text: "Steps.P..X" });
  });

  it("are found with their places", () => {
    const value = {
      A: [{ Get: "Parameters.X" }],
      B: { "Std:JsonGet": { PropertyFile: { Get: "Steps.S.PropertyFiles.F" }, Path: "a.b" } },
    };
    expect(references(value).map(({ text, path, jsonPath }) => [text, path, jsonPath])).toEqual([
      ["Parameters.X", "A[0]", undefined],
      ["Steps.S.PropertyFiles.F", "B.Std:JsonGet.PropertyFile", "a.b"],
    ]);
  });

  it("print and parse paths to the same segments", () => {
    const name = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_:-]{0,8}$/);
    const segment = fc.oneof(name, fc.nat(60));
    fc.assert(
      fc.property(fc.array(segment, { maxLength: 6 }), (path) => {
        const keys = new Set(path.flatMap((one, index) => (typeof one === "string" && one.length > 4 ? [index] : [])));
        expect(parsePath(printPath(path, keys))).toEqual(path);
      }),
    );
  });

  it("never make the parser throw", () => {
    fc.assert(fc.property(fc.string(), (text) => parseReference(text).kind !== undefined));
  });
});

describe("resolveExpression", () => {
  it("replaces references of every kind", () => {
    expect(resolveExpression({ Get: "Steps.P.ProcessingOutputConfig.Outputs['train'].S3Output.S3Uri" }, context)).toBe(
      "s3://b/train",
    );
    expect(resolveExpression({ Get: "Steps.P.FinalMetricDataList['validation:auc'].Value" }, context)).toBe(0.9);
    expect(resolveExpression({ Get: "Steps.P.HyperParameters['a.b']" }, context)).toBe("1");
    expect(resolveExpression([{ Get: "Parameters.Depth" }, { x: { Get: "Parameters.Flag" } }], context)).toEqual([
      3,
      { x: true },
    ]);
  });

  it("joins and reads JSON", () => {
    const uri: Json = {
      "Std:Join": {
        On: "/",
        Values: ["s3:/", { Get: "Parameters.Bucket" }, { "Std:Join": { On: "", Values: ["results", ".json"] } }],
      },
    };
    expect(resolveExpression(uri, context)).toBe("s3://b/results.json");
    expect(resolveExpression({ "Std:JsonGet": { S3Uri: uri, Path: "Result['auc']" } }, context)).toBe(1);
    expect(
      resolveExpression(
        { "Std:JsonGet": { PropertyFile: { Get: "Steps.P.PropertyFiles.F" }, Path: "m.auc[1]" } },
        context,
      ),
    ).toBe(0.7);
  });

  it("names what it cannot resolve", () => {
    expect(() => resolveExpression({ Get: "Parameters.Nothing" }, context)).toThrow(ResolutionError);
    expect(() => resolveExpression({ Get: "Steps.P.Nope[0]" }, context)).toThrow(
      "Steps.P.Nope[0] cannot be resolved. There is nothing at this path.",
    );
    expect(() => resolveExpression({ Get: "Steps.P.constructor" }, context)).toThrow(ResolutionError);
  });

  it("leaves values without expressions as they are", () => {
    const plain = fc
      .jsonValue()
      .map((value) =>
        JSON.parse(JSON.stringify(value, (key, member) => (/^(Get$|Std:)/.test(key) ? undefined : member)) ?? "null"),
      );
    fc.assert(fc.property(plain, (value) => expect(resolveExpression(value, context)).toEqual(value)));
  });
});
