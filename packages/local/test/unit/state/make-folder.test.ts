import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeFolder } from "../../../src/state/make-folder";

const root = mkdtempSync(join(tmpdir(), "sagewright-make-folder-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

test("a folder is made with those above it, and again without complaint", () => {
  const folder = join(root, "a", "b", "c");
  makeFolder(folder);
  makeFolder(folder);
  expect(existsSync(folder)).toBe(true);
});

test("a file in the way is named", () => {
  writeFileSync(join(root, "file"), "");
  expect(() => makeFolder(join(root, "file", "below"))).toThrow(/file.below: a file is in the way of a folder/);
});

const onLinux = existsSync("/proc/self") ? test : test.skip;

onLinux("a file system that takes no folders is refused at once (Linux)", () => {
  expect(() => makeFolder("/proc/sagewright/state")).toThrow("/proc/sagewright: its file system takes no new folders.");
});
