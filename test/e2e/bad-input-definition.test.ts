import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cli, scratchFolders } from "../support/cli";
import { type ErrorDocument, type RunDocument, type TinyProduct, tiny, tinyProduct } from "../support/tiny-product";

/** A pipeline file with a mistake in it: the place, the line, and exit code 3; a script that breaks: its failing line. */
jest.setTimeout(120_000);

const newFolder = scratchFolders();
let product: TinyProduct;

beforeAll(async () => {
  product = await tinyProduct(newFolder());
});

/** A copy of the product with one change in its pipeline file. */
function changed(from: string, to: string): { folder: string; line: number } {
  const folder = newFolder();
  cpSync(join(product.folder, "pipelines"), join(folder, "pipelines"), { recursive: true });
  const file = join(folder, "pipelines", tiny, "pipeline.ts");
  const source = readFileSync(file, "utf8");
  expect(source).toContain(from);
  writeFileSync(file, source.replace(from, to));
  return { folder, line: source.slice(0, source.indexOf(from)).split("\n").length };
}

const commands = ["compile", "run"];

test.each(commands)("%s shows where a file does not parse", async (command) => {
  const { folder, line } = changed("const prepared =", "const prepared ==");
  const { code, json } = await cli([command, tiny, "--json"], { cwd: folder });
  const { error } = json<ErrorDocument>();
  expect({ code, error: error.code }).toEqual({ code: 3, error: "module_invalid" });
  expect(error.at).toContain(`pipeline.ts:${line}:`);
  expect(error.why).toContain("const prepared ==");
});

test.each(commands)("%s shows where a file throws", async (command) => {
  const { folder, line } = changed(
    "const prepared =",
    "const a = null as unknown as string[]; a.push(); const prepared =",
  );
  const { code, json } = await cli([command, tiny, "--json"], { cwd: folder });
  const { error } = json<ErrorDocument>();
  expect({ code, error: error.code }).toEqual({ code: 3, error: "definition_threw" });
  expect(error.at).toMatch(new RegExp(`pipelines/${tiny}/pipeline\\.ts:${line}:\\d+$`));
  expect(error.message).toMatch(/^TypeError: /);
});

test("a misspelt hyperparameter is named with the line, the names there are, and by validate as an issue", async () => {
  const { folder } = changed("max_depth:", "max_dpeth:");
  const { code, stderr, stdout } = await cli(["run", tiny], { cwd: folder });
  expect(code).toBe(3);
  expect(stdout).toBe("");
  expect(stderr).toMatch(
    /randomForest\.max_dpeth: scikit-learn has no such hyperparameter {2}hyperparameter_unknown\n/,
  );
  expect(stderr).toMatch(/\n {2}at {3}.*pipeline\.ts:\d+:\d+\n/);
  expect(stderr).toMatch(/\n {2}fix {2}Use one of .*max_depth/);
  const validated = await cli(["validate", tiny, "--json"], { cwd: folder });
  expect(validated.code).toBe(3);
  expect(validated.json()).toMatchObject({
    valid: false,
    issues: [{ code: "hyperparameter_unknown", path: "randomForest.max_dpeth" }],
  });
});

test("a file without a product, an import that is not there, a pipeline that is not there", async () => {
  const without = changed("export default product", "export const other = product");
  expect((await cli(["run", tiny, "--json"], { cwd: without.folder })).json()).toMatchObject({
    error: { code: "product_missing", exitCode: 3 },
  });
  const unresolved = changed("./contract", "./contrakt");
  expect((await cli(["run", tiny, "--json"], { cwd: unresolved.folder })).json()).toMatchObject({
    error: { code: "module_invalid", exitCode: 3 },
  });
  expect((await cli(["run", "tinny", "--json"], { cwd: without.folder })).json()).toMatchObject({
    error: { code: "pipeline_not_found", exitCode: 2, fix: "did you mean: tiny?" },
  });
});

test("a script that breaks shows its failing line and where its log is", async () => {
  const name = "broken";
  mkdirSync(join(product.folder, "pipelines", name));
  writeFileSync(join(product.folder, "pipelines", name, "pipeline.ts"), brokenPipeline);
  const { code, stdout } = await cli(["run", name, "--quiet"], { cwd: product.folder });
  expect(code).toBe(1);
  expect(stdout).toMatch(/✗ Prepare {2}its script ended with exit code 1\n/);
  expect(stdout).toContain('File "/opt/ml/processing/input/code/broken.py", line 2, in load');
  expect(stdout).toContain("return {}['tenure']");
  expect(stdout).toContain("KeyError: 'tenure'");
  const id = /logs +(?:npx )?sagewright runs logs (\w+)\n/.exec(stdout)?.[1] ?? "";
  const log = await cli(["runs", "logs", id, "--step", "Prepare"], { cwd: product.folder });
  expect(log.stdout).toContain("KeyError: 'tenure'");
  const result = (await cli(["run", name, "--json"], { cwd: product.folder })).json<RunDocument>();
  expect(result).toMatchObject({ status: "Failed", gate: null, modelPackage: null });
});

const brokenPipeline = `import { codeDirectory, pipeline, processing } from "@sagewright/pipeline";
import { product } from "@sagewright/sklearn";
import { contract } from "../${tiny}/contract";

const code = codeDirectory({ files: { "broken.py": "def load():\\n    return {}['tenure']\\nload()\\n" } });
const definition = pipeline("broken-training", () =>
  processing("Prepare", {
    image: "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.9-0-cpu-py3",
    entrypoint: ["python3", "/opt/ml/processing/input/code/broken.py"],
    inputs: { code: { uri: code, path: "/opt/ml/processing/input/code" } },
  }),
);

export default product({
  name: "broken",
  contracts: { customers: contract },
  defaultContract: "customers",
  definition: () => definition,
  data: { customers: { file: "../../customers.csv" } },
});
`;
