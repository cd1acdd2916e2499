import { execFileSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { packFolder, unpackArchive } from "../../../src/jobs/archive";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sagewright-archive-"));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function write(name: string, text: string): string {
  const file = join(folder, "in", name);
  mkdirSync(join(file, ".."), { recursive: true });
  writeFileSync(file, text);
  return file;
}

const archive = () => join(folder, "a.tar.gz");

test.each([
  ["in memory", 10],
  ["as a stream", 3_000_000],
])("what is packed %s is what tar reads, and what is unpacked", async (_, size) => {
  write("model.joblib", "x".repeat(size));
  write("deep/er/ünï.txt", "text");
  write(`${"long".repeat(30)}/${"name".repeat(30)}`, "long");
  chmodSync(write("run.sh", "#!/bin/sh"), 0o700);
  mkdirSync(join(folder, "in", "empty"));
  expect(await packFolder(join(folder, "in"), archive())).toBe(true);
  mkdirSync(join(folder, "tar"));
  execFileSync("tar", ["-xzf", archive(), "-C", join(folder, "tar")]);
  execFileSync("diff", ["-r", join(folder, "in"), join(folder, "tar")]);
  await unpackArchive(archive(), join(folder, "own"));
  execFileSync("diff", ["-r", join(folder, "in"), join(folder, "own")]);
  expect(statSync(join(folder, "own", "run.sh")).mode & 0o111).toBe(0o111);
});

test("times do not reach the archive", async () => {
  const file = write("a", "1");
  await packFolder(join(folder, "in"), archive());
  const first = readFileSync(archive());
  utimesSync(file, 1, 1);
  await packFolder(join(folder, "in"), archive());
  expect(readFileSync(archive()).equals(first)).toBe(true);
});

test("an empty or missing folder makes no archive", async () => {
  expect(await packFolder(join(folder, "in"), archive())).toBe(false);
  mkdirSync(join(folder, "in"));
  expect(await packFolder(join(folder, "in"), archive())).toBe(false);
  expect(existsSync(archive())).toBe(false);
});

test.each([
  [
    "a name that leaves the folder",
    "import io, tarfile; t = tarfile.open(OUT, 'w:gz'); i = tarfile.TarInfo('../evil'); i.size = 1; t.addfile(i, io.BytesIO(b'x')); t.close()",
    "../evil leaves the folder",
  ],
  [
    "a link",
    "import tarfile; t = tarfile.open(OUT, 'w:gz'); i = tarfile.TarInfo('link'); i.type = tarfile.SYMTYPE; i.linkname = '/etc/passwd'; t.addfile(i); t.close()",
    "link is a link",
  ],
])("%s is refused", async (_, program, reason) => {
  execFileSync("python3", ["-c", `OUT = ${JSON.stringify(archive())}\n${program}`]);
  await expect(unpackArchive(archive(), join(folder, "out"))).rejects.toMatchObject({
    code: "bad_archive",
    message: `${archive()} cannot be unpacked: ${reason}.`,
  });
  expect(existsSync(join(folder, "evil"))).toBe(false);
});

test("a file that is no archive is refused", async () => {
  writeFileSync(archive(), Buffer.from([0x1f, 0x8b, 1, 2, 3]));
  await expect(unpackArchive(archive(), join(folder, "out"))).rejects.toMatchObject({ code: "bad_archive" });
});

test("a truncated archive is refused", async () => {
  write("a", "some text ".repeat(1000));
  await packFolder(join(folder, "in"), archive());
  writeFileSync(archive(), readFileSync(archive()).subarray(0, 60));
  await expect(unpackArchive(archive(), join(folder, "out"))).rejects.toMatchObject({ code: "bad_archive" });
});
