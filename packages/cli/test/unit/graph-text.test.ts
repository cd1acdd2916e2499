import {
  compile,
  fail,
  graph,
  greaterThan,
  type Pipeline,
  pipeline,
  processing,
  training,
  when,
} from "@sagewright/pipeline";
import { dot, mermaid } from "../../src/releases/graph-languages";
import { graphText } from "../../src/releases/graph-text";

const image = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.2-1-cpu-py3";

function drawn(made: Pipeline) {
  return graph(compile(made).definition);
}

const gate = drawn(
  pipeline("gate", ({ parameter }) => {
    const limit = parameter.float("Limit", { default: 1 });
    const prepared = processing("Prepare", { image, outputs: { train: "/opt/ml/processing/output/train" } });
    const trained = training("Train", { image, channels: { train: prepared.outputs.train } });
    const register = training("Again", { image, channels: { train: prepared.outputs.train } });
    const after = { dependsOn: [trained] };
    return when("Gate", greaterThan(limit, 0.5), after).then(register).otherwise(fail("TooWeak", "weak"));
  }),
);

test("a pipeline reads from top to bottom, branches below their condition", () => {
  expect(graphText(gate)).toEqual([
    "1  Prepare          Processing",
    "2  Train            Training    ◄ Prepare",
    "3  Gate             Condition   ◄ Train",
    "4  ├─ then Again    Training    ◄ Prepare",
    "4  └─ else TooWeak  Fail",
  ]);
});

test("a step that waits for many keeps to 80 columns and names every one", () => {
  const names = Array.from({ length: 12 }, (_, index) => `PrepareRegion${index}`);
  const many = drawn(
    pipeline("many", () => {
      const parts = names.map((name) => processing(name, { image }));
      return processing("Merge", { image, dependsOn: parts });
    }),
  );
  const lines = graphText(many);
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
  const merge = lines.slice(lines.findIndex((line) => line.includes("Merge"))).join(" ");
  for (const name of names) expect(merge).toMatch(new RegExp(`${name}(,|$)`));
});

test("mermaid and dot carry every step and dependency", () => {
  expect(mermaid(gate)).toEqual(
    expect.arrayContaining(["flowchart TD", '  s2{"Gate<br/>Condition"}', "  s1 -.-> s2", "  s2 -.->|else| s4"]),
  );
  expect(dot(gate, "gate")).toEqual(
    expect.arrayContaining([
      'digraph "gate" {',
      '  "Prepare" -> "Train";',
      '  "Gate" -> "TooWeak" [label="else", style=dashed];',
    ]),
  );
});
