import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cli, root, scratchFolders } from "../support/cli";
import { type ErrorDocument, type RunDocument, type TinyProduct, tiny, tinyProduct } from "../support/tiny-product";

/** Every command in every mode, as somebody meets it who has read nothing. */
jest.setTimeout(120_000);

const newFolder = scratchFolders();
const alone = ["init", "compile", "validate", "run", "deploy", "rollback", "predict", "serve", "cloud", "doctor"];
const groups: Record<string, string[]> = {
  runs: ["list", "show", "logs", "report", "explain", "stop"],
  models: ["list", "show", "approve", "reject"],
  endpoints: ["list", "show", "delete"],
};
const everyCommand = [
  [],
  ...alone.map((name) => [name]),
  ...Object.entries(groups).flatMap(([name, within]) => [[name], ...within.map((each) => [name, each])]),
];

describe("help", () => {
  test.each(everyCommand.map((words) => [words.join(" "), words] as const))(
    "of '%s' has an example",
    async (_, words) => {
      const { code, stdout, stderr } = await cli([...words, "--help"]);
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
      expect(stdout).toMatch(/\nExamples?:\n {2}\$ sagewright /);
      if (words.length === 0)
        for (const name of [...alone, ...Object.keys(groups)]) expect(stdout).toContain(`  ${name} `);
    },
  );

  test("is the same by 'help COMMAND'", async () => {
    expect((await cli(["help", "runs", "logs"])).stdout).toBe((await cli(["runs", "logs", "--help"])).stdout);
    expect((await cli(["help"])).stdout).toBe((await cli(["--help"])).stdout);
  });

  test.each(everyCommand.filter((words) => words.length === 1).map(([name = ""]) => name))(
    "of %s loads no AWS client, no cloud and no compiler",
    (name) => {
      const script = `const { main } = require(${JSON.stringify(join(root, "packages/cli/dist/main.js"))});
        main([${JSON.stringify(name)}, "--help"]).then(() => console.log(Object.keys(require.cache).join(" ")));`;
      const listed = execFileSync(process.execPath, ["-e", script], { encoding: "utf8" });
      expect(listed).toContain(`commands/${name}.js`);
      expect(listed).not.toMatch(/@aws-sdk|esbuild|packages\/(local|sagemaker|serving|predictor)\//);
    },
  );
});

describe("a typo names what was meant, with exit code 2, and does nothing", () => {
  const cases: [string[], RegExp][] = [
    [["rn", "churn"], /did you mean: (npx )?sagewright run\?/],
    [["runs", "lst"], /did you mean: (npx )?sagewright runs list\?/],
    [["run", "churn", "--jsn"], /did you mean: --json\?/],
    [["run"], /missing required argument 'name'[\s\S]*sagewright run --help/],
    [["init", "--target", "churn"], /--data <file\.csv>[\s\S]*sagewright init --help/],
    [["nonsense"], /sagewright --help lists the commands/],
    [["runs", "list", "--limit", "many"], /--limit: 'many' is not a whole number/],
    [["predict", "churn", "--file", "a.csv"], /--out/],
    [["models", "reject", "churn/1"], /a rejection needs its reason/],
    [["run", "churn", "--port", "99999"], /not between 0 and 65535/],
    [["help", "nonsense"], /there is no such command/],
  ];

  test.each(cases)("%j", async (words, expected) => {
    const folder = newFolder();
    const { code, stdout, stderr } = await cli(words, { cwd: folder });
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(/^✗ {2}/);
    expect(stderr).toMatch(expected);
    const asJson = await cli([...words, "--json"], { cwd: folder });
    expect(asJson).toMatchObject({ code: 2, stderr: "" });
    expect(asJson.json<ErrorDocument>().error).toMatchObject({ exitCode: 2, message: expect.any(String) });
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe("in a folder where nothing has happened", () => {
  const reading = [
    ["runs", "list"],
    ["models", "list"],
    ["endpoints", "list"],
    ["runs", "show"],
    ["models", "show", "x"],
    ["serve", "x"],
  ];

  test.each(reading)("'%s %s' says so, and makes no state folder", async (...words) => {
    const folder = newFolder();
    const { code, stdout, stderr } = await cli(words, { cwd: folder });
    expect([0, 2]).toContain(code);
    expect(stdout + stderr).toMatch(/Nothing .*Next: (npx )?sagewright init|nothing (has run|is registered) here yet/);
    expect(existsSync(join(folder, ".sagewright"))).toBe(false);
  });
});

describe("a product, from its first run to its end", () => {
  let product: TinyProduct;
  let first: RunDocument;
  const here = (...words: string[]) => cli(words, { cwd: product.folder });

  beforeAll(async () => {
    product = await tinyProduct(newFolder());
    const run = await here("run", tiny, "--json");
    expect({ code: run.code, stderr: run.code === 0 ? "" : run.stderr }).toEqual({ code: 0, stderr: "" });
    first = run.json();
  });

  test("run --json ends with one object", () => {
    expect(first).toEqual({
      pipeline: "tiny-training",
      execution: expect.stringMatching(/^arn:aws:sagemaker:.*:pipeline\/tiny-training\/execution\/\w{12}$/),
      status: "Succeeded",
      gate: "passed",
      metrics: expect.objectContaining({ roc_auc: expect.any(Number), pr_auc: expect.any(Number) }),
      quarantined: 0,
      warnings: expect.any(Array),
      modelPackage: expect.stringMatching(/:model-package\/tiny\/1$/),
      seconds: expect.any(Number),
      failures: [],
      training: expect.objectContaining({ jobs: 2, spotJobs: 2 }),
      waitedInVain: [],
      onDemandAfter: null,
    });
  });

  test("run --json=lines prints events, one a line, and the same object last; --quiet no progress", async () => {
    const { code, stdout, stderr } = await here("--json=lines", "run", tiny, "--quiet");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const lines = stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as { event?: string; status?: string });
    expect(lines.at(-1)).toMatchObject({ pipeline: "tiny-training", gate: "passed" });
    expect(new Set(lines.slice(0, -1).map(({ event }) => event))).toEqual(new Set(["execution", "step", "tuning"]));
  });

  test("run for a person: progress on stderr with times, the verdict and a next command on stdout", async () => {
    const { stdout, stderr } = await here("run", tiny);
    for (const line of stderr.trimEnd().split("\n")) expect(line).toMatch(/^\d\d:\d\d:\d\d \w+: /);
    expect(stdout).toMatch(/^cached +Prepare, Tune, Evaluate: nothing they depend on changed\n\nROC AUC +0\.\d{3} /);
    expect(stdout).toMatch(/\nreport +\.sagewright\/reports\/\w+\.html\n/);
    expect(stdout).toMatch(/\nNext: +(npx )?sagewright models approve tiny\/\d+\n$/);
    const report = /report +(\S+)/.exec(stdout)?.[1] ?? "";
    expect(readFileSync(join(product.folder, report), "utf8")).toMatch(/<html/);
  });

  test("runs: list, show, logs, explain, report, and their misspelt words", async () => {
    const { runs } = (await here("runs", "list", "--json")).json<{ runs: { id: string }[] }>();
    const id = first.execution.split("/").at(-1) ?? "";
    expect(runs.map((run) => run.id)).toContain(id);
    expect((await here("runs", "show", id)).stdout).toContain("registered  tiny/1");
    expect((await here("runs", "logs", id, "--step", "Prepare")).stdout).toContain("quarantined=0");
    const misspelt = await here("runs", "logs", id, "--step", "Prepar", "--json");
    expect(misspelt.json()).toMatchObject({ error: { code: "step_unknown", fix: "did you mean: --step Prepare?" } });
    expect((await here("runs", "explain", "last")).stdout).toMatch(/^cached {2}Prepare/);
    expect((await here("runs", "report", id, "--out", "r.html")).stdout.trim()).toBe(join(product.folder, "r.html"));
    expect(await here("runs", "stop", id)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("has ended already"),
    });
    const unknown = await here("runs", "list", "--pipeline", "tiny", "--json");
    expect(unknown.json()).toMatchObject({
      error: { code: "pipeline_not_found", fix: "did you mean: tiny-training?" },
    });
  });

  test("models and endpoints: nothing unapproved is deployed; the advice given works when followed", async () => {
    const refused = await here("deploy", tiny, "--json");
    const { fix = "" } = refused.json<ErrorDocument>().error;
    expect({ code: refused.code, fix }).toEqual({
      code: 1,
      fix: expect.stringMatching(/^sagewright models approve tiny\/\d+$/),
    });
    expect((await here(...fix.split(" ").slice(1))).code).toBe(0);
    const rejected = await here("models", "reject", "tiny/1", "--reason", "weak in the south");
    expect(rejected.stdout).toContain("tiny/1 is rejected: weak in the south");
    expect((await here("deploy", "tiny/1")).code).not.toBe(0);
    expect((await here("models", "list")).stdout).toMatch(/tiny\/1 +Rejected +ROC AUC 0\.\d{3} +\d{4}-\d\d-\d\d/);
    expect((await here("models", "show", "tny", "--json")).json()).toMatchObject({
      error: { fix: "did you mean: tiny?" },
    });
    expect((await here("deploy", tiny)).stdout).toMatch(/✓ tiny serves tiny\/\d+/);
    expect((await here("endpoints", "list")).stdout).toMatch(/tiny +InService +tiny\/\d+/);
    const shown = (await here("endpoints", "show", tiny)).stdout;
    expect(shown).toMatch(/^✓ tiny serves tiny\/\d+\n/);
    expect(shown).toMatch(/\ncost +\$83\.95 a month/);
    expect((await here("deploy", tiny, "--plan")).stdout).toMatch(/^tiny serves tiny\/\d+ already\n= Model /);
    expect((await here("rollback", tiny, "--json")).json()).toMatchObject({ error: { code: "nothing_before" } });
    expect((await here("endpoints", "delete", "tny", "--json")).json()).toMatchObject({
      error: { fix: "did you mean: tiny?" },
    });
    expect((await here("endpoints", "delete", tiny)).code).toBe(0);
    expect((await here("endpoints", "list")).stdout).toContain("Nothing is deployed here");
  });

  test("predict: a customer, a file, and what is wrong with either", async () => {
    await here("models", "approve", tiny);
    const good = await here("predict", tiny, "--row", '{"tenure":3,"plan":"basic","charge":50}', "--json");
    const { prediction, base, drivers } = good.json<{
      prediction: number;
      base: number;
      drivers: { contribution: number }[];
    }>();
    expect(drivers.reduce((sum, driver) => sum + driver.contribution, base)).toBeCloseTo(prediction, 9);
    const bad = await here("predict", tiny, "--row", '{"tenure":"x","plan":"gold","charge":50}');
    expect({ code: bad.code, stdout: bad.stdout }).toEqual({ code: 3, stdout: "" });
    expect(bad.stderr).toMatch(
      /2 problems[\s\S]*tenure: "x" is not a number[\s\S]*plan: "gold" is not a known category/,
    );
    expect((await here("predict", tiny, "--row", "{oops")).code).toBe(2);
    writeFileSync(join(product.folder, "two.csv"), "customer,tenure,plan,charge\n1,3,basic,50\n2,three,basic,50\n");
    expect((await here("predict", tiny, "--file", "two.csv", "--out", "scored.csv")).code).toBe(0);
    const scored = readFileSync(join(product.folder, "scored.csv"), "utf8").trimEnd().split("\n");
    expect(scored).toHaveLength(2);
    expect(scored[1]).toContain(String(prediction));
  });

  test("compile prints what validate accepts, in a folder elsewhere by --cwd", async () => {
    const compiled = await cli(["--cwd", product.folder, "compile", tiny]);
    const file = join(newFolder(), "definition.json");
    writeFileSync(file, compiled.stdout);
    expect((await cli(["validate", file, "--json"])).json()).toEqual({ valid: true, issues: [] });
    writeFileSync(
      file,
      compiled.stdout.replace('"Type":"Training"', '"Type":"Traning"').replace('"Processing"', '"Procesing"'),
    );
    const broken = await cli(["validate", file, "--json"]);
    expect({ code: broken.code, ...broken.json<object>() }).toMatchObject({ code: 3, valid: false });
  });

  test("doctor says what there is", async () => {
    const { findings } = (await here("doctor", "--json")).json<{ findings: { name: string; ok: boolean }[] }>();
    expect(findings.map(({ name, ok }) => [name, ok])).toEqual([
      ["Node", true],
      ["Python", true],
      ["Disk", true],
      ["State", true],
    ]);
  });
});
