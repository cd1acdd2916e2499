import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { systemClock } from "../../../src/clock";
import { download, regularFiles, upload } from "../../../src/jobs/transfer";
import { createObjectStore, type ObjectStore } from "../../../src/services/s3/object-store";
import { openStore } from "../../../src/state/store";
import { newStateDir } from "../../support/cloud-harness";
import { removeFolder } from "../../support/folder";

let stateDir: string;
let objects: ObjectStore;

beforeEach(async () => {
  stateDir = newStateDir();
  objects = createObjectStore({ store: openStore(stateDir), clock: systemClock, autoCreate: () => true });
});

afterEach(async () => {
  objects.close();
  await removeFolder(stateDir);
});

const put = (...keys: string[]) => Promise.all(keys.map((key) => objects.put("b", key, Buffer.from(key))));

async function fetched(uri: string): Promise<string[]> {
  const folder = join(stateDir, "to");
  await download(objects, { type: "S3Prefix", uri, folder });
  return (await regularFiles(folder)).map(({ path }) => path);
}

test.each([
  ["s3://b/data/train", ["a.csv", "deep/b.csv"], ["data/train/a.csv", "data/train/deep/b.csv"]],
  ["s3://b/data/train/", ["a.csv"], ["data/train/a.csv", "data/train/"]],
  ["s3://b/data/train/a.csv", ["a.csv"], ["data/train/a.csv"]],
  ["s3://b/data/part-", ["part-1", "part-2"], ["data/part-1", "data/part-2"]],
  ["s3://b", ["x", "y/z"], ["x", "y/z"]],
])("%s becomes %j", async (uri, paths, keys) => {
  await put(...keys);
  expect(await fetched(uri)).toEqual(paths);
});

test("a key that would leave the folder is refused", async () => {
  await put("data/../../evil");
  await expect(fetched("s3://b/data/")).rejects.toMatchObject({ code: "bad_key" });
  expect(existsSync(join(stateDir, "evil"))).toBe(false);
});

test("nothing under a prefix, and an address that is none, are named", async () => {
  await expect(fetched("s3://b/none")).rejects.toThrow('No S3 objects found under S3 URL "s3://b/none"');
  await expect(fetched("/data")).rejects.toThrow('"/data" is not an S3 URI. Give s3://bucket/key.');
});

test("a manifest must be one", async () => {
  await objects.put("b", "m", Buffer.from('["a"]'));
  const wish = { type: "ManifestFile" as const, uri: "s3://b/m", folder: join(stateDir, "to") };
  await expect(download(objects, wish)).rejects.toMatchObject({
    code: "bad_manifest",
    message:
      'The manifest s3://b/m must be a list that begins with {"prefix": "s3://bucket/path/"} and goes on with relative keys.',
  });
});

test("a job's change to its copy leaves the object alone, and what it uploads is a new one", async () => {
  await put("data/a");
  const folder = join(stateDir, "to");
  await download(objects, { type: "S3Prefix", uri: "s3://b/data/", folder });
  const { writeFile } = await import("node:fs/promises");
  await writeFile(join(folder, "a"), "changed");
  const original = await objects.get("b", "data/a");
  expect(readFileSync(original?.file ?? "", "utf8")).toBe("data/a");
  await upload(objects, folder, "s3://b/out", { move: true });
  const result = await objects.get("b", "out/a");
  expect(readFileSync(result?.file ?? "", "utf8")).toBe("changed");
});
