import {
  compile,
  equals,
  localTarget,
  type PipelineDefinition,
  pipeline,
  training,
  validateDefinition,
  when,
  withPlacement,
} from "@sagewright/pipeline";
import { churn } from "./churn-example";

// biome-ignore lint/suspicious/noExplicitAny: tests look into definitions freely
type Loose = any;

const job = (json: string): Loose =>
  (JSON.parse(json) as { Steps: Loose[] }).Steps.find(({ Type }) => Type === "Tuning").Arguments.TrainingJobDefinition;

const definition = (job: object): PipelineDefinition => ({
  Version: "2020-12-01",
  Steps: [{ Name: "Train", Type: "Training", Arguments: job as Loose }],
});
const placed = (arguments_: object, placement: Parameters<typeof withPlacement>[1]): Loose =>
  JSON.parse(withPlacement(JSON.stringify(definition(arguments_)), placement)).Steps[0].Arguments;

const spot = {
  EnableManagedSpotTraining: true,
  StoppingCondition: { MaxRuntimeInSeconds: 600, MaxWaitTimeInSeconds: 900 },
  CheckpointConfig: { S3Uri: "s3://bucket/checkpoints" },
};

describe("training jobs of a place", () => {
  it("run on demand where it says so, with their checkpoints", () => {
    const onDemand = { StoppingCondition: { MaxRuntimeInSeconds: 600 }, CheckpointConfig: spot.CheckpointConfig };
    expect(placed(spot, { spot: false })).toEqual(onDemand);
    expect(placed(onDemand, { spot: false })).toEqual(onDemand);
    expect(placed(spot, { spot: true })).toEqual(spot);
  });

  it("get its limits, the wait never shorter than the run", () => {
    const limits = (placement: Parameters<typeof withPlacement>[1]) => placed(spot, placement).StoppingCondition;
    expect(limits({ maxRuntimeSeconds: 1_200 })).toEqual({ MaxRuntimeInSeconds: 1_200, MaxWaitTimeInSeconds: 1_200 });
    expect(limits({ maxRuntimeSeconds: 300 })).toEqual({ MaxRuntimeInSeconds: 300, MaxWaitTimeInSeconds: 900 });
    expect(limits({ maxWaitSeconds: 300 })).toEqual({ MaxRuntimeInSeconds: 300, MaxWaitTimeInSeconds: 300 });
    expect(limits({ maxWaitSeconds: 7_200 })).toEqual({ MaxRuntimeInSeconds: 600, MaxWaitTimeInSeconds: 7_200 });
    expect(limits({ maxWaitSeconds: 7_200, spot: false })).toEqual({ MaxRuntimeInSeconds: 600 });
    const parameter = { Get: "Parameters.Limit" };
    const given = { ...spot, StoppingCondition: { MaxRuntimeInSeconds: parameter, MaxWaitTimeInSeconds: parameter } };
    expect(placed(given, { maxWaitSeconds: 60 }).StoppingCondition).toEqual({
      MaxRuntimeInSeconds: 60,
      MaxWaitTimeInSeconds: 60,
    });
  });

  it("are found in tuning steps and in branches, and what is compiled for the place is valid", () => {
    const target = { ...localTarget, training: { spot: false } };
    expect(job(compile(churn).json).EnableManagedSpotTraining).toBe(true);
    const compiled = compile(churn, target);
    expect(job(compiled.json)).not.toHaveProperty("EnableManagedSpotTraining");
    expect(validateDefinition(compiled.definition)).toEqual([]);
    expect(withPlacement(compile(churn).json, { spot: false })).toBe(compiled.json);
    const branches = pipeline("p", ({ parameter }) =>
      when("If", equals(parameter.string("Kind"), "a")).then(
        training("Train", { image: "repo/image:1", spot: { maxWaitSeconds: 60 } }),
      ),
    );
    expect(compile(branches).json).toContain("EnableManagedSpotTraining");
    expect(compile(branches, target).json).not.toContain("EnableManagedSpotTraining");
  });

  it("leave everything else as it was written", () => {
    const text = JSON.stringify(definition({ ...spot, HyperParameters: { rate: 1 } })).replace(":1}", ":1.0}");
    expect(withPlacement(text, { spot: false })).toContain('"rate":1.0');
  });
});
