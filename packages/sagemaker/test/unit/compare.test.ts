import { compareModels, deLongTest, mayReplace } from "../../src/index";

const labels = [true, true, true, false, false, false];

describe("compareModels", () => {
  const evaluation = {
    rows: 100,
    positives: 20,
    metrics: { roc_auc: 0.9, precision: 0.5 },
    threshold: { value: 0.5 },
    segments: [{ column: "plan", value: "basic", roc_auc: 0.8 }],
  };
  const contract = { name: "c", columns: [{ name: "tenure", type: "integer" }] };

  it("sets figures, segments and contracts side by side", () => {
    const after = {
      evaluation: {
        ...evaluation,
        metrics: { roc_auc: 0.95 },
        threshold: { value: 0.4 },
        segments: [{ column: "plan", value: "basic", roc_auc: 0.75 }],
      },
      contract: {
        ...contract,
        columns: [
          { name: "plan", type: "category" },
          { name: "tenure", type: "number" },
        ],
      },
    };
    const compared = compareModels({ evaluation, contract }, after);
    expect(compared.metrics).toMatchObject([
      { name: "roc_auc", before: 0.9, after: 0.95 },
      { name: "precision", before: 0.5 },
    ]);
    expect(compared.metrics[1]).not.toHaveProperty("difference");
    expect(compared.threshold.difference).toBeCloseTo(-0.1);
    expect(compared.segments).toMatchObject([{ name: "plan=basic", before: 0.8, after: 0.75 }]);
    expect(compared.contract).toEqual([
      { path: "columns.tenure.type", before: "integer", after: "number" },
      { path: "columns.plan", before: undefined, after: { name: "plan", type: "category" } },
    ]);
    expect(compared.sameTestSize).toBe(true);
  });

  it("says nothing of a contract it does not have", () => {
    expect(compareModels({ evaluation }, { evaluation })).not.toHaveProperty("contract");
  });
});

describe("deLongTest", () => {
  it("finds no difference between a model and itself", () => {
    const champion = [0.9, 0.8, 0.3, 0.4, 0.2, 0.1];
    // 8 of 9 pairs are in order.
    expect(deLongTest({ labels, champion, challenger: champion })).toMatchObject({ champion: 8 / 9, z: 0, pValue: 1 });
  });

  it("refuses scores that are not of the same rows, are not finite, or know one class only", () => {
    const champion = [1, 2, 3, 4, 5, 6];
    const unusable = expect.objectContaining({ code: "scores_unusable" }) as Error;
    expect(() => deLongTest({ labels, champion, challenger: [1] })).toThrow(unusable);
    expect(() => deLongTest({ labels, champion, challenger: [1, 2, 3, 4, 5, Number.NaN] })).toThrow(unusable);
    expect(() => deLongTest({ labels: labels.map(() => true), champion, challenger: champion })).toThrow(unusable);
  });
});

test("a challenger replaces the champion only when it is good enough and not worse beyond the margin", () => {
  const result = {
    champion: 0.9,
    challenger: 0.895,
    difference: -0.005,
    standardError: 0.002,
    z: -2.5,
    pValue: 0.01,
    low: 0,
    high: 0,
  };
  expect(mayReplace(result)).toBe(true);
  expect(mayReplace(result, { margin: 0.005 })).toBe(false);
  expect(mayReplace(result, { minimumAuc: 0.9 })).toBe(false);
});
