import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** Where an asset of a stack is, by the key that its template has of it. */
export function assetPath(assembly: string, stack: string, key: string): string {
  const { files } = JSON.parse(readFileSync(join(assembly, `${stack}.assets.json`), "utf8")) as {
    files: Record<string, { source: { path: string } }>;
  };
  const path = files[key.replace(/\.zip$/, "")]?.source.path;
  if (path === undefined) throw new Error(`There is no asset ${key}.`);
  return join(assembly, path);
}

/** An asset's folder as the zip that CDK uploads. */
export function assetArchive(assembly: string, stack: string, key: string): Buffer {
  const target = join(assembly, `${key}.function.zip`);
  const script = "import shutil, sys\nshutil.make_archive(sys.argv[1][:-4], 'zip', sys.argv[2])";
  execFileSync(process.env.SAGEWRIGHT_PYTHON ?? "python3", ["-c", script, target, assetPath(assembly, stack, key)]);
  return readFileSync(target);
}
