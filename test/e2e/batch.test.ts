import { execFileSync, spawn, spawnSync } from "node:child_process";
import {
  appendFileSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { cli, finished, jobPython, root, scratchFolders, startCli } from "../support/cli";
import { until } from "../support/until";

/** Files of customers scored on all cores, through the command line; the model's own scikit-learn pipeline is the judge. */
jest.setTimeout(300_000);

const newFolder = scratchFolders();
const home = newFolder();
const state = join(home, "state");
const model = join(home, "model");
const command = ["predict", "batch-bench/1", "--state", state, "--json"];

interface Scored {
  scored: number;
  quarantined: number;
  byCode: Record<string, number>;
  quarantine: string | null;
  warnings: string[];
  resumedAt: number;
}

/** Customers like those of the bank; every `every`-th has something wrong with it. */
function customers(rows: number, options: { every?: number; target?: boolean; seed?: number } = {}): string {
  let state = options.seed ?? 1;
  const random = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  const pick = (values: readonly string[]) => values[Math.floor(random() * values.length)] ?? "";
  const names = ["RowNumber,CustomerId,Surname,CreditScore,Geography,Gender,Age,Tenure,Balance,NumOfProducts"];
  const lines = [`${names},HasCrCard,IsActiveMember,EstimatedSalary${options.target === true ? ",Exited" : ""}`];
  for (let row = 1; row <= rows; row += 1) {
    const age = 18 + Math.floor(random() * 60);
    const active = random() < 0.5 ? 1 : 0;
    const country = pick(["France", "Germany", "Spain"]);
    const surname = pick(["Kay", '"O, Neil"', '"Le ""Roi"""', "Müller", '"two\nlines"', "Chu"]);
    const bad = options.every !== undefined && row % options.every === 0;
    const fields = [
      ...[row, 15_000_000 + row, surname, 350 + Math.floor(random() * 500), bad ? "Atlantis" : country],
      ...[pick(["Female", "Male"]), age, Math.floor(random() * 11), (random() * 2e5).toFixed(2)],
      ...[1 + Math.floor(random() * 4), random() < 0.7 ? 1 : 0, active, (random() * 2e5).toFixed(2)],
    ];
    const left = age / 80 + (country === "Germany" ? 0.3 : 0) - active * 0.3 + random() > 1 ? 1 : 0;
    lines.push(options.target === true ? [...fields, left].join(",") : fields.join(","));
  }
  return `${lines.join("\n")}\n`;
}

const python = (script: string, ...args: string[]) =>
  execFileSync(jobPython, ["-c", script, ...args], { encoding: "utf8" });

/** A Python that has pyarrow as well, in the version of requirements.txt. */
const testPython = process.env.SAGEWRIGHT_TEST_PYTHON ?? "python3";

/** Fails unless the scores in a file are, to the last bit, those of the model's scikit-learn pipeline for its rows. */
const judge = `
import json, sys, joblib, numpy as np, pandas as pd, warnings
warnings.filterwarnings("ignore")
sys.path.insert(0, sys.argv[1] + "/code")
model = joblib.load(sys.argv[1] + "/model.joblib")
contract = json.load(open(sys.argv[1] + "/contract.json"))
threshold = json.load(open(sys.argv[1] + "/manifest.json"))["threshold"]["value"]
frame = pd.read_json(sys.argv[2], lines=True, precise_float=True) if sys.argv[2].endswith("ndjson") else pd.read_csv(sys.argv[2], float_precision="round_trip")
names = [column["name"] for column in contract["columns"]]
numbers = {column["name"]: float for column in contract["columns"] if column["type"] != "category"}
expected = model.predict_proba(frame[names].astype(numbers))[:, 1]
assert (frame["Exited_probability"].to_numpy() == expected).all()
assert (frame["Exited_predicted"].astype(int).to_numpy() == (expected >= threshold)).all()
print(len(frame))
`;

beforeAll(async () => {
  const training = join(home, "training.csv");
  writeFileSync(training, customers(3000, { target: true }));
  const pipeline = join(root, "test/bench/batch-pipeline.ts");
  const run = await cli(["run", pipeline, "--data", training, "--quiet", "--state", state]);
  expect({ code: run.code, stderr: run.code === 0 ? "" : run.stderr }).toEqual({ code: 0, stderr: "" });
  const shown = await cli(["models", "show", "batch-bench/1", "--json", "--state", state]);
  mkdirSync(model);
  const archive = join(state, "objects", shown.json<{ modelDataUrl: string }>().modelDataUrl.slice("s3://".length));
  execFileSync("tar", ["xzf", archive, "-C", model]);
});

async function predict(file: string, out: string, ...more: string[]) {
  const ended = await cli([...command, "--file", file, "--out", out, ...more]);
  return { ...ended, result: ended.code === 0 ? ended.json<Scored>() : undefined };
}

describe("a file of customers", () => {
  const folder = newFolder();
  const file = join(folder, "customers.csv");
  beforeAll(() => writeFileSync(file, customers(50_000, { every: 1000 })));

  test("is scored as scikit-learn scores it, in order, with the bad rows and their reasons beside it", async () => {
    const out = join(folder, "scored.csv");
    const { result } = await predict(file, out);
    expect(result).toMatchObject({ scored: 49_950, quarantined: 50, byCode: { unknown_category: 50 }, resumedAt: 0 });
    expect(Number(python(judge, model, out))).toBe(49_950);
    const numbers = "import sys, pandas as pd; print(*pd.read_csv(sys.argv[1])[sys.argv[2]].head(100000))";
    const rows = python(numbers, out, "RowNumber").trim().split(" ").map(Number);
    expect(rows).toEqual(Array.from({ length: 50_000 }, (_, index) => index + 1).filter((row) => row % 1000 !== 0));
    const [header, first] = readFileSync(`${out}.quarantine.csv`, "utf8").split("\n");
    expect(header).toBe("line,code,column,value,message,record");
    const line = readFileSync(file, "utf8").split("\n1000,")[0]?.split("\n").length ?? 0;
    expect(first).toContain(
      `${line + 1},unknown_category,Geography,Atlantis,"Geography: ""Atlantis"" is not a known category.`,
    );
  });

  test("comes out the same on one thread and on three", async () => {
    const outs = ["1", "3"].map((threads) => join(folder, `threads-${threads}.csv`));
    for (const [index, out] of outs.entries()) await predict(file, out, "--threads", ["1", "3"][index] ?? "");
    const [one, three] = outs.map((out) => readFileSync(out));
    expect(one?.equals(three as Buffer)).toBe(true);
    expect(readdirSync(folder).filter((name) => /partial|progress/.test(name))).toEqual([]);
  });

  test("goes through NDJSON and Parquet and back with the same scores", async () => {
    const clean = join(folder, "clean.csv");
    writeFileSync(clean, customers(20_000));
    const steps = ["a.ndjson", "b.parquet", "c.csv"].map((name) => join(folder, name));
    const [ndjson = "", parquet = "", csv = ""] = steps;
    await predict(clean, ndjson);
    expect(Number(python(judge, model, ndjson))).toBe(20_000);
    const unscored = join(folder, "unscored.ndjson");
    const lines = readFileSync(ndjson, "utf8")
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    for (const row of lines) {
      delete row.Exited_probability;
      delete row.Exited_predicted;
    }
    writeFileSync(unscored, lines.map((row) => `${JSON.stringify({ ...row, extra: 1 })}\n`).join(""));
    const again = await predict(unscored, join(folder, "again.ndjson"));
    expect(again.result?.warnings).toEqual(['Members that the contract does not know are ignored: "extra".']);
    expect(Number(python(judge, model, join(folder, "again.ndjson")))).toBe(20_000);
    expect((await predict(unscored, parquet)).code).toBe(0);
    const bare = join(folder, "bare.parquet");
    await withoutScores(parquet, bare);
    expect((await predict(bare, csv)).code).toBe(0);
    expect(Number(python(judge, model, csv))).toBe(20_000);
  });
});

/** Writes a CSV's rows as Parquet, in one codec after another and with every kind of type for a number, a text and a date. */
const parquetOfEveryKind = `
import sys, datetime, decimal, pandas as pd, pyarrow as pa, pyarrow.parquet as pq
frame = pd.read_csv(sys.argv[1])
rows = len(frame)
missing = pd.Series(range(rows)) % 7 == 0
table = pa.table({
  "RowNumber": pa.array(frame.RowNumber, pa.int64()),
  "CustomerId": pa.array(frame.CustomerId, pa.uint32()),
  "Surname": pa.array(frame.Surname).dictionary_encode(),
  "since": pa.array([datetime.datetime(2020, 1, 1, 12)] * rows, pa.timestamp("us")),
  "born": pa.array([datetime.date(1980, 1, 1)] * rows, pa.date32()),
  "tags": pa.array([["a", None]] * rows, pa.list_(pa.string())),
  "CreditScore": pa.array(frame.CreditScore, pa.int16(), mask=missing.to_numpy()),
  "Geography": pa.array(frame.Geography).dictionary_encode(),
  "Gender": pa.array(frame.Gender, pa.large_string()),
  "Age": pa.array(frame.Age, pa.int8()),
  "Tenure": pa.array(frame.Tenure, pa.float32()),
  "Balance": pa.array([decimal.Decimal(str(each)) for each in frame.Balance], pa.decimal128(12, 2)),
  "NumOfProducts": pa.array(frame.NumOfProducts, pa.int64()),
  "HasCrCard": pa.array(frame.HasCrCard == 1, pa.bool_()),
  "IsActiveMember": pa.array(frame.IsActiveMember, pa.int32()),
  "EstimatedSalary": pa.array(frame.EstimatedSalary, pa.float64()),
})
for codec in sys.argv[3:]:
  pq.write_table(table, f"{sys.argv[2]}/{codec}.parquet", compression=codec, row_group_size=1700)
`;

/** The same rows as a CSV, from what was scored into Parquet; pyarrow reads it. */
const csvOfParquet = `
import sys, pyarrow.parquet as pq
file = pq.ParquetFile(sys.argv[1])
frame = file.read().to_pandas()
frame.to_csv(sys.argv[2], index=False)
print(file.metadata.num_rows, frame.CreditScore.isna().sum(), frame.since[0], frame.born[0], frame.tags[0], frame.RowNumber[1])
`;

describe("Parquet of others", () => {
  const folder = newFolder();

  test("is read whatever its types and codecs, and others read ours", async () => {
    const source = join(folder, "customers.csv");
    writeFileSync(source, customers(5000));
    const codecs = ["snappy", "gzip", "zstd", "brotli", "lz4", "none"];
    execFileSync(testPython, ["-c", parquetOfEveryKind, source, folder, ...codecs]);
    const outs = codecs.map((codec) => join(folder, `${codec}.scored.csv`));
    for (const [index, codec] of codecs.entries()) {
      const { result } = await predict(join(folder, `${codec}.parquet`), outs[index] ?? "");
      expect(result).toMatchObject({ scored: 5000, quarantined: 0 });
    }
    const [first, ...others] = outs.map((out) => readFileSync(out));
    expect(others.every((other) => first?.equals(other))).toBe(true);
    expect(Number(python(judge, model, outs[0] ?? ""))).toBe(5000);
    const parquet = join(folder, "scored.parquet");
    await predict(join(folder, "zstd.parquet"), parquet);
    const csv = join(folder, "judged.csv");
    const seen = execFileSync(testPython, ["-c", csvOfParquet, parquet, csv], { encoding: "utf8" });
    expect(seen.trim()).toBe('5000 715 2020-01-01T12:00:00.000Z 1980-01-01T00:00:00.000Z ["a",null] 2');
    expect(Number(python(judge, model, csv))).toBe(5000);
  });
});

/** Copies a Parquet file without its last two columns. */
async function withoutScores(from: string, to: string): Promise<void> {
  const script = `
    const { parquetReadObjects, asyncBufferFromFile } = await import("hyparquet");
    const { parquetWriteFile } = await import("hyparquet-writer");
    const rows = await parquetReadObjects({ file: await asyncBufferFromFile(process.argv[1]) });
    const names = Object.keys(rows[0]).filter((name) => !name.startsWith("Exited_"));
    const columnData = names.map((name) => ({ name, data: rows.map((row) => row[name]) }));
    parquetWriteFile({ filename: process.argv[2], columnData, rowGroupSize: 7000 });`;
  execFileSync(process.execPath, ["--input-type=module", "-e", script, from, to], { cwd: join(root, "packages/cli") });
}

/** Scores in a process that can be killed, noting how far it is after every few tasks. */
const scorer = `
  const { scoreFile } = require(process.argv[1] + "/packages/cli/dist/scoring/file.js");
  const { readContract } = require(process.argv[1] + "/packages/contract/dist/index.js");
  const { readFileSync } = require("node:fs");
  // A process's maxRSS begins with its parent's on Linux; the high-water mark of its own memory does not.
  const peakBytes = () =>
    process.platform === "linux"
      ? Number(/VmHWM:\\s+(\\d+) kB/.exec(readFileSync("/proc/self/status", "utf8"))[1]) * 1024
      : process.resourceUsage().maxRSS * 1024;
  const [, , model, file, out] = process.argv;
  const contract = readContract(readFileSync(model + "/contract.json", "utf8"));
  const predictor = new Uint8Array(readFileSync(model + "/predictor.safetensors"));
  scoreFile({ contract, predictor }, file, out, { checkpointMs: 20, threads: 2 }).then((done) =>
    process.stdout.write(JSON.stringify({ ...done, peakBytes: peakBytes() })),
  );`;

const score = (file: string, out: string) => [["-e", scorer, root, model, file, out]] as const;

/** Scores a file in another process, which is killed as soon as `enough` says so. @returns what it said at its end */
function scoreApart(file: string, out: string, enough: () => boolean = () => false): Promise<string> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, score(file, out)[0], { stdio: ["ignore", "pipe", "inherit"] });
    let stdout = "";
    child.stdout.on("data", (chunk) => {
      stdout += chunk;
    });
    const looks = setInterval(() => enough() && child.kill("SIGKILL"), 2);
    child.on("close", () => {
      clearInterval(looks);
      resolve(stdout);
    });
  });
}

/** What a run that has not ended has noted of how far it is. */
const progressOf = (out: string): string | undefined =>
  existsSync(`${out}.progress.json`) ? readFileSync(`${out}.progress.json`, "utf8") : undefined;

describe("a run that is killed", () => {
  const folder = newFolder();
  const file = join(folder, "customers.csv");
  const less = join(folder, "less.csv");
  beforeAll(() => {
    const all = customers(300_000, { every: 777 });
    writeFileSync(file, all);
    writeFileSync(less, customers(100_000, { every: 777 }));
  });

  test.each(["csv", "parquet", "ndjson"])("is gone on with by the next one, to the same bytes (%s)", async (format) => {
    const input = format === "csv" ? file : less;
    const [calm, killed] = [join(folder, `calm.${format}`), join(folder, `killed.${format}`)];
    const undisturbed = JSON.parse(await scoreApart(input, calm)) as Scored;
    let resumed = 0;
    let result: Scored | undefined;
    while (result === undefined) {
      const before = progressOf(killed);
      const stdout = await scoreApart(input, killed, () => resumed < 3 && progressOf(killed) !== before);
      if (stdout !== "") result = JSON.parse(stdout) as Scored;
      else if (existsSync(killed)) {
        // Killed after the end, before it was told: whole it is all the same. Another time from the start.
        expect(readFileSync(killed).equals(readFileSync(calm))).toBe(true);
        rmSync(killed);
      } else if (progressOf(killed) !== undefined) resumed += 1;
    }
    expect(resumed).toBeGreaterThan(0);
    expect(result.resumedAt).toBeGreaterThan(0);
    expect([result.scored, result.quarantined]).toEqual([undisturbed.scored, undisturbed.quarantined]);
    expect(readFileSync(killed).equals(readFileSync(calm))).toBe(true);
    expect(readFileSync(`${killed}.quarantine.csv`, "utf8")).toBe(readFileSync(`${calm}.quarantine.csv`, "utf8"));
    expect(
      readdirSync(folder).filter((name) => name.startsWith("killed") && /partial|progress|lock/.test(name)),
    ).toEqual([]);
  });

  test("is not gone on with when the input or what was written has changed", async () => {
    const changing = join(folder, "changing.csv");
    const out = join(folder, "changed.csv");
    copyFileSync(file, changing);
    await scoreApart(changing, out, () => progressOf(out) !== undefined);
    const partial = readFileSync(`${out}.partial`);
    partial[100] = (partial[100] ?? 0) ^ 1;
    writeFileSync(`${out}.partial`, partial);
    const result = JSON.parse(await scoreApart(changing, out)) as Scored;
    expect(result.resumedAt).toBe(0);
    expect(result.warnings).toEqual([expect.stringContaining("everything was scored again")]);
    const calm = join(folder, "calm.csv");
    expect(readFileSync(out).equals(readFileSync(calm))).toBe(true);
  });

  test.each(["csv", "parquet", "ndjson"])(
    "needs the memory of a few tasks, however long the file (%s)",
    async (format) => {
      const out = join(folder, `memory.${format}`);
      const { peakBytes } = JSON.parse(await scoreApart(file, out)) as { peakBytes: number };
      expect(statSync(file).size).toBeGreaterThan(2e7);
      expect(peakBytes / 2 ** 20).toBeLessThan(300);
    },
  );

  test("leaves the output to nobody else while it runs", async () => {
    const out = join(folder, "contested.csv");
    const one = startCli([...command, "--file", file, "--out", out]);
    const first = finished(one);
    await until(() => existsSync(`${out}.lock`));
    // It goes no further until the second one has been answered.
    one.kill("SIGSTOP");
    const second = await cli([...command, "--file", less, "--out", out]);
    one.kill("SIGCONT");
    expect([second.code, second.json<{ error: object }>().error]).toEqual([
      5,
      expect.objectContaining({ code: "output_locked", message: expect.stringContaining(`process ${one.pid} `) }),
    ]);
    expect((await first).json<Scored>().scored).toBeGreaterThan(299_000);
    expect(existsSync(`${out}.lock`)).toBe(false);
  });

  test("is refused when the input grows meanwhile", async () => {
    const growing = join(folder, "growing.csv");
    const out = join(folder, "grown.csv");
    copyFileSync(file, growing);
    const run = finished(startCli([...command, "--file", growing, "--out", out]));
    await until(() => existsSync(`${out}.partial`));
    appendFileSync(growing, "1,2,3\n");
    const { code, json } = await run;
    expect([code, json<{ error: { code: string } }>().error.code]).toEqual([1, "input_changed"]);
    expect(readdirSync(folder).filter((name) => name.startsWith("grown"))).toEqual([]);
  });
});

describe("what cannot be done is said before anything is written", () => {
  const folder = newFolder();
  const file = join(folder, "customers.csv");
  beforeAll(() => writeFileSync(file, customers(10)));
  const refused = async (input: string, out: string) => {
    const { code, stdout } = await cli([...command, "--file", input, "--out", out]);
    return { exit: code, ...JSON.parse(stdout).error };
  };

  test("the output is the input", async () => {
    const link = join(folder, "link.csv");
    symlinkSync(file, link);
    expect(await refused(file, link)).toMatchObject({ exit: 2, code: "output_is_input" });
    expect(await refused(file, file)).toMatchObject({ exit: 2, code: "output_is_input" });
    expect(readFileSync(file, "utf8")).toBe(customers(10));
  });

  test("the output is a folder or a device, or nothing can be put there", async () => {
    expect(await refused(file, folder)).toMatchObject({ exit: 2, code: "output_not_a_file" });
    const pipe = join(folder, "pipe.csv");
    execFileSync("mkfifo", [pipe]);
    expect(await refused(file, pipe)).toMatchObject({ exit: 2, code: "output_not_a_file" });
    expect(await refused(file, join(file, "out.csv"))).toMatchObject({ exit: 5, code: "output_unwritable" });
    expect(await refused(file, join(folder, `${"n".repeat(300)}.csv`))).toMatchObject({ code: "output_unwritable" });
    expect(await refused(file, join(folder, "out.csv.gz"))).toMatchObject({ exit: 2, code: "usage" });
  });

  test("the input is packed, or one line of it is as long as a file", async () => {
    const packed = join(folder, "packed.csv");
    writeFileSync(packed, gzipSync(customers(10)));
    const out = join(folder, "out.csv");
    expect(await refused(packed, out)).toMatchObject({
      exit: 3,
      code: "file_compressed",
      fix: expect.stringMatching("gunzip"),
    });
    const long = join(folder, "long.csv");
    const [head = "", row = ""] = customers(1).replace('"two\nlines"', "Chu").split("\n");
    writeFileSync(long, `${head}\n${row.replace(/^1,/, `${"1".repeat(10_000_000)},`)}\n${row}`);
    const scored = await predict(long, join(folder, "long.scored.csv"));
    expect(scored.result).toMatchObject({ scored: 2, quarantined: 0 });
    appendFileSync(long, `\n${"x".repeat(80_000_000)}`);
    expect(await refused(long, join(folder, "none.csv"))).toMatchObject({ exit: 3, code: "file_record_too_long" });
    expect(readdirSync(folder).filter((name) => name.startsWith("none"))).toEqual([]);
  });

  test("a column is missing, there already, or not in any row", async () => {
    const write = (name: string, text: string) => {
      writeFileSync(join(folder, name), text);
      return join(folder, name);
    };
    const out = join(folder, "out.csv");
    const csv = customers(10);
    const missing = write("missing.csv", csv.replace("Age,", "Years,"));
    expect(await refused(missing, out)).toMatchObject({ exit: 3, code: "column_missing" });
    const taken = write("taken.csv", csv.replace("Surname", "Exited_probability"));
    expect(await refused(taken, out)).toMatchObject({ exit: 3, code: "column_taken" });
    expect(await refused(write("empty.csv", ""), out)).toMatchObject({ exit: 3, code: "file_empty" });
    expect(await refused(write("header.csv", csv.split("\n")[0] ?? ""), out)).toMatchObject({
      exit: 3,
      code: "no_rows",
    });
    expect(await refused(write("not.parquet", "PAR1 not"), out)).toMatchObject({ exit: 3, code: "file_unreadable" });
    const latin = write("latin.csv", csv);
    writeFileSync(latin, Buffer.from(csv, "latin1"));
    expect(await refused(latin, out)).toMatchObject({ exit: 3, code: "not_utf8" });
    expect(readdirSync(folder).filter((name) => name.startsWith("out.csv"))).toEqual([]);
    const extra = write("extra.csv", csv.replace("Surname", "Nickname"));
    const { json } = await cli([...command, "--file", extra, "--out", out]);
    expect(json<Scored>()).toMatchObject({ scored: 10 });
    expect(json<Scored>().warnings).toEqual(['Columns that the contract does not know are ignored: "Nickname".']);
  });

  test("the disk is full: said once, and what was done is kept", () => {
    if (spawnSync("unshare", ["-rm", "true"]).status !== 0) {
      console.warn("No mount namespaces on this machine: a full disk is not tested here.");
      return;
    }
    const disk = newFolder();
    const large = join(folder, "large.csv");
    writeFileSync(large, customers(60_000));
    const script = `mount -t tmpfs -o size=2m none "$1" && disk="$1" && shift && "$@"; code=$?; echo "kept: "; ls "$disk"; exit $code`;
    const whole = [process.execPath, join(root, "packages/cli/bin/sagewright.js"), ...command];
    const args = ["-rm", "sh", "-c", script, "sh", disk, ...whole, "--file", large, "--out", join(disk, "out.csv")];
    const { stdout, status } = spawnSync("unshare", args, { encoding: "utf8", cwd: root });
    const [said, kept] = stdout.split("kept: ");
    expect({ status, ...JSON.parse(said ?? "").error }).toMatchObject({ status: 5, code: "disk_full" });
    expect(kept?.trim().split("\n").sort()).toEqual([
      "out.csv.partial",
      "out.csv.progress.json",
      "out.csv.quarantine.csv.partial",
    ]);
  });
});
