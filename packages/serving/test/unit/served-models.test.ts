import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const python = process.env.SAGEWRIGHT_PYTHON;
const names = ["binary", "regression"].flatMap((kind) => [
  `${kind}.safetensors`,
  `${kind}.contract.json`,
  `${kind}.scored.json`,
]);

describe("the models that these tests serve", () => {
  test("are what make.py makes", () => {
    if (python === undefined) {
      process.stdout.write("SAGEWRIGHT_PYTHON is not set: the models were read but not made again.\n");
      expect(names.map((name) => readFileSync(join(__dirname, "fixtures", name)).length)).not.toContain(0);
      return;
    }
    const folder = mkdtempSync(join(tmpdir(), "served-models-"));
    execFileSync(python, [join(__dirname, "fixtures/make.py"), folder]);
    const content = (path: string) =>
      path.endsWith(".json") ? JSON.parse(readFileSync(path, "utf8")) : readFileSync(path);
    for (const name of names) expect(content(join(__dirname, "fixtures", name))).toEqual(content(join(folder, name)));
    rmSync(folder, { recursive: true });
  });
});
