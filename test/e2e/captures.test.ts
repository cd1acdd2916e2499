import { execFile } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { Capture, fileAuditLog, hourlyFolder, serverSecret, servingPaths } from "@sagewright/serving";
import { cli, scratchFolders } from "../support/cli";

/** What the prediction API leaves in its folder is exported for pandas, and its audit log is checked, at the prompt. */
jest.setTimeout(60_000);

const newFolder = scratchFolders();
const python = process.env.SAGEWRIGHT_TEST_PYTHON ?? "python3";

const READ = `
import json, sys, pandas as pd, pyarrow.parquet as pq
parquet, csv = pq.read_table(sys.argv[1]), pd.read_csv(sys.argv[2])
frame = parquet.to_pandas()
pd.testing.assert_frame_equal(frame, csv, check_dtype=False)
print(json.dumps({"rows": len(frame), "types": [str(field.type) for field in parquet.schema],
                  "tenure": frame["tenure"].sum(), "unknown": int(frame["plan"].isna().sum()), "plans": sorted(set(frame["plan"].dropna()))}))
`;

async function captured(folder: string, count: number): Promise<void> {
  let at = Date.parse("2026-01-02T03:00:00Z");
  const sink = hourlyFolder(servingPaths(folder).captures, { name: "one" });
  const capture = new Capture({ sink, mostWaiting: count, now: () => new Date(at) });
  for (let index = 0; index < count; index++, at += 1_000) {
    const predictionId = `p${index}`;
    const plan = index % 7 === 0 ? null : `a "plan", ${index % 3}`;
    const answer = { predictionId, value: index / 8, drivers: [], modelVersion: "v1", latencyMs: 0 };
    capture.observe({ tenure: index, plan }, answer);
  }
  await capture.flush();
}

test("captures are exported as CSV and Parquet alike; damaged lines are put aside", async () => {
  const folder = newFolder();
  const serving = join(folder, "state/serving");
  const here = (...words: string[]) => cli([...words, "--json", "--state", "state"], { cwd: folder });
  await captured(serving, 12_000);
  const damaged = join(serving, "captures/2026/01/02/03/two.jsonl");
  writeFileSync(damaged, '{"captureData":\n{}\n');
  for (const out of ["out.parquet", "out.csv"]) {
    const exported = await here("captures", "export", "--out", out);
    expect([exported.code, exported.json()]).toEqual([
      0,
      { out: join(folder, out), predictions: 12_000, refused: 2, quarantine: join(folder, `${out}.quarantine.jsonl`) },
    ]);
  }
  const aside = readFileSync(join(folder, "out.csv.quarantine.jsonl"), "utf8").trimEnd().split("\n");
  expect(aside.map((line) => JSON.parse(line))).toMatchObject([
    { file: damaged, line: 1, reason: "the line is not JSON" },
    { file: damaged, line: 2, reason: expect.stringContaining("captureData") },
  ]);
  const read = await promisify(execFile)(python, ["-c", READ, join(folder, "out.parquet"), join(folder, "out.csv")]);
  expect(JSON.parse(read.stdout)).toEqual({
    rows: 12_000,
    types: ["string", "string", "double", "string", "double", "string", "double"],
    tenure: (12_000 * 11_999) / 2,
    unknown: Math.ceil(12_000 / 7),
    plans: [0, 1, 2].map((kind) => `a "plan", ${kind}`),
  });
  const part = await here(
    "captures",
    "export",
    "--out",
    "part.csv",
    "--from",
    "2026-01-02T04",
    "--to",
    "2026/01/02/04",
  );
  expect(part.json()).toEqual({ out: join(folder, "part.csv"), predictions: 3_600, refused: 0 });
  expect((await here("captures", "export", "--out", "part.txt")).code).toBe(2);
  expect((await here("captures", "export", "--out", "part.csv", "--from", "yesterday")).code).toBe(2);
  expect(existsSync(join(folder, "part.csv.part"))).toBe(false);
});

test("the audit log is checked over its files, and against an end that was kept", async () => {
  const folder = newFolder();
  const paths = servingPaths(join(folder, "state/serving"));
  mkdirSync(join(folder, "state/serving"), { recursive: true });
  const log = fileAuditLog({ path: paths.audit, secret: await serverSecret(paths.secret), rotation: { bytes: 100 } });
  for (const prediction of ["a", "b", "c"]) {
    log.record({ who: "open", what: "predict", model: "1", about: { prediction } });
    await log.flush();
  }
  const here = (...words: string[]) => cli([...words, "--json", "--state", "state"], { cwd: folder });
  const verified = await here("audit", "verify");
  const { end } = verified.json<{ end: string }>();
  expect(verified.json()).toMatchObject({
    ok: true,
    lines: 3,
    files: 3,
    end: expect.stringMatching(/^3:[0-9a-f]{64}$/),
  });
  expect((await here("audit", "verify", "--since", end)).code).toBe(0);
  expect((await here("audit", "verify", "--since", `3:${"0".repeat(64)}`)).code).toBe(1);
  expect((await here("audit", "verify", "--since", "3")).code).toBe(2);
  const second = join(folder, "state/serving/audit.000000000002-000000000002.jsonl");
  writeFileSync(second, readFileSync(second, "utf8").replace('"b"', '"x"'));
  const broken = await here("audit", "verify");
  expect(broken.code).toBe(1);
  expect(broken.stderr + broken.stdout).toContain(`${second}:2`);
});
