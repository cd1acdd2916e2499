import { decide, definePolicy, PolicyInvalidError, usualPolicy, valueTierOf } from "@sagewright/serving";
import fc from "fast-check";

const tierOf = (probability: number, lifetimeValue?: number): string =>
  decide(usualPolicy, { probability, threshold: 0.3, ...(lifetimeValue === undefined ? {} : { lifetimeValue }) }).tier
    .tier;

describe("the usual policy", () => {
  test.each([
    [1, "CRITICAL"],
    [0.6, "CRITICAL"],
    [0.5999, "HIGH PRIORITY"],
    [0.3, "HIGH PRIORITY"],
    [0.2999, "PROACTIVE"],
    [0.22, "PROACTIVE"],
    [0.2199, "MONITOR"],
    [0.15, "MONITOR"],
    [0.1499, "NURTURE"],
    [0.05, "NURTURE"],
    [0.0499, "MAINTAIN"],
    [0, "MAINTAIN"],
  ])("without a lifetime value, %d is %s", (probability, tier) => expect(tierOf(probability)).toBe(tier));

  test.each([
    [0.31, 1000, "CRITICAL"],
    [0.99, 999, "HIGH PRIORITY"],
    [0.15, 5000, "PROACTIVE"],
    [0.29, 0, "MONITOR"],
    [0, 1000, "NURTURE"],
    [0.14, 10, "MAINTAIN"],
  ])("at %d with a lifetime value of %d it is %s", (probability, value, tier) =>
    expect(tierOf(probability, value)).toBe(tier),
  );

  test.each([
    [0.3, true, 0],
    [1, true, 1],
    [0, false, 1],
    [0.15, false, 0.5],
    [0.65, true, 0.5],
  ])("at %d decides %s with confidence %d", (probability, positive, confidence) => {
    expect(decide(usualPolicy, { probability, threshold: 0.3 })).toMatchObject({ positive, confidence });
  });

  test("has a tier for every probability, and a higher one never for a lower probability", () => {
    const order = ["MAINTAIN", "NURTURE", "MONITOR", "PROACTIVE", "HIGH PRIORITY", "CRITICAL"];
    const probability = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(probability, probability, (a, b) => {
        const [low, high] = [Math.min(a, b), Math.max(a, b)];
        expect(order.indexOf(tierOf(low))).toBeGreaterThanOrEqual(0);
        expect(order.indexOf(tierOf(low))).toBeLessThanOrEqual(order.indexOf(tierOf(high)));
      }),
    );
  });

  test("decides at the ends of the threshold", () => {
    expect(decide(usualPolicy, { probability: 0, threshold: 0 })).toMatchObject({ positive: true, confidence: 0 });
    expect(decide(usualPolicy, { probability: 1, threshold: 1 })).toMatchObject({ positive: true, confidence: 1 });
  });
});

describe("definePolicy", () => {
  test("reports every problem at once", () => {
    const [first, second] = usualPolicy.bands;
    const wrong = {
      ...usualPolicy,
      bands: [
        { ...second, upperFrom: 0.9 },
        { ...first, upperFrom: 0.1 },
      ],
    };
    const refused = () => definePolicy(wrong);
    expect(refused).toThrow(PolicyInvalidError);
    expect(refused).toThrow(
      [
        "The decision policy is not valid:",
        "  bands.1.from: 0.3 is not below the band before, 0.15. List the highest band first.",
        "  bands.1.upperFrom: 0.1 is outside its band, 0.3 to 0.15. Give a probability inside it.",
        "  bands.1.from: 0.3 leaves lower probabilities without a tier. Start the last band at 0.",
      ].join("\n"),
    );
  });

  test("reads format 1, which knew customers as valuable or not", () => {
    const { format: _, lifetimeValue: __, ...rest } = usualPolicy;
    const read = definePolicy({ ...rest, format: 1, valuableFrom: 1000 });
    expect(read.format).toBe(2);
    expect([1000, 999.9, -5].map((value) => valueTierOf(read, value))).toEqual([
      { tier: "VALUABLE", from: 1000, takes: "upper" },
      ...Array(2).fill({ tier: "USUAL", from: 0, takes: "lower" }),
    ]);
    expect(definePolicy({ ...rest, format: 1, valuableFrom: 0 }).lifetimeValue.tiers).toHaveLength(1);
    expect(() => definePolicy({ ...rest, format: 1, valuableFrom: "much" })).toThrow(PolicyInvalidError);
  });

  test("holds the tiers of the lifetime value to their order", () => {
    const tiers = [
      { tier: "LOW", from: 10, takes: "lower" },
      { tier: "LOW", from: 10, takes: "upper" },
    ];
    expect(() => definePolicy({ ...usualPolicy, lifetimeValue: { tiers } })).toThrow(
      [
        "The decision policy is not valid:",
        "  lifetimeValue.tiers.1.from: 10 is not below the tier before, 10. List the highest tier first.",
        '  lifetimeValue.tiers.1.takes: "upper" comes below a tier that takes "lower". Let the more valuable take "upper".',
        '  lifetimeValue.tiers.1.tier: "LOW" is given more than once. Give each tier a name of its own.',
      ].join("\n"),
    );
  });

  test.each([[{}], [null], [{ ...usualPolicy, bands: [] }], [{ ...usualPolicy, colour: "red" }]])(
    "refuses %#",
    (policy) => {
      expect(() => definePolicy(policy)).toThrow(PolicyInvalidError);
    },
  );
});
