import fc from "fast-check";
import { loadPredictor, PredictorFormatError, PredictorInputError } from "../../src/index";
import { changed, fixture, rows, withHeader, withTensor } from "../support/fixtures";

const models = ["forest", "boosting", "logistic", "network"];

test.each<[string, () => Uint8Array, string]>([
  ["no bytes", () => new Uint8Array(0), "header: 0 bytes are too few for a safetensors file"],
  ["a truncated file", () => fixture("forest").slice(0, -5), "do not lie in"],
  ["bytes to spare", () => Uint8Array.of(...fixture("forest"), 0), "data: 1 bytes belong to no tensor"],
  [
    "a header past the end",
    () => longHeader(fixture("forest")),
    "its length 18446744073709551615 reaches past the end",
  ],
  ["a header that is no JSON", () => garbled(fixture("forest")), "header: is not JSON in UTF-8"],
  [
    "another safetensors file",
    () => withHeader(fixture("forest"), (h) => (h.__metadata__ = {})),
    "__metadata__.predictor: is missing",
  ],
  ["overlapping tensors", () => overlapping(fixture("forest")), "is not"],
  [
    "a newer format",
    () => set(fixture("forest"), "format", 2),
    "predictor.format: 2 is newer than 1. Update @sagewright/predictor.",
  ],
  [
    "an unknown task",
    () => set(fixture("forest"), "task", "ranking"),
    'predictor.task: expected one of binary, regression, received "ranking"',
  ],
  [
    "a threshold above 1",
    () => set(fixture("forest"), "threshold", 1.2),
    "predictor.threshold: expected a number between 0 and 1, received 1.2",
  ],
  [
    "a wrong number of features",
    () => set(fixture("forest"), "features", 9),
    "predictor.features: 9 declared, 6 encoded",
  ],
  ["no columns", () => set(fixture("forest"), "columns", []), "predictor.encodings: column tenure is not described"],
  ["a split on no feature", () => feature(fixture("forest"), 6), "tree.feature: node 0 splits on feature 6 of 6"],
  ["a negative feature", () => feature(fixture("forest"), -2), "tree.feature: node 0 splits on feature -2 of 6"],
  ["a leaf above its children", () => feature(fixture("forest"), -1), "tree.feature: node 1 has no parent"],
  [
    "a threshold that is no number",
    () => float32(fixture("forest"), "tree.threshold", Number.NaN),
    "tree.threshold: node 0 has none",
  ],
  [
    "a value that is no number",
    () => float64(fixture("forest"), "tree.value", Number.NaN),
    "tree.value: holds a value that is not finite",
  ],
  [
    "a tree longer than the file",
    () => int32(fixture("forest"), "tree.nodes", 1e6),
    "tree.nodes: tree 0 of 1000000 nodes does not fit",
  ],
  [
    "a weight that is no number",
    () => float64(fixture("network"), "layer.0.weight", Infinity),
    "layer.0.weight: holds a value that is not finite",
  ],
  [
    "a missing layer",
    () => withHeader(fixture("network"), (h) => renameTensor(h, "layer.1.weight")),
    "layer.0.weight: has 6 outputs, not 1",
  ],
])("refuses %s", (_, bytes, message) => {
  expect(() => loadPredictor(bytes())).toThrow(PredictorFormatError);
  expect(() => loadPredictor(bytes())).toThrow(message);
});

test.each(models)("%s: any corrupted bytes are refused or score like any other model", (name) => {
  const original = fixture(name);
  const header = 8 + Number(new DataView(original.buffer).getBigUint64(0, true));
  const edit = fc.record({
    // Half of the edits hit the header, which is smaller but steers everything.
    at: fc.oneof(fc.integer({ min: 0, max: header }), fc.integer({ min: 0, max: original.length - 1 })),
    byte: fc.integer({ min: 0, max: 255 }),
  });
  const edits = fc.array(edit, { minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(edits, fc.integer({ min: 0, max: 40 }), (changes, cut) => {
      const bytes = original.slice(0, original.length - (cut < 35 ? 0 : cut));
      for (const { at, byte } of changes) bytes[at % bytes.length] = byte;
      expectRefusedOrUsable(bytes);
    }),
    { numRuns: 1500, seed: 3 },
  );
});

test.each(models)("%s: any change to a value of the description is refused or usable", (name) => {
  const values = fc.oneof(fc.constant(null), fc.integer(), fc.double(), fc.string(), fc.constant([]), fc.constant({}));
  fc.assert(
    fc.property(fc.nat(), values, (choice, value) => {
      expectRefusedOrUsable(changed(fixture(name), (document) => replace(document, choice, value)));
    }),
    { numRuns: 1000, seed: 4 },
  );
});

test("random bytes are refused", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      expect(() => loadPredictor(bytes)).toThrow(PredictorFormatError);
    }),
    { numRuns: 500, seed: 5 },
  );
});

function expectRefusedOrUsable(bytes: Uint8Array): void {
  try {
    const predictor = loadPredictor(bytes);
    predictor.predictRows(rows.slice(0, 3));
    predictor.explainRow(rows[0] ?? {});
  } catch (error) {
    if (error instanceof PredictorFormatError || error instanceof PredictorInputError) return;
    throw error;
  }
}

/** Replaces the value reached by a walk through the document that `choice` decides. */
function replace(document: object, choice: number, value: unknown): void {
  let node = document as Record<string, unknown>;
  let rest = choice;
  for (;;) {
    const keys = Object.keys(node);
    const key = keys[rest % keys.length] ?? "format";
    rest = Math.trunc(rest / Math.max(keys.length, 1));
    const next = node[key];
    if (typeof next !== "object" || next === null || Object.keys(next).length === 0 || rest % 4 === 3) {
      node[key] = value;
      return;
    }
    node = next as Record<string, unknown>;
  }
}

function set(bytes: Uint8Array, member: string, value: unknown): Uint8Array {
  return changed(bytes, (document) => Object.assign(document, { [member]: value }));
}

function feature(bytes: Uint8Array, value: number): Uint8Array {
  return int32(bytes, "tree.feature", value);
}

function int32(bytes: Uint8Array, tensor: string, value: number): Uint8Array {
  return withTensor(bytes, tensor, (view) => view.setInt32(0, value, true));
}

function float32(bytes: Uint8Array, tensor: string, value: number): Uint8Array {
  return withTensor(bytes, tensor, (view) => view.setFloat32(0, value, true));
}

function float64(bytes: Uint8Array, tensor: string, value: number): Uint8Array {
  return withTensor(bytes, tensor, (view) => view.setFloat64(0, value, true));
}

function longHeader(bytes: Uint8Array): Uint8Array {
  return bytes.fill(255, 0, 8);
}

function garbled(bytes: Uint8Array): Uint8Array {
  bytes[8] = 0;
  return bytes;
}

function overlapping(bytes: Uint8Array): Uint8Array {
  return withHeader(bytes, (header) => {
    const entry = header["tree.feature"];
    if (entry !== undefined) entry.data_offsets = [0, 8];
  });
}

function renameTensor(header: Record<string, unknown>, name: string): void {
  header.spare = header[name];
  delete header[name];
}
