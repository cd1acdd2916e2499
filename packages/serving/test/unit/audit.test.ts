import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileAuditLog, verifyAuditLog } from "@sagewright/serving";
import fc from "fast-check";

const secret = Buffer.alloc(32, 7);
const folder = mkdtempSync(join(tmpdir(), "sagewright-audit-"));
afterAll(() => rmSync(folder, { recursive: true }));
let made = 0;

async function written(lines: number): Promise<string> {
  made += 1;
  const path = join(folder, `${made}.jsonl`);
  const log = fileAuditLog({ path, secret, now: () => new Date("2026-01-02T03:04:05Z") });
  for (let index = 0; index < lines; index++)
    log.record({ who: "open", what: "predict", model: "7", about: { prediction: `p${index}` } });
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
    expect(await verifyAuditLog(join(folder, "none.jsonl"), secret)).toEqual({ ok: true, lines: 0, last: undefined });
  });

  test("shows every changed, removed, added or moved line", async () => {
    const path = await written(8);
    const original = readFileSync(path, "utf8");
    const lines = original.trimEnd().split("\n");
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom("change", "remove", "move", "repeat"),
        fc.nat(7),
        fc.nat(7),
        fc.nat(200),
        async (kind, at, other, place) => {
          const edited = [...lines];
          const line = edited[at] ?? "";
          if (kind === "change") {
            const index = place % line.length;
            edited[at] = line.slice(0, index) + (line[index] === "x" ? "y" : "x") + line.slice(index + 1);
          } else if (kind === "remove") edited.splice(at, 1);
          else if (kind === "repeat") edited.splice(other, 0, line);
          else {
            fc.pre(at !== other);
            edited.splice(at, 1);
            edited.splice(other, 0, line);
          }
          writeFileSync(path, `${edited.join("\n")}\n`);
          expect(await verifyAuditLog(path, secret)).toMatchObject({ ok: false });
        },
      ),
      { numRuns: 150 },
    );
    writeFileSync(path, original);
    expect(await verifyAuditLog(path, secret)).toMatchObject({ ok: true, lines: 8 });
  });

  test("shows lines cut off at its end, also after more were written", async () => {
    const path = await written(6);
    const lines = readFileSync(path, "utf8").split("\n");
    writeFileSync(path, `${lines.slice(0, 4).join("\n")}\n`);
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

  test("goes on after a power cut in the middle of a line", async () => {
    const path = await written(3);
    appendFileSync(path, '{"seq":4,"at":"2026');
    const log = fileAuditLog({ path, secret });
    log.record({ who: "open", what: "predict", about: {} });
    await log.flush();
    expect(await verifyAuditLog(path, secret)).toMatchObject({ ok: true, lines: 4 });
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
