import { createHash } from "node:crypto";
import { existsSync, linkSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { systemClock } from "../../../src/clock";
import { compareKeys } from "../../../src/services/s3/bucket-index";
import { createObjectStore, type ObjectStore } from "../../../src/services/s3/object-store";
import { type OpenStore, openStore } from "../../../src/state/store";
import { folderPerTest } from "../../support/folder";

let store: OpenStore | undefined;
let objects: ObjectStore;
afterEach(() => store?.close());
const folder = folderPerTest();

/** Opens the objects of the folder, as a new process would. */
async function open(): Promise<void> {
  store?.close();
  store = openStore(folder.path, { now: () => new Date("2026-11-21T08:00:00.123Z") });
  objects = createObjectStore({ store, clock: systemClock });
}

beforeEach(async () => {
  store = undefined;
  await open();
  await objects.createBucket("data");
});

const text = (value: string) => Buffer.from(value);
const md5 = (value: string) => createHash("md5").update(value).digest("hex");
const contentOf = async (key: string) => {
  const found = await objects.get("data", key);
  return found && readFileSync(found.file, "utf8");
};

describe("objects as files", () => {
  test("a plain key is a plain path", async () => {
    await objects.put("data", "churn/train.csv", text("a,b\n"));
    expect(readFileSync(join(folder.path, "objects/data/churn/train.csv"), "utf8")).toBe("a,b\n");
  });

  test("everything is there after reopening, deletions too", async () => {
    await objects.put("data", "a", text("1"), { contentType: "text/csv", metadata: { k: "v" } });
    await objects.put("data", "b", text("2"));
    await objects.put("data", "a", text("3"), { contentType: "text/plain" });
    await objects.delete("data", "b");
    await open();
    expect((await objects.list("data", "")).map(({ key, etag }) => [key, etag])).toEqual([["a", md5("3")]]);
    expect((await objects.find("data", "a"))?.record).toMatchObject({ contentType: "text/plain", size: 1 });
    expect(readdirSync(join(folder.path, "objects/data"))).toEqual(["a"]);
  });

  test("no key leaves the bucket's folder", async () => {
    const keys = ["../../VERSION", "..", "a/../../b", "/etc/passwd", "a\\..\\b", "./x"];
    for (const key of keys) await objects.put("data", key, text(key));
    expect(readdirSync(folder.path).sort()).toEqual(["objects", "records", "tmp"]);
    for (const key of keys) expect(await contentOf(key)).toBe(key);
  });

  test("a reader keeps what it has linked when the object is replaced", async () => {
    await objects.put("data", "a", text("old"));
    const link = join(folder.path, "link");
    linkSync((await objects.get("data", "a"))?.file as string, link);
    await objects.put("data", "a", text("new"));
    expect(readFileSync(link, "utf8")).toBe("old");
    expect(await contentOf("a")).toBe("new");
  });

  test("a file can be given away or copied", async () => {
    const given = join(folder.path, "given");
    const kept = join(folder.path, "kept");
    writeFileSync(given, "given");
    writeFileSync(kept, "kept");
    expect(await objects.putFromFile("data", "x/given", given, { move: true })).toEqual({ etag: md5("given") });
    expect(await objects.putFromFile("data", "x/kept", kept)).toEqual({ etag: md5("kept") });
    expect([existsSync(given), existsSync(kept)]).toEqual([false, true]);
    expect([await contentOf("x/given"), await contentOf("x/kept")]).toEqual(["given", "kept"]);
  });

  test("an unknown bucket is refused for writing and empty for reading", async () => {
    await expect(objects.put("none", "a", text("x"))).rejects.toMatchObject({ code: "NoSuchBucket", status: 404 });
    expect(await objects.get("none", "a")).toBeUndefined();
    expect(await objects.list("none", "")).toEqual([]);
  });

  test("puts of one key at the same time leave one of the bodies whole", async () => {
    const bodies = Array.from({ length: 20 }, (_, index) => `${index}`.repeat(1000));
    await Promise.all(bodies.map((body) => objects.put("data", "same", text(body))));
    expect(bodies).toContain(await contentOf("same"));
    const found = await objects.get("data", "same");
    expect(found?.etag).toBe(md5((await contentOf("same")) as string));
  });
});

describe("files changed behind the cloud's back", () => {
  test("a changed file is served with its new size and ETag", async () => {
    await objects.put("data", "a", text("before"));
    writeFileSync(join(folder.path, "objects/data/a"), "after it all");
    expect(await objects.get("data", "a")).toMatchObject({ size: 12, etag: md5("after it all") });
  });

  test("a removed file is an object that is not there", async () => {
    await objects.put("data", "a", text("x"));
    rmSync(join(folder.path, "objects/data/a"));
    expect(await objects.get("data", "a")).toBeUndefined();
    expect(await objects.list("data", "")).toEqual([]);
  });

  test("a damaged index is moved aside and rebuilt from the files", async () => {
    const keys = ["a", "a/b", "c d/é", "..", "x".repeat(700)];
    for (const key of keys) await objects.put("data", key, text(key));
    const index = join(folder.path, "objects/.index/data.jsonl");
    writeFileSync(index, `rubbish\n${readFileSync(index, "utf8").split("\n")[0]}\n`);
    await open();
    expect((await objects.list("data", "")).map(({ key }) => key).sort()).toEqual([...keys].sort());
    for (const key of keys) expect(await contentOf(key)).toBe(key);
    expect((await objects.get("data", "a/b"))?.etag).toBe(md5("a/b"));
    expect(store?.quarantined).toMatchObject([{ file: "objects/.index/data.jsonl" }]);
  });

  test("a lost index is rebuilt from the files", async () => {
    await objects.put("data", "a/b", text("1"));
    rmSync(join(folder.path, "objects/.index"), { recursive: true });
    await open();
    expect(await contentOf("a/b")).toBe("1");
  });
});

describe("a process that was killed between the index and the file", () => {
  const file = () => join(folder.path, "objects/data/a");
  const kept = () => join(folder.path, "kept");

  test("a put over an object has not happened", async () => {
    await objects.put("data", "a", text("old"), { metadata: { version: "old" } });
    linkSync(file(), kept());
    await objects.put("data", "a", text("new"), { metadata: { version: "new" } });
    renameSync(kept(), file());
    for (const _opening of ["at once", "and for good"]) {
      await open();
      expect((await objects.list("data", "")).map(({ etag }) => etag)).toEqual([md5("old")]);
      expect((await objects.find("data", "a"))?.record.metadata).toEqual({ version: "old" });
      expect(await contentOf("a")).toBe("old");
    }
  });

  test("a put of a new object has not happened", async () => {
    await objects.put("data", "a", text("new"));
    rmSync(file());
    await open();
    expect(await objects.list("data", "")).toEqual([]);
  });

  test("a deletion is carried out, of the last object too", async () => {
    await objects.put("data", "a", text("old"));
    linkSync(file(), kept());
    await objects.delete("data", "a");
    renameSync(kept(), file());
    await open();
    expect(await objects.find("data", "a")).toBeUndefined();
    expect(existsSync(file())).toBe(false);
  });

  test("a put after a deletion of the same object is there", async () => {
    await objects.put("data", "a", text("old"));
    await objects.delete("data", "a");
    await objects.put("data", "a", text("new"));
    await open();
    expect(await contentOf("a")).toBe("new");
  });
});

test("keys are ordered by their UTF-8 bytes", () => {
  const key = fc.string({
    unit: fc.constantFrom("a", "b", "/", "é", "\uffee", "\ue000", "😀", "\u{10ffff}"),
    maxLength: 6,
  });
  fc.assert(
    fc.property(key, key, (a, b) => {
      expect(Math.sign(compareKeys(a, b))).toBe(Math.sign(Buffer.compare(Buffer.from(a), Buffer.from(b))));
    }),
  );
});
