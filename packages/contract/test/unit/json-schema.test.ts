import {
  boolean,
  type Contract,
  category,
  checkRow,
  defineContract,
  exampleRow,
  integer,
  jsonSchema,
  number,
  parseRow,
  toJsonRow,
} from "@sagewright/contract";
import Ajv from "ajv/dist/2020";
import fc from "fast-check";

const contract = defineContract({
  name: "schema",
  id: ["customer"],
  ignore: ["surname"],
  target: { column: "churn", positive: "yes", negative: "no" },
  columns: {
    plan: category(["basic", "415", "1.0"], { description: "The tariff." }),
    mood: category(["good", "7"], { unknown: "ignore" }),
    must: category(["a.b"], { unknown: "ignore", required: true }),
    active: boolean({ true: ["yes", "1"], false: ["no", "0"], required: true }),
    age: integer({ minimum: 18, maximum: 99, unit: "years" }),
    spend: number({ minimum: -0.5, required: true, changeable: true }),
  },
});

const validate = new Ajv({ strict: false }).compile(jsonSchema(contract));

describe("jsonSchema", () => {
  test("says what a column is, its unit and its range", () => {
    const { properties } = jsonSchema(contract) as { properties: Record<string, unknown> };
    expect(properties.age).toEqual({
      title: "age",
      description: "Unit: years. null when not known.",
      type: ["integer", "null"],
      minimum: 18,
      maximum: 99,
      examples: [38],
      "x-unit": "years",
    });
    expect(properties.plan).toEqual({
      title: "plan",
      description: "The tariff. null when not known.",
      enum: ["basic", "415", 415, "1.0", null],
      examples: ["basic"],
    });
  });

  test("accepts exactly the rows that checkRow accepts (judged by Ajv)", () => {
    const scalar = fc.constantFrom<unknown>(
      "basic",
      "415",
      415,
      1,
      0,
      "1.0",
      "good",
      "7",
      7,
      "",
      "?",
      " NA ",
      "\u00a0None",
      "a.b",
      "axb",
      true,
      false,
      "yes",
      "Yes",
      18,
      17,
      99,
      100,
      30.5,
      30,
      -0.5,
      -0.6,
      1e300,
      null,
      "30",
    );
    const value = fc.oneof({ weight: 20, arbitrary: scalar }, { weight: 1, arbitrary: fc.jsonValue() });
    const likely = {
      plan: fc.constantFrom<unknown>("basic", 415, null),
      mood: fc.constantFrom<unknown>("sour", 7, null),
      must: fc.constantFrom<unknown>("a.b", "other"),
      active: fc.constantFrom<unknown>(true, "no", 1),
      age: fc.constantFrom<unknown>(18, 40, null),
      spend: fc.constantFrom<unknown>(0, -0.5, 1e9),
    };
    const fields = Object.fromEntries(
      Object.entries(likely).map(([name, good]) => [
        name,
        fc.oneof({ weight: 9, arbitrary: good }, { weight: 1, arbitrary: value }),
      ]),
    );
    const row = fc.record(
      { ...fields, customer: value, surname: value, churn: value, extra: value },
      { requiredKeys: Object.keys(fields) as never },
    );
    const rows = fc.oneof(
      { weight: 9, arbitrary: row },
      { weight: 1, arbitrary: fc.record(fields, { requiredKeys: [] }) },
      { weight: 1, arbitrary: fc.jsonValue() },
    );
    let accepted = 0;
    fc.assert(
      fc.property(rows, (candidate) => {
        const { ok } = checkRow(contract, candidate);
        if (ok) accepted += 1;
        expect(validate(candidate)).toBe(ok);
      }),
      { numRuns: 5000 },
    );
    expect(accepted).toBeGreaterThan(50);
  });
});

describe("exampleRow", () => {
  const ranges = fc.option(fc.tuple(fc.integer({ min: -1000, max: 1000 }), fc.nat(2000)), { nil: undefined });

  test("keeps the contract whatever the ranges are", () => {
    fc.assert(
      fc.property(ranges, ranges, fc.boolean(), (whole, real, onlyMaximum) => {
        const limits = (range: [number, number] | undefined, scale: number) => {
          if (range === undefined) return {};
          const [minimum, width] = [range[0] * scale, range[1] * scale];
          return onlyMaximum ? { maximum: minimum + width } : { minimum, maximum: minimum + width };
        };
        const ranged: Contract = defineContract({
          name: "example",
          target: { column: "y", positive: "1", negative: "0" },
          columns: {
            whole: integer(limits(whole, 1)),
            real: number(limits(real, 0.0137)),
            plan: category(["a"]),
            on: boolean({ true: "t", false: "f" }),
          },
        });
        expect(checkRow(ranged, exampleRow(ranged))).toEqual({ ok: true, values: expect.anything() });
      }),
    );
  });

  test("comes back from canonical values", () => {
    const example = exampleRow(contract);
    expect(toJsonRow(contract, parseRow(contract, example))).toEqual(example);
  });
});
