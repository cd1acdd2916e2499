import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import {
  derivePolicy,
  graph,
  localTarget,
  parseDefinition,
  printDefinition,
  validateDefinition,
} from "@sagewright/pipeline";

const folder = join(__dirname, "golden-sdk/generated");
const files = readdirSync(folder).filter((file) => file.endsWith(".json"));

/** Printed by AWS's own SDK: see golden-sdk/print_definitions.py. */
describe("definitions of AWS's Python SDK", () => {
  it("are there", () => {
    expect(files.length).toBe(8);
  });

  it.each(files)("%s is accepted, printed as it was read, and has an order", (file) => {
    const text = readFileSync(join(folder, file), "utf8");
    const definition = parseDefinition(text);
    expect(validateDefinition(definition)).toEqual([]);
    expect(printDefinition(definition)).toBe(text);
    const { nodes, order, cycles } = graph(definition);
    expect(cycles).toEqual([]);
    expect(order).toHaveLength(nodes.length);
  });

  it.each(files)("%s gets a policy that passes no role but its own", (file) => {
    const { policy } = derivePolicy(parseDefinition(readFileSync(join(folder, file), "utf8")), localTarget);
    const passed = policy.Statement.filter(({ Sid }) => Sid === "PassRole").flatMap(({ Resource }) => Resource);
    expect(passed.filter((role) => role !== "arn:aws:iam::123456789012:role/SageMakerRole")).toEqual([]);
  });
});
