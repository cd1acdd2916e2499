import { CreateModel$, CreateTrainingJob$, DescribeTrainingJob$ } from "@aws-sdk/client-sagemaker";
import { inputShape, outputShape, requiredMembers } from "../../../src/protocol/model";
import { readJson, writeJson } from "../../../src/protocol/shapes/json-shape";

const options = { jsonNames: false };
const read = (value: unknown) => readJson(inputShape(CreateTrainingJob$), value, options);

describe("JSON read by the service's own schemas", () => {
  test("members that the shape lacks and nulls are dropped, the rest is kept", () => {
    expect(
      read({
        TrainingJobName: "a",
        Nonsense: 1,
        RoleArn: null,
        HyperParameters: { depth: "3", gone: null },
        Tags: [{ Key: "k", Value: "v", Extra: 1 }],
      }),
    ).toEqual({ TrainingJobName: "a", HyperParameters: { depth: "3" }, Tags: [{ Key: "k", Value: "v" }] });
  });

  test("a value of the wrong type is refused with its path", () => {
    const refused = (value: unknown, message: string) => expect(() => read(value)).toThrow(message);
    refused({ TrainingJobName: 1 }, "TrainingJobName must be a string, not 1.");
    refused({ Tags: {} }, "Tags must be a list, not a structure.");
    refused({ Tags: [{ Key: "a" }, { Key: [] }] }, "Tags.2.member.Key must be a string, not a list.");
    refused(
      { StoppingCondition: { MaxRuntimeInSeconds: "60" } },
      "StoppingCondition.MaxRuntimeInSeconds must be a number, not a string.",
    );
    refused([], "The request must be a structure, not a list.");
  });

  test("a member called __proto__ stays a member", () => {
    const value = read(JSON.parse('{"HyperParameters": {"__proto__": "x"}}')) as { HyperParameters: object };
    expect(Object.keys(value.HyperParameters)).toEqual(["__proto__"]);
    expect(Object.getPrototypeOf(value.HyperParameters)).toBe(Object.prototype);
  });

  test("times travel as seconds with milliseconds and come back as they were", () => {
    const shape = outputShape(DescribeTrainingJob$);
    const output = { CreationTime: new Date("2026-11-21T08:00:00.123Z"), Unset: undefined };
    const wire = writeJson(shape, output, options);
    expect(wire).toEqual({ CreationTime: 1795248000.123 });
    expect(readJson(shape, wire, options)).toEqual({ CreationTime: new Date("2026-11-21T08:00:00.123Z") });
  });

  test("required members are those of the service model", () => {
    expect(requiredMembers(inputShape(CreateModel$))).toEqual(["ModelName"]);
    expect(requiredMembers(inputShape(CreateTrainingJob$))).toContain("RoleArn");
  });
});
