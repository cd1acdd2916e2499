import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { cli, scratchFolders } from "../support/cli";
import { type MlflowServer, startMlflow } from "../support/mlflow-server";
import { type ErrorDocument, type RunDocument, tiny, tinyProduct } from "../support/tiny-product";

/** What is mirrored to a real `mlflow server`, read back by MLflow's own client. */
jest.setTimeout(300_000);

const newFolder = scratchFolders();
let server: MlflowServer;

beforeAll(async () => {
  server = await startMlflow(newFolder());
});
afterAll(() => server?.stop());

interface Found {
  runs: {
    id: string;
    experiment: string;
    name: string;
    status: string;
    params: Record<string, string>;
    metrics: Record<string, number>;
    points: Record<string, number>;
    parent: string | null;
    execution: string | null;
    files: string[];
    evaluation?: { metrics: Record<string, number> };
  }[];
  models: { name: string; aliases: Record<string, string> }[];
  versions: { version: string; run: string; tags: Record<string, string> }[];
}

/** What MLflow's own client sees. */
function found(): Found {
  const program = join(__dirname, "mlflow_client.py");
  return JSON.parse(execFileSync(server.python, [program, server.url], { encoding: "utf8", stdio: "pipe" })) as Found;
}

test("runs, trials, figures, files and versions arrive, once however often they are sent; a server that is gone is named without the credentials", async () => {
  const cwd = newFolder();
  await tinyProduct(cwd);
  const run = await cli(["run", tiny, "--set", "MinimumAuc=0.5", "--json"], { cwd });
  const { execution, metrics } = run.json<RunDocument>();
  const mirror = (...more: string[]) => cli(["models", "mirror", "--mlflow", server.url, "--json", ...more], { cwd });

  const first = await mirror();
  expect({ code: first.code, ...first.json<object>() }).toMatchObject({
    code: 0,
    mlflow: server.url,
    runs: [{ change: "created", trials: 2, warnings: [] }],
    models: [{ name: tiny, version: "1", change: "created" }],
  });
  const once = found();
  const [top, ...more] = once.runs.filter(({ parent }) => parent === null);
  expect(more).toEqual([]);
  expect(top).toMatchObject({
    experiment: `${tiny}-training`,
    name: execution.split("/").at(-1),
    execution,
    status: "FINISHED",
    params: { MinimumAuc: "0.5", InputDataUri: expect.stringMatching(/^s3:/) },
    metrics,
    evaluation: { metrics },
  });
  expect(top?.files).toEqual(
    expect.arrayContaining(["Evaluate/evaluation.json", "Evaluate/model-card.html", "Prepare/prepare.json"]),
  );
  const trials = once.runs.filter(({ parent }) => parent === top?.id);
  expect(trials).toHaveLength(2);
  for (const { params, metrics: own } of trials) {
    expect(params).toMatchObject({ estimator: "random_forest", max_depth: expect.stringMatching(/^[34]$/) });
    expect(own["validation/auc"]).toBeGreaterThan(0.5);
  }
  expect(once.versions).toMatchObject([
    { run: top?.id, tags: { "sagewright.approval": "PendingManualApproval", "sagewright.version": "1" } },
  ]);

  expect((await mirror()).json()).toMatchObject({ runs: [{ change: "unchanged" }], models: [{ change: "unchanged" }] });
  expect(found()).toEqual(once);
  expect((await cli(["models", "approve", "1", "--by", "anna"], { cwd })).code).toBe(0);
  expect((await mirror()).json()).toMatchObject({ runs: [{ change: "unchanged" }], models: [{ change: "updated" }] });
  const approved = found();
  expect(approved.models).toEqual([{ name: tiny, aliases: { champion: "1" } }]);
  expect(approved.versions).toMatchObject([
    { tags: { "sagewright.approval": "Approved", "sagewright.decided_by": "anna", "sagewright.gate": "passed" } },
  ]);
  expect(Object.values(approved.runs.find(({ id }) => id === top?.id)?.points ?? {})).toEqual(
    Object.values(metrics).map(() => 1),
  );

  // A run that mirrors itself; and one whose server is gone, which is no failure of the run.
  const itself = await cli(["run", tiny, "--set", "MinimumAuc=0.5", "--mlflow", server.url], { cwd });
  expect({ code: itself.code, stderr: itself.stderr }).toEqual({
    code: 0,
    stderr: expect.stringMatching(/\nMLflow: http:\/\/127\.0\.0\.1:\d+ has the run as [0-9a-f]{32}\n/),
  });
  const unlucky = await cli(["run", tiny, "--set", "MinimumAuc=0.5", "--mlflow", "http://user:s3cret@127.0.0.1:9"], {
    cwd,
  });
  expect({ code: unlucky.code, stderr: unlucky.stderr }).toEqual({
    code: 0,
    stderr: expect.stringMatching(
      /bring it later with: (npx )?sagewright models mirror --mlflow http:\/\/127\.0\.0\.1:9\n/,
    ),
  });
  expect(unlucky.stdout + unlucky.stderr).not.toContain("s3cret");
  expect((await mirror()).json<{ runs: { change: string }[] }>().runs.map(({ change }) => change)).toEqual([
    "unchanged",
    "unchanged",
    "created",
  ]);
  const elsewhere = ["models", "mirror", "--mlflow", "http://user:s3cret@127.0.0.1:9", "--json"];
  const lost = await cli(elsewhere, { cwd, env: { MLFLOW_TRACKING_TOKEN: "t0ken" } });
  expect(lost.json<ErrorDocument>().error).toMatchObject({
    code: "mlflow_unreachable",
    subject: "http://127.0.0.1:9",
    exitCode: 5,
    fix: expect.stringContaining("nothing is made twice"),
  });
  expect(lost.stdout + lost.stderr).not.toMatch(/s3cret|t0ken/);
  const wrong = await cli(["models", "mirror", "--mlflow", "sqlite:///x.db", "--json"], { cwd });
  expect(wrong.json<ErrorDocument>().error).toMatchObject({ code: "usage", exitCode: 2 });
});
