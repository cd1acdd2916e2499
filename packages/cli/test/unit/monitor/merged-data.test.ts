import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Readable } from "node:stream";
import { DeleteObjectCommand, GetObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { boolean, category, defineContract, integer } from "@sagewright/contract";
import { type Cloud, openCloud } from "@sagewright/local";
import { customerDigest, type FreshRules } from "@sagewright/monitoring";
import { type Clients, createClients, destroyClients, uploadData } from "@sagewright/sagemaker";
import { csvRows } from "../../../../../test/support/csv-rows";
import { captureSource } from "../../../src/monitor/capture-files";
import { labelCustomers } from "../../../src/monitor/label-customers";
import { type MergedData, mergedData } from "../../../src/monitor/retraining/merged-data";

/** What a training gets to read, from real captures, labels and an object in the embedded cloud's S3. */
const DAY_MS = 86_400_000;
const bucket = "sagewright-us-east-1-000000000000";
const now = new Date("2027-03-01T00:00:00Z");
const contract = defineContract({
  name: "tiny",
  id: ["customer"],
  target: { column: "left", positive: "ja", negative: "nein" },
  columns: {
    tenure: integer(),
    plan: category(["a", 'b, "best"']),
    paperless: boolean({ true: "y", false: "n" }),
  },
});

interface Fresh {
  readonly day: number;
  readonly id: string;
  readonly tenure?: number | null;
  readonly outcome?: number;
  readonly customer?: string;
}

let folder: string;
let cloud: Cloud;
let clients: Clients;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "sagewright-test-"));
  cloud = await openCloud({ stateDir: join(folder, "state") });
  clients = createClients(cloud.clientConfig());
});
afterAll(async () => {
  destroyClients(clients);
  await cloud.close();
  rmSync(folder, { recursive: true, force: true });
});

let places = 0;

/** Captures of days of 2027 with their labels, merged with a history. */
async function merge(
  rows: readonly Fresh[],
  { rules = {}, history, uri }: { rules?: Partial<FreshRules>; history?: string; uri?: string } = {},
): Promise<MergedData> {
  places += 1;
  const place = join(folder, String(places));
  for (const { day, id, tenure = 7, outcome, customer } of rows) {
    const at = new Date(Date.UTC(2027, 0, day, 12)).toISOString();
    const input = { tenure, plan: 'b, "best"', paperless: true };
    append(join(place, "captures"), at, {
      captureData: {
        endpointInput: { data: JSON.stringify(input), encoding: "JSON" },
        endpointOutput: { data: JSON.stringify({ churnProbability: 0.5, modelVersion: "1" }), encoding: "JSON" },
      },
      eventMetadata: { eventId: id, inferenceTime: at },
      eventVersion: "0",
    });
    if (outcome === undefined) continue;
    append(join(place, "truth"), new Date(Date.parse(at) + DAY_MS).toISOString(), {
      groundTruthData: { data: String(outcome), encoding: "CSV" },
      eventMetadata: { eventId: id, ...(customer === undefined ? {} : { customer: customerDigest(customer) }) },
      eventVersion: "0",
    });
  }
  return mergedData(
    { clients },
    {
      uri: uri ?? (await stored(history ?? usualHistory)),
      ...{ given: `s3://${bucket}/raw/`, bucket, group: "tiny" },
      contract,
      captures: captureSource(join(place, "captures"), { clients }),
      groundTruth: captureSource(join(place, "truth"), { clients }),
      rules: { weight: 1, minimumRows: 20, ...rules },
      now,
    },
  );
}

const usualHistory = "customer;tenure;plan;paperless;left\nc1;1;a;y;ja\nc2;2;a;n;nein\n";

function append(place: string, at: string, record: object): void {
  const file = join(place, at.slice(0, 13).replaceAll(/[-T]/g, "/"), "x.jsonl");
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(record)}\n`, { flag: "a" });
}

async function stored(text: string): Promise<string> {
  const file = join(folder, "history.csv");
  writeFileSync(file, text);
  return (await uploadData(clients, { bucket, file })).uri;
}

/** What was stored, row by row. */
async function read({ uri }: MergedData): Promise<Record<string, string>[]> {
  const [, Bucket, Key] = /^s3:\/\/([^/]+)\/(.+)$/.exec(uri) ?? [];
  const { Body } = await clients.s3.send(new GetObjectCommand({ Bucket, Key }));
  return csvRows(Body as Readable);
}

/** A day after the other, each with an outcome of either kind. */
const days = (count: number, more: Partial<Fresh> = {}): Fresh[] =>
  Array.from({ length: count }, (_, index) => [
    { day: index + 1, id: `p${index}-yes`, outcome: 1, ...more },
    { day: index + 1, id: `p${index}-no`, outcome: 0, ...more },
  ]).flat();

test("dated rows train, choose and test in the order of time; history without dates trains", async () => {
  const merged = await merge(days(40));
  expect(merged).toMatchObject({ history: 2, fresh: 80, splits: { train: 56, validation: 12, test: 12 }, broken: 0 });
  const rows = await read(merged);
  const latest = (split: string) =>
    rows.filter((row) => row.sagewright_split === split).map((row) => row.sagewright_date);
  const [train, validation, tested] = ["train", "validation", "test"].map((split) =>
    latest(split).filter((_, index) => split !== "train" || index > 1),
  ) as [string[], string[], string[]];
  expect(
    train
      .toSorted()
      .at(-1)
      ?.localeCompare(validation.toSorted()[0] ?? ""),
  ).toBe(-1);
  expect(
    validation
      .toSorted()
      .at(-1)
      ?.localeCompare(tested.toSorted()[0] ?? ""),
  ).toBe(-1);
  expect(rows[0]).toMatchObject({
    customer: "c1",
    left: "ja",
    sagewright_source: "history",
    sagewright_split: "train",
  });
  expect(rows[2]).toMatchObject({
    customer: "",
    tenure: "7",
    plan: 'b, "best"',
    paperless: "y",
    left: "ja",
    sagewright_date: "2027-01-01T12:00:00.000Z",
    sagewright_source: "fresh",
  });
});

test("a customer counts once a day, by the digest of its id, and the last one given counts", async () => {
  const twice = [
    ...days(40),
    { day: 3, id: "morning", outcome: 0, customer: "c9" },
    { day: 3, id: "evening", outcome: 1, customer: "c9" },
    { day: 4, id: "next-day", outcome: 1, customer: "c9" },
  ];
  const merged = await merge(twice);
  expect(merged).toMatchObject({ fresh: 82, duplicates: 1, unnamed: 80 });
  expect(merged.sentence).toMatch(/; 80 labels name no customer, and each counts by itself$/);
  const rows = (await read(merged)).filter((row) => row.sagewright_row === customerDigest("c9"));
  expect(rows.map((row) => [row.sagewright_date, row.left])).toEqual([
    ["2027-01-03T12:00:00.000Z", "ja"],
    ["2027-01-04T12:00:00.000Z", "ja"],
  ]);
});

test("labels that name customers by the contract's column meet the rows of history that do", async () => {
  const header = ["prediction_id", "customer", "left"];
  const { digestOf } = labelCustomers({ header, id: 0, contract });
  expect(digestOf(["p1", " c9 ", "yes"])).toBe(customerDigest("c9"));
  const history = "customer;seen;tenure;plan;paperless;left\nc9;2027-01-03;1;a;y;nein\nc8;2027-01-03;1;a;y;ja\n";
  const rows = days(40, { customer: "c9" }).map((row, index) => ({
    ...row,
    customer: `c${row.day === 3 ? 9 : index + 100}`,
  }));
  const merged = await merge(rows, { history, rules: { dateColumn: "seen" } });
  // Of the two on day 3 the last counts, and the row of history gives way to it.
  expect(merged).toMatchObject({ history: 1, fresh: 79, duplicates: 2, unnamed: 0 });
  expect(merged.sentence).toMatch(/to test$/);
});

test("what was merged before is not merged twice, and rows that are too old go", async () => {
  const first = await merge(days(40));
  const second = await merge(days(50), { uri: first.uri });
  expect(second).toMatchObject({ history: 2, fresh: 100, duplicates: 80 });
  const third = await merge(days(50), { rules: { windowDays: 20 }, uri: second.uri });
  // From 9 February on; the two undated rows were there when the test began, which is long before 2027.
  expect(third).toMatchObject({ history: 0, fresh: 22 });
});

test("the whole goes where trainings may read it, under its content; data that somebody stored since counts more", async () => {
  const first = await merge(days(40));
  expect(first.uri).toMatch(new RegExp(`^s3://${bucket}/merged/[0-9a-f]{64}/tiny-merged\\.csv$`));
  expect((await merge(days(40))).uri).toBe(first.uri);
  await clients.s3.send(
    new PutObjectCommand({ Bucket: bucket, Key: "raw/all.csv", Body: `${usualHistory}c3;3;a;n;nein\n` }),
  );
  expect(await merge(days(50), { uri: first.uri })).toMatchObject({ history: 3, fresh: 100, duplicates: 0 });
  expect(await merge(days(50), { uri: `s3://${bucket}/raw/` })).toMatchObject({ history: 3, fresh: 100 });
  await clients.s3.send(new PutObjectCommand({ Bucket: bucket, Key: "raw/more.csv", Body: usualHistory }));
  expect(await merge(days(50), { uri: `s3://${bucket}/raw/` })).toMatchObject({
    uri: `s3://${bucket}/raw/`,
    sentence: `the data of the last run, as it was: s3://${bucket}/raw/ does not hold one file`,
  });
  for (const Key of ["raw/all.csv", "raw/more.csv"])
    await clients.s3.send(new DeleteObjectCommand({ Bucket: bucket, Key }));
});

test("fresh rows may count more or less, in training only; where all count alike nothing is said of it", async () => {
  const first = await merge(days(40), { rules: { weight: 2.5 } });
  const rows = await read(first);
  const weights = (split: string, source: string) =>
    new Set(
      rows
        .filter((row) => row.sagewright_split === split && row.sagewright_source === source)
        .map(({ sagewright_weight: weight }) => weight),
    );
  expect(rows).toHaveLength(2 + 80);
  expect(["train", "validation", "test"].map((split) => [...weights(split, "fresh")])).toEqual([["2.5"], ["1"], ["1"]]);
  expect([...weights("train", "history")]).toEqual(["1"]);
  const again = await read(await merge(days(40), { uri: first.uri }));
  expect(again).toHaveLength(2 + 80);
  expect(Object.keys(again[0] ?? {})).not.toContain("sagewright_weight");
});

test("history with a column of dates is split by them too", async () => {
  const history = `customer;seen;tenure;plan;paperless;left\n${["2026-11-05", "2026-12-24T09:00:00Z", "?"]
    .map((date, index) => `c${index};${date};1;a;y;${index === 0 ? "ja" : "nein"}\n`)
    .join("")}`;
  const merged = await merge(days(40), { history, rules: { dateColumn: "seen" } });
  expect(merged).toMatchObject({ history: 3, fresh: 80 });
  const rows = await read(merged);
  expect(rows.filter(({ seen }) => seen !== "").map((row) => [row.seen, row.sagewright_source])).toEqual([
    ["?", "history"],
    ["2026-11-05", "history"],
    ["2026-12-24T09:00:00Z", "history"],
  ]);
  expect(rows.find(({ seen }) => seen === "2026-12-24T09:00:00Z")?.sagewright_date).toBe("2026-12-24T09:00:00.000Z");
});

test("days on which a column was missing are left out", async () => {
  const lost = Array.from({ length: 12 }, (_, index) => ({
    day: 9,
    id: `lost-${index}`,
    tenure: null,
    outcome: index % 2,
  }));
  const sound = days(40).filter(({ day }) => day !== 9);
  expect(await merge([...sound, ...lost])).toMatchObject({ fresh: 78, broken: 12 });
});

test.each([
  ["too few labels", days(5), "10 predictions with a label are fewer than the 20 that make a difference"],
  ["no label at all", [{ day: 1, id: "a" }], "0 predictions with a label are fewer than the 20"],
  [
    "one outcome",
    days(40).filter(({ outcome }) => outcome === 1),
    "the train part of the fresh rows would have one outcome only",
  ],
  [
    "a single moment",
    days(40).map((row) => ({ ...row, day: 5 })),
    "the validation part of the fresh rows would have no row",
  ],
])("with %s the data of the last run stays as it was, and that is said", async (_name, rows, because) => {
  const merged = await merge(rows);
  expect(merged.uri).toBe(await stored(usualHistory));
  expect(merged.sentence).toContain(`the data of the last run, as it was: ${because}`);
});
