import { compile, fail, type Pipeline, pipeline, processing, training } from "@sagewright/pipeline";
import { diffDefinitions } from "../../src/index";

const image = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.2-1-cpu-py3";

interface Variant {
  depth?: number;
  volume?: number;
  bucket?: string;
  cache?: boolean;
  extra?: boolean;
}

function variant({ depth = 6, volume = 30, bucket = "s3://b/one", cache = true, extra = false }: Variant): string {
  const made: Pipeline = pipeline("example", ({ parameter }) => {
    const input = parameter.string("Input", { default: bucket });
    const prepared = processing("Prepare", {
      image,
      instances: { volumeGb: volume },
      inputs: { data: { uri: input, path: "/opt/ml/processing/input/data" } },
      outputs: { train: "/opt/ml/processing/output/train" },
    });
    const trained = training("Train", {
      image,
      cache,
      channels: { train: prepared.outputs.train },
      hyperparameters: { max_depth: depth },
    });
    return extra ? [trained, fail("Never", "no")] : trained;
  });
  return compile(made).json;
}

describe("diffDefinitions", () => {
  it("finds nothing between equal definitions, whatever their spacing", () => {
    const one = variant({});
    const none = { same: true, envelope: [], steps: [], losesCache: [] };
    expect(diffDefinitions(one, JSON.stringify(JSON.parse(one), null, 4))).toEqual(none);
  });

  it("names a changed attribute with its path, and the step that loses its cache by it", () => {
    const { steps, losesCache } = diffDefinitions(variant({}), variant({ depth: 9 }));
    expect(steps).toEqual([
      {
        step: "Train",
        type: "Training",
        change: "changed",
        attributes: [{ path: "Arguments.HyperParameters.max_depth", before: "6", after: "9" }],
      },
    ]);
    expect(losesCache).toEqual([{ step: "Train", reason: "HyperParameters.max_depth changed" }]);
  });

  it("keeps the cache when only the machine changes", () => {
    const { steps, losesCache } = diffDefinitions(variant({}), variant({ volume: 50 }));
    expect(steps.map(({ step }) => step)).toEqual(["Prepare"]);
    expect(losesCache).toEqual([]);
  });

  it("follows a changed default through the steps that read new output", () => {
    const { envelope, losesCache } = diffDefinitions(variant({}), variant({ bucket: "s3://b/two" }));
    expect(envelope).toEqual([{ path: "Parameters.Input.DefaultValue", before: "s3://b/one", after: "s3://b/two" }]);
    expect(losesCache).toEqual([
      { step: "Prepare", reason: "the default of parameter Input changed" },
      { step: "Train", reason: "it reads new output of Prepare" },
    ]);
  });

  it("tells steps added and removed, and a cache that is turned off", () => {
    const added = diffDefinitions(variant({}), variant({ extra: true, cache: false }));
    expect(added.steps.map(({ step, change }) => `${step} ${change}`)).toEqual(["Train changed", "Never added"]);
    expect(added.losesCache).toEqual([{ step: "Train", reason: "its cache is turned off" }]);
    expect(diffDefinitions(variant({ extra: true }), variant({})).steps).toMatchObject([
      { step: "Never", change: "removed" },
    ]);
  });
});
