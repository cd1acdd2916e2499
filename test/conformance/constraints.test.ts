import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { constraintSource } from "@sagewright/pipeline";

/** The committed constraint tables are what the generator makes from AWS's service model, byte for byte. */
const room = join(__dirname, "../../packages/pipeline");
const python = process.env.SAGEWRIGHT_TEST_PYTHON ?? "python3";

test("the constraint tables are the generator's output for the locked botocore", () => {
  const folder = mkdtempSync(join(tmpdir(), "sagewright-constraints-"));
  try {
    execFileSync(python, [join(room, "scripts/generate-constraints.py"), folder], { stdio: "pipe" });
    const files = readdirSync(folder);
    expect(files.length).toBeGreaterThan(0);
    for (const file of files) {
      const made = readFileSync(join(folder, file), "utf8");
      const committed = readFileSync(join(room, "src/generated", file), "utf8");
      expect({ file, same: made === committed }).toEqual({ file, same: true });
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test("they come from the version of the model that the lock of the tests' Python names", () => {
  const lock = readFileSync(join(__dirname, "../python/requirements.txt"), "utf8");
  const locked = /^botocore==(\S+)/m.exec(lock)?.[1];
  expect(JSON.stringify(constraintSource())).toContain(locked);
});
