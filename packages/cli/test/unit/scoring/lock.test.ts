import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { lockOutput } from "../../../src/scoring/lock";

const folder = mkdtempSync(join(tmpdir(), "sagewright-lock-"));
const out = join(folder, "scored.csv");
const now = () => Date.parse("2026-11-21T10:00:00.000Z");
const dead = spawnSync(process.execPath, ["-e", ""]).pid;
const written = (holder: object) => writeFileSync(`${out}.lock`, JSON.stringify(holder));

afterEach(() => rmSync(`${out}.lock`, { force: true }));
afterAll(() => rmSync(folder, { recursive: true }));

test("a lock is held until it is released, and its holder is named", () => {
  const release = lockOutput(out, now);
  expect(() => lockOutput(out, now)).toThrow(
    `process ${process.pid} has been scoring into it since 2026-11-21T10:00:00Z`,
  );
  release();
  lockOutput(out, now)();
  expect(readdirSync(folder)).toEqual([]);
});

test("a lock of a dead process is taken over", () => {
  written({ pid: dead, host: hostname(), began: "", since: "then" });
  const release = lockOutput(out, now);
  expect(JSON.parse(readFileSync(`${out}.lock`, "utf8")).pid).toBe(process.pid);
  release();
  expect(existsSync(`${out}.lock`)).toBe(false);
});

test("a process that has got a dead one's number does not hold its lock", () => {
  written({ pid: process.pid, host: hostname(), began: "1", since: "then" });
  lockOutput(out, now)();
});

test("a lock of another machine, and a file that is no lock, are left alone", () => {
  written({ pid: dead, host: "elsewhere", began: "", since: "then" });
  expect(() => lockOutput(out, now)).toThrow(`process ${dead} on elsewhere has been scoring into it since then`);
  writeFileSync(`${out}.lock`, "notes");
  expect(() => lockOutput(out, now)).toThrow("no run has made it");
  expect(readFileSync(`${out}.lock`, "utf8")).toBe("notes");
  expect(readdirSync(folder)).toEqual(["scored.csv.lock"]);
});
