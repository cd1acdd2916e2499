import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { disk } from "../../../src/state/atomic-file";
import { type OpenStore, openStore as open, type StoreOptions } from "../../../src/state/store";
import { folderPerTest } from "../../support/folder";

const folder = folderPerTest();
const opened: OpenStore[] = [];

function openStore(root: string, options?: StoreOptions): OpenStore {
  const store = open(root, options);
  opened.push(store);
  return store;
}

afterEach(() => {
  for (const store of opened.splice(0)) store.close();
});

const now = () => new Date("2026-11-21T08:00:00.123Z");

/** A disk that is full from a moment on. */
function filling() {
  const state = { full: false };
  const fail = (written: string) =>
    Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC", syscall: "write", written });
  return {
    state,
    files: {
      ...disk,
      async write(handle: Parameters<typeof disk.write>[0], data: string | Uint8Array) {
        if (!state.full) return disk.write(handle, data);
        // A full disk still takes the first bytes.
        await disk.write(handle, Buffer.from(data).subarray(0, 7));
        throw fail("7 bytes");
      },
    },
  };
}

describe("records", () => {
  test("a record is visible at once and there after reopening, as readable JSON", async () => {
    const jobs = openStore(folder.path).collection<{ status: string }>("jobs");
    const written = jobs.put("train/1", { status: "InProgress" });
    expect(jobs.get("train/1")).toEqual({ status: "InProgress" });
    await written;
    expect(readFileSync(join(folder.path, "records/jobs/train%2F1.json"), "utf8")).toBe(
      '{\n  "status": "InProgress"\n}\n',
    );
    expect(openStore(folder.path).collection("jobs").get("train/1")).toEqual({ status: "InProgress" });
  });

  test("many puts of one key end with the last, on disk too", async () => {
    const jobs = openStore(folder.path).collection<number>("jobs");
    await Promise.all(Array.from({ length: 50 }, (_, index) => jobs.put("a", index)));
    expect(openStore(folder.path).collection<number>("jobs").get("a")).toBe(49);
    await Promise.all([jobs.put("a", 50), jobs.delete("a"), jobs.put("b", 1)]);
    expect(openStore(folder.path).collection<number>("jobs").values()).toEqual([1]);
    expect(readdirSync(join(folder.path, "tmp"))).toEqual([]);
  });

  test("each put is durable when its own promise resolves", async () => {
    const jobs = openStore(folder.path).collection<number>("jobs");
    const first = jobs.put("a", 1);
    const second = jobs.put("a", 2);
    await first;
    expect([1, 2]).toContain(openStore(folder.path).collection<number>("jobs").get("a"));
    await second;
    expect(openStore(folder.path).collection<number>("jobs").get("a")).toBe(2);
  });

  test("very long keys are kept", async () => {
    const key = "é/".repeat(400);
    const jobs = openStore(folder.path).collection<number>("jobs");
    await jobs.put(key, 1);
    expect(openStore(folder.path).collection<number>("jobs").get(key)).toBe(1);
    await jobs.delete(key);
    expect(openStore(folder.path).collection<number>("jobs").values()).toEqual([]);
  });

  test("a damaged record is moved aside and named, the others are read", async () => {
    const jobs = openStore(folder.path).collection<number>("jobs");
    await Promise.all([jobs.put("good", 1), jobs.put("bad", 2)]);
    writeFileSync(join(folder.path, "records/jobs/bad.json"), '{"torn": ');
    const store = openStore(folder.path, { now });
    expect(store.collection<number>("jobs").values()).toEqual([1]);
    const movedTo = "quarantine/2026-11-21T08-00-00.123Z/records/jobs/bad.json";
    expect(store.quarantined).toEqual([
      { file: "records/jobs/bad.json", movedTo, reason: expect.stringMatching(/^not a JSON record: /) },
    ]);
    expect(readFileSync(join(folder.path, movedTo), "utf8")).toBe('{"torn": ');
    expect(existsSync(join(folder.path, "records/jobs/bad.json"))).toBe(false);
  });

  test("on a full disk a put fails clearly, and the earlier record stays: in memory, on disk, nothing beside it", async () => {
    const { state, files } = filling();
    const jobs = openStore(folder.path, { files }).collection<string>("jobs");
    await jobs.put("a", "old");
    state.full = true;
    await expect(jobs.put("a", "new")).rejects.toMatchObject({
      code: "disk_full",
      message: `${join(folder.path, "records/jobs/a.json")}: no space is left on the disk. Nothing was written; the earlier state is intact. Free some space and run again.`,
    });
    expect(jobs.get("a")).toBe("old");
    await expect(jobs.put("b", "new")).rejects.toMatchObject({ code: "disk_full" });
    expect(jobs.has("b")).toBe(false);
    expect(readdirSync(join(folder.path, "tmp"))).toEqual([]);
    state.full = false;
    await jobs.put("a", "newer");
    expect(openStore(folder.path).collection<string>("jobs").values()).toEqual(["newer"]);
  });
});

describe("journals", () => {
  const file = () => join(folder.path, "executions/e1/journal.jsonl");

  test("events come back in order after reopening, one JSON line each", async () => {
    const journal = openStore(folder.path).journal<{ n: number }>("executions/e1/journal");
    await Promise.all([1, 2, 3].map((n) => journal.append({ n })));
    expect(readFileSync(file(), "utf8")).toBe('{"n":1}\n{"n":2}\n{"n":3}\n');
    expect(openStore(folder.path).journal("executions/e1/journal").read()).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }]);
  });

  test("a torn last line is cut off, and what is appended next stands on a line of its own", async () => {
    mkdirSync(join(folder.path, "executions/e1"), { recursive: true });
    writeFileSync(file(), '{"n":1}\n{"n":2}\n{"n":');
    const store = openStore(folder.path);
    const journal = store.journal<{ n: number }>("executions/e1/journal");
    expect(journal.read()).toEqual([{ n: 1 }, { n: 2 }]);
    expect(store.quarantined).toEqual([]);
    await journal.append({ n: 3 });
    expect(readFileSync(file(), "utf8")).toBe('{"n":1}\n{"n":2}\n{"n":3}\n');
  });

  test("damage in the middle moves the file aside, names the line and keeps the others", async () => {
    mkdirSync(join(folder.path, "executions/e1"), { recursive: true });
    const damaged = '{"n":1}\nrubbish\n{"n":3}\n';
    writeFileSync(file(), damaged);
    const store = openStore(folder.path, { now });
    const journal = store.journal<{ n: number }>("executions/e1/journal");
    expect(journal.read()).toEqual([{ n: 1 }, { n: 3 }]);
    const movedTo = "quarantine/2026-11-21T08-00-00.123Z/executions/e1/journal.jsonl";
    expect(store.quarantined).toEqual([
      { file: "executions/e1/journal.jsonl", movedTo, reason: "line 2 is not JSON; the other lines were kept" },
    ]);
    expect(readFileSync(join(folder.path, movedTo), "utf8")).toBe(damaged);
    expect(openStore(folder.path).journal("executions/e1/journal").read()).toEqual([{ n: 1 }, { n: 3 }]);
    await journal.append({ n: 4 });
    expect(openStore(folder.path).journal("executions/e1/journal").read()).toEqual([{ n: 1 }, { n: 3 }, { n: 4 }]);
  });

  test("on a full disk an append fails and leaves no half line", async () => {
    const { state, files } = filling();
    const journal = openStore(folder.path, { files }).journal<{ n: number }>("executions/e1/journal");
    await journal.append({ n: 1 });
    state.full = true;
    await expect(journal.append({ n: 2 })).rejects.toMatchObject({ code: "disk_full" });
    expect(readFileSync(file(), "utf8")).toBe('{"n":1}\n');
    state.full = false;
    await journal.append({ n: 3 });
    expect(journal.read()).toEqual([{ n: 1 }, { n: 3 }]);
    expect(openStore(folder.path).journal("executions/e1/journal").read()).toEqual([{ n: 1 }, { n: 3 }]);
  });

  test("a file cut at any byte gives back a prefix of what was appended", async () => {
    const events = Array.from({ length: 6 }, (_, n) => ({ n, text: "ü".repeat(n) }));
    const whole = Buffer.from(events.map((event) => `${JSON.stringify(event)}\n`).join(""));
    mkdirSync(join(folder.path, "executions/e1"), { recursive: true });
    for (let length = 0; length <= whole.length; length++) {
      writeFileSync(file(), whole.subarray(0, length));
      const journal = openStore(folder.path).journal("executions/e1/journal");
      const read = journal.read();
      expect(read).toEqual(events.slice(0, read.length));
      await journal.append("next");
      journal.close();
      appendFileSync(file(), "");
      expect(openStore(folder.path).journal("executions/e1/journal").read()).toEqual([...read, "next"]);
    }
  });
});
