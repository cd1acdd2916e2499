import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { compile, fail, type Pipeline, type PipelineDefinition, pipeline } from "@sagewright/pipeline";
import { transformSync } from "esbuild";
import { importSource } from "../../src/releases/import-source";

const golden = join(__dirname, "../../../../../shared/golden/accepted");
/** What the generated file compiles to. It is evaluated in this test's own realm, where plain objects are plain. */
function compiledBack(source: string): PipelineDefinition {
  const script = transformSync(source, { loader: "ts", format: "cjs" }).code;
  const module = { exports: {} as { definition: Pipeline } };
  new Function("module", "exports", "require", script)(module, module.exports, require);
  return compile(module.exports.definition).definition;
}

/** Members of the envelope that say nothing are written by some tools and left out by others. */
function plain({ Version, Metadata, Parameters, PipelineExperimentConfig, MlflowConfig, Steps }: PipelineDefinition) {
  const [experiment, mlflow] = [PipelineExperimentConfig ?? null, MlflowConfig ?? null];
  return { Version, Metadata: Metadata ?? {}, Parameters: Parameters ?? [], experiment, mlflow, Steps };
}

test("a failure and a parameter come back with their builders", () => {
  const made = pipeline("stops", ({ parameter }) => fail("Stop", parameter.string("Why", { default: "no" }) as never));
  const source = importSource("stops", compile(made).json);
  expect(source).toContain('const why = parameter.string("Why", { default: "no" });');
  expect(source).toContain('const stop = fail("Stop", why);');
  expect(plain(compiledBack(source))).toEqual(plain(compile(made).definition));
});

const files = existsSync(golden) ? readdirSync(golden).filter((name) => name.endsWith(".json")) : [];
if (files.length === 0) console.info("No golden definitions on this machine: only the data-free part is tested.");

test("every golden definition comes back as it was", () => {
  for (const name of files) {
    const json = readFileSync(join(golden, name), "utf8");
    const base = name.replace(".json", "").replaceAll("_", "-");
    const back = compiledBack(importSource(base, json));
    expect({ name, ...plain(back) }).toEqual({ name, ...plain(JSON.parse(json) as PipelineDefinition) });
  }
});
