import {
  compile,
  graph,
  integer,
  maximize,
  pipeline,
  processing,
  type Step,
  training,
  tuning,
  validateDefinition,
} from "@sagewright/pipeline";
import fc from "fast-check";

const image = "repo/image:1";

/** A recipe for one step: its kind, and which earlier steps it uses. */
const recipe = fc.record({
  kind: fc.constantFrom("processing", "training", "tuning"),
  uses: fc.array(fc.nat(), { maxLength: 3 }),
  extra: fc.boolean(),
});
type Recipe = { kind: string; uses: number[]; extra: boolean };

function build(recipes: readonly Recipe[]) {
  return pipeline("random", ({ parameter }) => {
    const size = parameter.integer("Size", { default: 1 });
    const made: { step: Step; uri: Parameters<typeof processing>[1]["image"] }[] = [];
    for (const [index, { kind, uses, extra }] of recipes.entries()) {
      const earlier = uses.flatMap((use) => (index > 0 ? [made[use % index]] : [])).filter((one) => one !== undefined);
      const channels = Object.fromEntries(earlier.map(({ uri }, at) => [`in${at}`, uri]));
      const dependsOn = extra ? earlier.map(({ step }) => step) : [];
      const name = `Step-${index}`;
      if (kind === "processing") {
        const inputs = Object.fromEntries(
          Object.entries(channels).map(([key, uri]) => [key, { uri, path: `/opt/${key}` }]),
        );
        const step = processing(name, {
          image,
          inputs,
          outputs: { out: "/opt/out" },
          instances: { count: size },
          dependsOn,
        });
        made.push({ step, uri: step.outputs.out });
      } else if (kind === "training") {
        const step = training(name, { image, channels, dependsOn });
        made.push({ step, uri: step.model });
      } else {
        const step = tuning(name, {
          image,
          channels,
          objective: maximize("m"),
          ranges: { d: integer(1, 3) },
          jobs: 2,
          parallel: 1,
          dependsOn,
        });
        made.push({ step, uri: step.bestModel() });
      }
    }
    return made.map(({ step }) => step);
  });
}

describe("compile, on random pipelines", () => {
  it("gives valid definitions, the same bytes each time, and steps after what they need", () => {
    fc.assert(
      fc.property(fc.array(recipe, { minLength: 1, maxLength: 12 }), (recipes) => {
        const compiled = compile(build(recipes));
        expect(compile(build(recipes)).json).toBe(compiled.json);
        expect(validateDefinition(JSON.parse(compiled.json))).toEqual([]);
        const { edges, order, cycles } = graph(compiled.definition);
        expect(cycles).toEqual([]);
        const names = compiled.definition.Steps.map(({ Name }) => Name);
        expect([...names].sort()).toEqual(recipes.map((_, index) => `Step-${index}`).sort());
        for (const places of [names, order]) {
          for (const { from, to } of edges) expect(places.indexOf(from)).toBeLessThan(places.indexOf(to));
        }
      }),
      { numRuns: 60 },
    );
  });
});
