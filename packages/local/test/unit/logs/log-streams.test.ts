import { appendFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { systemClock } from "../../../src/clock";
import { createLogStreams, type LogStreams } from "../../../src/services/logs/file-log-store";
import { filterOf } from "../../../src/services/logs/filter-pattern";
import { formatLogLine, parseLogLine } from "../../../src/services/logs/log-store";
import { type OpenStore, openStore } from "../../../src/state/store";
import { folderPerTest } from "../../support/folder";

let store: OpenStore;
let logs: LogStreams;
afterEach(() => store.close());
const folder = folderPerTest();

beforeEach(() => {
  store = openStore(folder.path);
  logs = createLogStreams(store, systemClock);
});

const group = "/aws/sagemaker/TrainingJobs";
const time = Date.parse("2026-11-21T08:00:00.123Z");

test("a job's log file is a stream that grows with it and survives reopening", async () => {
  const file = join(folder.path, "jobs/training/a/log.txt");
  mkdirSync(join(folder.path, "jobs/training/a"), { recursive: true });
  await logs.registerFile(group, "a/algo-1", file);
  expect(logs.read(group, "a/algo-1")).toEqual([]);
  writeFileSync(file, formatLogLine(time, "first"));
  appendFileSync(file, `no time of its own\n${formatLogLine(time + 5, "")}`);
  const lines = [
    { timestamp: time, message: "first" },
    { timestamp: time, message: "no time of its own" },
    { timestamp: time + 5, message: "" },
  ];
  expect(logs.read(group, "a/algo-1")).toEqual(lines);
  store.close();
  store = openStore(folder.path);
  expect(createLogStreams(store, systemClock).read(group, "a/algo-1")).toEqual(lines);
});

test("appended lines come back in order, and an unknown stream is undefined", async () => {
  logs.append(group, "b", [{ timestamp: time, message: "one" }]);
  await logs.write(group, "b", [{ timestamp: time + 1, message: "two\nlines" }]);
  expect(logs.read(group, "b")?.map(({ message }) => message)).toEqual(["one", "two\nlines"]);
  expect(logs.read(group, "c")).toBeUndefined();
});

test("a stream that was deleted and is made again has none of its former lines", async () => {
  const again = [{ timestamp: time, message: "again" }];
  await logs.write(group, "d", [{ timestamp: time, message: "once" }]);
  await logs.deleteStream(group, "d");
  await logs.createStream(group, "d");
  expect(logs.read(group, "d")).toEqual([]);
  await logs.write(group, "d", [{ timestamp: time, message: "twice" }]);
  await logs.deleteGroup(group);
  await logs.write(group, "d", again);
  store.close();
  store = openStore(folder.path);
  expect(createLogStreams(store, systemClock).read(group, "d")).toEqual(again);
});

test("a log line is its time and the message", () => {
  expect(formatLogLine(time, "hello")).toBe("2026-11-21T08:00:00.123Z hello\n");
  expect(parseLogLine("2026-11-21T08:00:00.123Z hello")).toEqual({ timestamp: time, message: "hello" });
  expect(parseLogLine("hello")).toBeUndefined();
});

test.each([
  ["", "anything", true],
  ["ERROR", "an ERROR here", true],
  ["ERROR", "an error here", false],
  ['"exit code" ERROR', "ERROR: exit code 1", true],
  ['"exit code" ERROR', "ERROR: code 1", false],
  ["?WARN ?ERROR", "WARN only", true],
  ["ERROR -DEBUG", "ERROR in DEBUG", false],
])("the pattern %j on %j gives %s", (pattern, message, expected) => {
  expect(filterOf(pattern)(message)).toBe(expected);
});

test("structured patterns are refused by name", () => {
  expect(() => filterOf("{ $.level = 3 }")).toThrow("Structured filter patterns are not emulated");
});

test("lines that a group keeps no longer are not shown", async () => {
  const day = 86_400_000;
  await logs.write(group, "s", [
    { timestamp: Date.now() - 8 * day, message: "old" },
    { timestamp: Date.now() - 6 * day, message: "new" },
  ]);
  await logs.retain(group, 7);
  expect(logs.groups()).toEqual([expect.objectContaining({ group, retentionDays: 7 })]);
  expect(logs.read(group, "s")?.map(({ message }) => message)).toEqual(["new"]);
  await logs.retain(group, undefined);
  expect(logs.read(group, "s")).toHaveLength(2);
});
