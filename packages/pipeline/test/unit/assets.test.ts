import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { codeArchive, codeDirectory, localTarget, PipelineError, readSourceFolder } from "@sagewright/pipeline";
import fc from "fast-check";

describe("code assets", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "sagewright-assets-"));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it("are archives that tar unpacks to the same files", () => {
    const files = {
      "train.py": "print(1)\n",
      [`deep/${"long/".repeat(25)}name.py`]: "x = 'é'\n",
      "big.bin": new Uint8Array(200_000).fill(7),
    };
    const asset = codeArchive({ files }).objects(localTarget);
    const [object] = asset.files;
    writeFileSync(join(folder, "a.tar.gz"), object?.bytes ?? "");
    execFileSync("tar", ["-xzf", "a.tar.gz"], { cwd: folder });
    for (const [name, content] of Object.entries(files)) {
      expect(Buffer.from(readFileSync(join(folder, name))).equals(Buffer.from(content))).toBe(true);
    }
    expect(
      gunzipSync(object?.bytes ?? new Uint8Array())
        .subarray(257, 262)
        .toString(),
    ).toBe("ustar");
  });

  it("have one digest for one content, in whatever order the files come", () => {
    expect(codeArchive({ files: { a: "1", b: "2" } }).digest).toBe(codeArchive({ files: { b: "2", a: "1" } }).digest);
    fc.assert(
      fc.property(fc.string(), fc.string(), (one, other) => {
        const same = codeDirectory({ files: { a: one } }).digest === codeDirectory({ files: { a: other } }).digest;
        expect(same).toBe(Buffer.from(one).equals(Buffer.from(other)));
      }),
    );
  });

  it("have the SHA-256 of kind, names, lengths and contents as digest, over all versions of this package", () => {
    expect(codeArchive({ files: { "a.py": "1" } }).digest).toBe(
      "2973bd4d197bbc83995e5457335e56672a6891cddf866d0eca9035c2a3cfea61",
    );
  });

  it("refuse names that leave the folder", () => {
    for (const name of ["../a", "/a", "a/../b", "a/", "a\\b"]) {
      expect(() => codeDirectory({ files: { [name]: "" } })).toThrow(PipelineError);
    }
    expect(() => codeDirectory({ files: {} })).toThrow("no file given");
  });

  it("are read from a folder without caches and hidden files", () => {
    mkdirSync(join(folder, "pkg", "__pycache__"), { recursive: true });
    writeFileSync(join(folder, "pkg", "a.py"), "1");
    writeFileSync(join(folder, "pkg", "__pycache__", "a.pyc"), "2");
    writeFileSync(join(folder, ".hidden"), "3");
    expect(Object.keys(readSourceFolder(folder))).toEqual(["pkg/a.py"]);
  });
});
