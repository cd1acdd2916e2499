import { execFileSync } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";

const script =
  "import json,sys,zipfile\nz=zipfile.ZipFile(sys.argv[1],'w',zipfile.ZIP_DEFLATED)\nfor k,v in json.load(sys.stdin).items(): z.writestr(k,v)\nz.close()";

/** A function's deployment package, made by Python's zipfile in `folder`. */
export function functionArchive(files: Readonly<Record<string, string>>, folder: string): Buffer {
  const file = join(folder, "package.zip");
  execFileSync(process.env.SAGEWRIGHT_PYTHON ?? "python3", ["-c", script, file], { input: JSON.stringify(files) });
  const bytes = readFileSync(file);
  rmSync(file);
  return bytes;
}
