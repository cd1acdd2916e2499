import fc from "fast-check";
import { drawGrid, drawRandom, drawSpread } from "../../../src/services/sagemaker/tuning/draw";
import {
  combinations,
  type Dimension,
  searchSpace,
  valueAt,
} from "../../../src/services/sagemaker/tuning/search-space";

const numbers = fc
  .tuple(fc.integer({ min: 1, max: 1000 }), fc.integer({ min: 0, max: 1000 }))
  .map(([low, width]) => ({ low, high: low + width }));
const scaling = fc.constantFrom("Linear" as const, "Logarithmic" as const);
const dimension = (name: string): fc.Arbitrary<Dimension> =>
  fc.oneof(
    fc
      .tuple(numbers, scaling, fc.constantFrom("integer" as const, "continuous" as const))
      .map(([range, how, kind]) => ({
        kind,
        name,
        ...range,
        scaling: how,
      })),
    fc
      .array(fc.string({ minLength: 1 }), { minLength: 1, maxLength: 5 })
      .map((values) => ({ kind: "categorical" as const, name, values })),
  );
const space = fc.tuple(dimension("a"), dimension("b"), dimension("c"));

const inRange = (where: Dimension, text: string | undefined): boolean => {
  if (where.kind === "categorical") return where.values.includes(text ?? "");
  const value = Number(text);
  return value >= where.low && value <= where.high && (where.kind === "continuous" || Number.isInteger(value));
};

describe("the search space", () => {
  it("never leaves a range, at whatever point", () => {
    const unit = fc.oneof(fc.constant(0), fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }));
    fc.assert(fc.property(dimension("x"), unit, (where, at) => inRange(where, valueAt(where, at))));
  });

  it("reaches both ends of an integer range", () => {
    const where: Dimension = { kind: "integer", name: "x", low: 3, high: 16, scaling: "Linear" };
    expect([valueAt(where, 0), valueAt(where, 1 - 1e-12)]).toEqual(["3", "16"]);
    const seen = new Set(Array.from({ length: 1400 }, (_, index) => valueAt(where, index / 1400)));
    expect(seen.size).toBe(14);
  });

  it("lays logarithmic and reverse logarithmic ranges out by ratio", () => {
    const log: Dimension = { kind: "continuous", name: "x", low: 0.0001, high: 1, scaling: "Logarithmic" };
    expect(Number(valueAt(log, 0.5))).toBeCloseTo(0.01, 10);
    const reverse: Dimension = { kind: "continuous", name: "x", low: 0.9, high: 0.999, scaling: "ReverseLogarithmic" };
    expect(Number(valueAt(reverse, 0.5))).toBeCloseTo(0.99, 10);
  });

  it("draws in range and the same for the same seed and number", () => {
    fc.assert(
      fc.property(space, fc.integer(), fc.integer({ min: 1, max: 20 }), (where, seed, index) => {
        const draws = [drawRandom(where, seed, index, []), drawSpread(where, seed, Math.min(index, 8), 8)];
        const again = [drawRandom(where, seed, index, []), drawSpread(where, seed, Math.min(index, 8), 8)];
        expect(again).toEqual(draws);
        return draws.every((drawn) => where.every((one) => inRange(one, drawn[one.name])));
      }),
    );
  });

  it("spreads opening trials evenly: every tenth of a range has exactly one of ten", () => {
    const where: Dimension[] = [{ kind: "continuous", name: "x", low: 0, high: 10, scaling: "Linear" }];
    for (const seed of [0, 1, 42]) {
      const tenths = Array.from({ length: 10 }, (_, index) =>
        Math.floor(Number(drawSpread(where, seed, index + 1, 10).x)),
      );
      expect([...tenths].sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    }
  });

  it("draws no combination twice while there are others", () => {
    const where: Dimension[] = [{ kind: "categorical", name: "k", values: ["a", "b", "c", "d"] }];
    const drawn: Record<string, string>[] = [];
    for (let index = 1; index <= 4; index += 1) drawn.push(drawRandom(where, 3, index, drawn));
    expect(new Set(drawn.map(({ k }) => k)).size).toBe(4);
  });

  it("walks a grid without leaving a combination out", () => {
    const choices = fc.uniqueArray(fc.string(), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(choices, choices, (first, second) => {
        const where: Dimension[] = [
          { kind: "categorical", name: "a", values: first },
          { kind: "categorical", name: "b", values: second },
        ];
        const all = combinations(where);
        const seen = new Set(Array.from({ length: all }, (_, index) => JSON.stringify(drawGrid(where, index + 1))));
        return all === first.length * second.length && seen.size === all;
      }),
    );
  });

  it.each([
    [
      { IntegerParameterRanges: [{ Name: "n", MinValue: "1.5", MaxValue: "2" }] },
      'Hyperparameter n: MinValue "1.5" is not a whole number.',
    ],
    [
      { IntegerParameterRanges: [{ Name: "n", MinValue: "3", MaxValue: "2" }] },
      "Hyperparameter n: MinValue 3 is greater than MaxValue 2.",
    ],
    [
      { ContinuousParameterRanges: [{ Name: "r", MinValue: "0", MaxValue: "1", ScalingType: "Logarithmic" as const }] },
      "Hyperparameter r: Logarithmic scaling needs a MinValue greater than 0, not 0.",
    ],
    [
      {
        ContinuousParameterRanges: [
          { Name: "r", MinValue: "0", MaxValue: "1", ScalingType: "ReverseLogarithmic" as const },
        ],
      },
      "Hyperparameter r: ReverseLogarithmic scaling is for continuous ranges within 0 <= x < 1, not 0 to 1.",
    ],
    [{}, "No hyperparameter range is given. Give at least one to search."],
  ])("refuses an impossible range: %j", (ranges, message) => {
    expect(() => searchSpace(ranges)).toThrow(message);
  });
});
