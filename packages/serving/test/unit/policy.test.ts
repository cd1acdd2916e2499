import { decide, definePolicy, PolicyInvalidError, telecomPolicy } from "@sagewright/serving";
import fc from "fast-check";

const tierOf = (probability: number, lifetimeValue?: number): string =>
  decide(telecomPolicy, { probability, threshold: 0.3, ...(lifetimeValue === undefined ? {} : { lifetimeValue }) }).tier
    .tier;

describe("the telecom policy", () => {
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
    expect(decide(telecomPolicy, { probability, threshold: 0.3 })).toMatchObject({ positive, confidence });
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
    expect(decide(telecomPolicy, { probability: 0, threshold: 0 })).toMatchObject({ positive: true, confidence: 0 });
    expect(decide(telecomPolicy, { probability: 1, threshold: 1 })).toMatchObject({ positive: true, confidence: 1 });
  });
});

describe("definePolicy", () => {
  test("reports every problem at once", () => {
    const [first, second] = telecomPolicy.bands;
    const wrong = {
      ...telecomPolicy,
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

  test.each([[{}], [null], [{ ...telecomPolicy, bands: [] }], [{ ...telecomPolicy, colour: "red" }]])(
    "refuses %#",
    (policy) => {
      expect(() => definePolicy(policy)).toThrow(PolicyInvalidError);
    },
  );
});
