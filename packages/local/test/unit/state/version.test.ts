import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { inspectState, openCloud } from "../../../src";
import { folderPerTest } from "../../support/folder";

const folder = folderPerTest();

test("a folder of a newer version is refused with both numbers and left as it is", async () => {
  writeFileSync(join(folder.path, "VERSION"), '{"format": 7}\n');
  mkdirSync(join(folder.path, "records"));
  const file = join(folder.path, "VERSION");
  const message = `${file}: the state folder has format 7, this version of Sagewright reads up to 1. Nothing was changed. Upgrade Sagewright, or name another state folder.`;
  await expect(openCloud({ stateDir: folder.path })).rejects.toMatchObject({ code: "state_newer", message });
  expect(readdirSync(folder.path)).toEqual(["VERSION", "records"]);
  expect(readFileSync(file, "utf8")).toBe('{"format": 7}\n');
  expect(inspectState(folder.path)).toEqual({ ok: false, detail: message });
});

test("a VERSION file that nobody can read is refused, not replaced", async () => {
  writeFileSync(join(folder.path, "VERSION"), "1.2.3\n");
  await expect(openCloud({ stateDir: folder.path })).rejects.toMatchObject({ code: "state_version_unreadable" });
  expect(readdirSync(folder.path)).toEqual(["VERSION"]);
});

test("a new folder gets its version, and says who has it open", async () => {
  expect(inspectState(join(folder.path, "new")).detail).toBe(`${join(folder.path, "new")} is not in use yet`);
  const cloud = await openCloud({ stateDir: folder.path });
  expect(JSON.parse(readFileSync(join(folder.path, "VERSION"), "utf8"))).toEqual({
    format: 1,
    names: "case-sensitive",
  });
  expect(inspectState(folder.path).detail).toContain(`process ${process.pid} on `);
  await cloud.close();
  expect(inspectState(folder.path).detail).toBe(`${folder.path}: format 1, nobody has it open`);
});

test("damaged records found while opening are warnings of the cloud", async () => {
  const first = await openCloud({ stateDir: folder.path });
  await first.close();
  mkdirSync(join(folder.path, "records/s3-buckets"), { recursive: true });
  writeFileSync(join(folder.path, "records/s3-buckets/broken.json"), "");
  const cloud = await openCloud({ stateDir: folder.path });
  expect(cloud.warnings.map(({ file }) => file)).toEqual(["records/s3-buckets/broken.json"]);
  await cloud.close();
});

test("a state folder that is a file is refused with a remedy", async () => {
  const file = join(folder.path, "file");
  writeFileSync(file, "x");
  await expect(openCloud({ stateDir: file })).rejects.toMatchObject({
    code: "state_not_a_folder",
    message: `${file}: a file is in the way of a folder. Name another state folder.`,
  });
  expect(readFileSync(file, "utf8")).toBe("x");
});
