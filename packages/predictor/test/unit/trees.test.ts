import fc from "fast-check";
import { loadPredictor } from "../../src/index";
import { FastWalk } from "../../src/trees/fast-walk";
import { Ranks } from "../../src/trees/ranks";
import type { TreeStructure } from "../../src/trees/structure";
import { findLeaf } from "../../src/trees/walk";
import { fixture, rows } from "../support/fixtures";

const double = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.integer({ min: -5, max: 5 }).map(Number),
  fc.constantFrom(0, -0, 5e-324, -5e-324, 1.7976931348623157e308, -1.7976931348623157e308),
);

test("a value's rank exceeds a threshold's exactly when the value exceeds the threshold", () => {
  fc.assert(
    fc.property(fc.array(double, { maxLength: 60 }), fc.array(double, { maxLength: 20 }), (thresholds, others) => {
      const ranks = new Ranks(Float64Array.from(thresholds));
      expect(ranks.length).toBe(new Set(thresholds.map((threshold) => threshold + 0)).size);
      for (const value of [...others, ...thresholds, Infinity, -Infinity]) {
        for (const threshold of thresholds) {
          expect(ranks.rank(value) > ranks.rank(threshold)).toBe(value > threshold);
        }
      }
    }),
    { seed: 6 },
  );
});

test("nothing exceeds an infinite threshold", () => {
  const ranks = new Ranks(Float64Array.of(1, Infinity, 2));
  expect(ranks.length).toBe(2);
  expect(ranks.rank(Infinity)).toBe(2);
});

interface Node {
  feature: number;
  threshold: number;
  children?: [Node, Node];
}

const { tree } = fc.letrec<{ tree: Node }>((tie) => ({
  tree: fc.record(
    {
      feature: fc.integer({ min: 0, max: 2 }),
      threshold: double,
      children: fc.option(fc.tuple(tie("tree"), tie("tree")), { nil: undefined, depthSize: "medium" }),
    },
    { requiredKeys: ["feature", "threshold"] },
  ) as fc.Arbitrary<Node>,
}));

test("the fast walk reaches the leaves that the plain walk reaches, for any forest and any row", () => {
  const row = fc.array(double, { minLength: 3, maxLength: 3 });
  fc.assert(
    fc.property(
      fc.array(tree, { minLength: 1, maxLength: 19 }),
      fc.array(row, { minLength: 1, maxLength: 20 }),
      (forest, table) => {
        const trees = structure(forest);
        const fast = FastWalk.create(trees, 3);
        if (fast === undefined) throw new Error("WebAssembly is not available");
        const sums = table.map((features) => {
          const found = new Int32Array(forest.length);
          expect(fast.load(Float64Array.from(features), 1)).toBe(true);
          fast.findLeaves(found);
          const plain = found.map((_, index) => findLeaf(trees, index, Float64Array.from(features)));
          expect(found).toEqual(plain);
          return [...plain].reduce((sum, leaf) => sum + (trees.value[leaf] as number), 0.5);
        });
        expect(fast.load(Float64Array.from(table.flat()), table.length)).toBe(true);
        expect([...fast.scoreRows(table.length, 0.5).subarray(0, table.length)]).toEqual(sums);
      },
    ),
    { numRuns: 200, seed: 7 },
  );
});

test("a missing value has no rank", () => {
  const fast = FastWalk.create(structure([{ feature: 0, threshold: 1 }]), 3);
  expect(fast?.load(Float64Array.of(1, Number.NaN, 2), 1)).toBe(false);
});

test("a model answers the same before and after it has ranked its thresholds", () => {
  const predictor = loadPredictor(fixture("forest"));
  const before = rows.map((row) => predictor.predictRow(row));
  const many = Array.from({ length: 2100 }, (_, index) => rows[index % rows.length] ?? {});
  const batch = predictor.predictRows(many);
  expect(rows.map((row) => predictor.predictRow(row))).toEqual(before);
  expect([...batch]).toEqual(many.map((_, index) => before[index % rows.length]));
});

test("a host without WebAssembly gives the same answers", () => {
  const many = Array.from({ length: 1100 }, (_, index) => rows[index % rows.length] ?? {});
  const expected = loadPredictor(fixture("forest")).predictRows(many);
  const descriptor = Object.getOwnPropertyDescriptor(globalThis, "WebAssembly") as PropertyDescriptor;
  Object.defineProperty(globalThis, "WebAssembly", { value: undefined, configurable: true });
  try {
    expect(loadPredictor(fixture("forest")).predictRows(many)).toEqual(expected);
  } finally {
    Object.defineProperty(globalThis, "WebAssembly", descriptor);
  }
});

/** Lays trees out breadth first, every node with a value of its own. */
function structure(forest: Node[]): TreeStructure {
  const [feature, threshold, left, roots, levels]: number[][] = [[], [], [], [], []];
  for (const top of forest) {
    const root = feature?.length ?? 0;
    roots?.push(root);
    let deepest = 0;
    const queue = [{ node: top, level: 0 }];
    for (let index = 0; index < queue.length; index++) {
      const { node, level } = queue[index] as { node: Node; level: number };
      deepest = Math.max(deepest, level);
      feature?.push(node.children === undefined ? 0 : node.feature);
      threshold?.push(node.children === undefined ? Infinity : node.threshold);
      left?.push(root + (node.children === undefined ? index : queue.length));
      for (const child of node.children ?? []) queue.push({ node: child, level: level + 1 });
    }
    levels?.push(deepest);
  }
  const nodes = feature?.length ?? 0;
  return {
    feature: Int32Array.from(feature ?? []),
    threshold: Float64Array.from(threshold ?? []),
    left: Int32Array.from(left ?? []),
    value: Float64Array.from({ length: nodes }, (_, index) => Math.sin(index)),
    missingLeft: new Uint8Array(nodes),
    roots: Int32Array.from(roots ?? []),
    levels: Int32Array.from(levels ?? []),
  };
}
