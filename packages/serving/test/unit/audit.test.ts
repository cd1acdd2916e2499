import { createHmac } from "node:crypto";
import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileAuditLog, verifyAuditLog } from "@sagewright/serving";
import fc from "fast-check";

const secret = Buffer.alloc(32, 7);
const folder = mkdtempSync(join(tmpdir(), "sagewright-audit-"));
afterAll(() => rmSync(folder, { recursive: true }));
let made = 0;

const now = () => new Date("2026-01-02T03:04:05Z");

async function written(lines: number, { groups = 1, bytes = 1e9 } = {}): Promise<string> {
  made += 1;
  const path = join(folder, `${made}.jsonl`);
  const log = fileAuditLog({ path, secret, now, rotation: { bytes } });
  for (let index = 0; index < lines; index++) {
    log.record({ who: "open", what: "predict", model: "7", about: { prediction: `p${index}` } });
    if ((index + 1) % (lines / groups) === 0) await log.flush();
  }
  await log.flush();
  return path;
}

describe("the audit log", () => {
  test("is whole when nothing was done to it, however many processes write it", async () => {
    const path = await written(5);
    const others = [1, 2].map(() => fileAuditLog({ path, secret }));
    for (const other of others)
      for (let index = 0; index < 20; index++) other.record({ who: "k", what: "retrain", about: {} });
    await Promise.all(others.map((other) => other.flush()));
    expect(await verifyAuditLog(path, secret)).toMatchObject({ ok: true, lines: 45 });
  });

  test("that was never begun is whole", async () => {
    const verdict = await verifyAuditLog(join(folder, "none.jsonl"), secret);
    expect(verdict).toMatchObject({ ok: true, lines: 0, last: undefined, end: { seq: 0 } });
  });

  test.each([
    ["in one block", 1],
    ["in many blocks over several files", 12],
  ])("shows every changed, removed, added or moved line, %s", async (_, groups) => {
    const path = await written(12, { groups, bytes: 400 });
    const files = readdirSync(folder)
      .filter((name) => new RegExp(`^${made}\\.(\\d+-\\d+\\.)?jsonl$`).test(name))
      .map((name) => join(folder, name));
    expect(files.length).toBe(groups === 1 ? 1 : 6);
    const originals = new Map(files.map((file) => [file, readFileSync(file, "latin1")]));
    const kinds = fc.constantFrom("change", "remove", "move", "repeat", "cut", "insert");
    await fc.assert(
      fc.asyncProperty(kinds, fc.nat(), fc.nat(), fc.nat(), async (kind, which, at, place) => {
        const file = files[which % files.length] ?? "";
        const original = originals.get(file) ?? "";
        const lines = original.trimEnd().split("\n");
        const index = at % lines.length;
        const other = place % lines.length;
        if (kind === "change" || kind === "cut" || kind === "insert") {
          const position = place % original.length;
          const put = { change: original[position] === "x" ? "y" : "x", cut: "", insert: "\r" }[kind];
          const skipped = kind === "insert" ? 0 : 1;
          writeFileSync(file, original.slice(0, position) + put + original.slice(position + skipped), "latin1");
        } else {
          const [line = ""] = kind === "repeat" ? [lines[index]] : lines.splice(index, 1);
          fc.pre(kind !== "move" || index !== other);
          if (kind !== "remove") lines.splice(other, 0, line);
          writeFileSync(file, `${lines.join("\n")}\n`, "latin1");
        }
        try {
          expect(await verifyAuditLog(path, secret)).toMatchObject({ ok: false });
        } finally {
          writeFileSync(file, original, "latin1");
        }
      }),
      { numRuns: 120 },
    );
    expect(await verifyAuditLog(path, secret)).toMatchObject({ ok: true, lines: 12 });
  });

  test("names the line that was changed, and its block where the seal was changed with it", async () => {
    const path = await written(8);
    const original = readFileSync(path, "utf8");
    writeFileSync(path, original.replace('"prediction":"p4"', '"prediction":"q4"'));
    const verdict = await verifyAuditLog(path, secret);
    expect(verdict).toEqual({
      ok: false,
      lines: 0,
      line: 5,
      lastLine: 5,
      file: path,
      fileLine: 9,
      reason: "the line was changed",
    });
    const [seal = ""] = /"sums":"[0-9a-f]+"/.exec(original) ?? [];
    const forged = `"sums":"${"0".repeat(64)}"`;
    writeFileSync(path, original.replace('"prediction":"p4"', '"prediction":"q4"').replace(seal, '"sums":""'));
    expect(await verifyAuditLog(path, secret)).toMatchObject({ ok: false, line: 1, lastLine: 8 });
    writeFileSync(path, original.replace(seal, forged));
    expect(await verifyAuditLog(path, secret)).toMatchObject({ ok: false, line: 1 });
  });

  test("shows lines cut off at its end, also after more were written", async () => {
    const path = await written(6, { groups: 6 });
    const lines = readFileSync(path, "utf8").split("\n");
    writeFileSync(path, `${lines.slice(0, 8).join("\n")}\n`);
    expect(await verifyAuditLog(path, secret)).toMatchObject({
      ok: false,
      line: 5,
      reason: expect.stringContaining("6 lines were written"),
    });
    const log = fileAuditLog({ path, secret });
    log.record({ who: "open", what: "predict", about: {} });
    await log.flush();
    expect(await verifyAuditLog(path, secret)).toMatchObject({ ok: false, line: 5 });
  });

  test("cannot be written anew without the secret", async () => {
    const path = await written(3);
    const forged = fileAuditLog({ path: `${path}.forged`, secret: Buffer.alloc(32, 8) });
    for (let index = 0; index < 3; index++) forged.record({ who: "open", what: "predict", about: {} });
    await forged.flush();
    writeFileSync(path, readFileSync(`${path}.forged`));
    writeFileSync(`${path}.head`, readFileSync(`${path}.forged.head`));
    expect(await verifyAuditLog(path, secret)).toMatchObject({ ok: false, line: 1 });
  });

  test("goes on after a power cut in the middle of a block: the rest is put aside and said on record", async () => {
    const path = await written(3);
    const torn =
      '{"seq":4,"at":"2026-01-02T03:04:06.000Z","who":"open","what":"predict","about":{}}\n{"seq":5,"at":"2026';
    appendFileSync(path, torn);
    expect(await verifyAuditLog(path, secret)).toMatchObject({ ok: false, lines: 3, line: 4 });
    const log = fileAuditLog({ path, secret });
    log.record({ who: "open", what: "predict", about: {} });
    await log.flush();
    expect(await verifyAuditLog(path, secret)).toMatchObject({ ok: true, lines: 5 });
    expect(readFileSync(path, "utf8")).toContain(
      `"who":"audit","what":"audit_recovered","about":{"tornBytes":${torn.length}}`,
    );
    expect(readFileSync(`${path}.torn`, "utf8")).toBe(torn);
  });

  test("shows a forged or missing end, and an older copy of everything by an end kept elsewhere", async () => {
    const path = await written(6, { groups: 2 });
    const [first = "", whole] = [readFileSync(path, "utf8"), readFileSync(`${path}.head`, "utf8")];
    const verdict = await verifyAuditLog(path, secret);
    if (!verdict.ok) throw new Error(verdict.reason);
    const firstSeal = first.indexOf("\n", first.indexOf('{"seal"')) + 1;
    const [, mac = ""] = /"mac":"([0-9a-f]{64})"\}\}\n/.exec(first.slice(0, firstSeal)) ?? [];
    truncateSync(path, firstSeal);
    expect(await verifyAuditLog(path, secret)).toMatchObject({ ok: false, line: 4 });
    for (const forged of [{ format: 1, seq: 3, mac }, { format: 2, seq: 3, mac, check: "0".repeat(64) }, {}]) {
      writeFileSync(`${path}.head`, JSON.stringify(forged));
      expect(await verifyAuditLog(path, secret)).toMatchObject({ ok: false });
    }
    const older = createHmac("sha256", secret).update(`head\n3\n${mac}`).digest("hex");
    writeFileSync(`${path}.head`, JSON.stringify({ format: 2, seq: 3, mac, check: older }));
    expect(await verifyAuditLog(path, secret)).toMatchObject({ ok: true, lines: 3 });
    expect(await verifyAuditLog(path, secret, { since: verdict.end })).toMatchObject({
      ok: false,
      reason: expect.stringContaining("it had line 6 at the earlier check"),
    });
    rmSync(`${path}.head`);
    expect(await verifyAuditLog(path, secret)).toMatchObject({ ok: false, reason: expect.stringContaining("missing") });
    writeFileSync(path, first);
    writeFileSync(`${path}.head`, whole);
    expect(await verifyAuditLog(path, secret, { since: verdict.end })).toMatchObject({ ok: true, lines: 6 });
  });

  test("goes over files by day and size; files taken away are missed unless an end from before says they may be", async () => {
    const path = join(folder, "rotated.jsonl");
    let day = 1;
    const log = fileAuditLog({ path, secret, now: () => new Date(`2026-01-0${day}T12:00:00Z`) });
    let end = { seq: 0, mac: "" };
    for (; day <= 3; day++) {
      for (const what of ["predict", "feedback"]) {
        log.record({ who: "open", what, about: {} });
        await log.flush();
      }
      const verdict = await verifyAuditLog(path, secret);
      if (day === 1 && verdict.ok) end = verdict.end;
    }
    const names = readdirSync(folder).filter((name) => name.startsWith("rotated."));
    expect(names.sort()).toEqual([
      "rotated.000000000001-000000000002.jsonl",
      "rotated.000000000003-000000000004.jsonl",
      "rotated.jsonl",
      "rotated.jsonl.head",
    ]);
    expect(await verifyAuditLog(path, secret)).toMatchObject({ ok: true, lines: 6, files: 3 });
    const away = join(folder, "rotated.000000000001-000000000002.jsonl");
    renameSync(away, `${away}.away`);
    expect(await verifyAuditLog(path, secret)).toMatchObject({ ok: false, line: 1 });
    expect(await verifyAuditLog(path, secret, { since: end })).toMatchObject({ ok: true, lines: 4, files: 2 });
    renameSync(`${away}.away`, away);
    renameSync(path, `${path}.away`);
    expect(await verifyAuditLog(path, secret)).toMatchObject({ ok: false, line: 5 });
  });

  test("goes on with a log of format 1, and reads it", async () => {
    const path = join(folder, "old.jsonl");
    let mac = "0".repeat(64);
    for (const seq of [1, 2, 3]) {
      const content = JSON.stringify({ seq, at: "2026-01-02T03:04:05.000Z", who: "ö", what: "predict", about: {} });
      mac = createHmac("sha256", secret).update(mac).update("\n").update(content).digest("hex");
      appendFileSync(path, `${content.slice(0, -1)},"mac":"${mac}"}\n`);
    }
    writeFileSync(`${path}.head`, `${JSON.stringify({ format: 1, seq: 3, mac })}\n`);
    expect(await verifyAuditLog(path, secret)).toMatchObject({ ok: true, lines: 3 });
    const log = fileAuditLog({ path, secret, now });
    log.record({ who: "open", what: "predict", about: {} });
    await log.flush();
    expect(await verifyAuditLog(path, secret)).toMatchObject({ ok: true, lines: 4 });
    const text = readFileSync(path, "utf8");
    writeFileSync(path, text.replace('"seq":2,"at":"2026', '"seq":2,"at":"2025'));
    expect(await verifyAuditLog(path, secret)).toMatchObject({ ok: false, line: 2, lines: 1 });
    writeFileSync(path, text);
    writeFileSync(`${path}.head`, `${JSON.stringify({ format: 1, seq: 3, mac })}\n`);
    expect(await verifyAuditLog(path, secret)).toMatchObject({ ok: false });
    expect(existsSync(`${path}.lock`)).toBe(false);
  });

  test("says so when it cannot be written, and takes what waited when it can again", async () => {
    const blocked = join(folder, "blocked");
    writeFileSync(blocked, "a file where a folder is due");
    const log = fileAuditLog({ path: join(blocked, "audit.jsonl"), secret });
    log.record({ who: "open", what: "predict", about: {} });
    await expect(log.flush()).rejects.toMatchObject({ code: "audit_unavailable" });
    expect(() => log.record({ who: "open", what: "predict", about: {} })).toThrow(/cannot be written/);
    rmSync(blocked);
    await log.flush();
    expect(await verifyAuditLog(join(blocked, "audit.jsonl"), secret)).toMatchObject({ ok: true, lines: 2 });
  });
});
