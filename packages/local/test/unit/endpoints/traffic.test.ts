import fc from "fast-check";
import { trafficSplitter } from "../../../src/services/sagemaker-runtime/traffic";

describe("traffic", () => {
  it("is off each variant's share by less than one request for each variant, over any stretch", () => {
    const weights = fc
      .array(fc.integer({ min: 0, max: 10 }), { minLength: 1, maxLength: 4 })
      .filter((all) => all.some((weight) => weight > 0));
    fc.assert(
      fc.property(weights, fc.integer({ min: 1, max: 200 }), (all, requests) => {
        const variants = all.map((weight, index) => ({ name: `v${index}`, weight }));
        const total = all.reduce((sum, weight) => sum + weight, 0);
        const choose = trafficSplitter();
        const counts = new Map<string, number>();
        for (let index = 0; index < requests; index += 1) {
          const name = choose("e", variants);
          counts.set(name, (counts.get(name) ?? 0) + 1);
        }
        return variants.every(
          ({ name, weight }) => Math.abs((counts.get(name) ?? 0) - (requests * weight) / total) < all.length,
        );
      }),
    );
  });

  it("gives a variant of weight zero nothing, and all zero an equal share", () => {
    const choose = trafficSplitter();
    const pair = (a: number, b: number) => [
      { name: "a", weight: a },
      { name: "b", weight: b },
    ];
    expect(Array.from({ length: 10 }, () => choose("e", pair(1, 0)))).toEqual(Array(10).fill("a"));
    const equal = Array.from({ length: 10 }, () => choose("f", pair(0, 0)));
    expect(equal.filter((name) => name === "a")).toHaveLength(5);
  });
});
