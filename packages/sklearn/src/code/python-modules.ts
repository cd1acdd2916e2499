import { join } from "node:path";
import { readSourceFolder } from "@sagewright/pipeline";
import { SklearnError } from "../errors";

/** Python sources by file name. */
export type PythonModules = Readonly<Record<string, Uint8Array>>;

let shipped: PythonModules | undefined;

/** The Python that this package ships for the container, read once. */
export function shippedModules(): PythonModules {
  shipped ??= readSourceFolder(join(__dirname, "..", "..", "python"));
  return shipped;
}

/**
 * The modules that scripts need: themselves and every sibling they import, directly or not. A step's code asset holds
 * no more, so that a change in one script leaves the cache of the others alone.
 *
 * @param entries file names such as `train.py`.
 * @throws {@link SklearnError} `python_module_missing` when an entry is not among the modules.
 */
export function importClosure(modules: PythonModules, entries: readonly string[]): Record<string, Uint8Array> {
  const found: Record<string, Uint8Array> = {};
  const waiting = [...entries];
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (found[name] !== undefined) continue;
    const source = modules[name];
    if (source === undefined) {
      throw new SklearnError(
        "python_module_missing",
        `${name} is not among ${Object.keys(modules).sort().join(", ")}.`,
      );
    }
    found[name] = source;
    waiting.push(...imports(source).filter((sibling) => modules[sibling] !== undefined));
  }
  return Object.fromEntries(
    Object.keys(found)
      .sort()
      .map((name) => [name, found[name] as Uint8Array]),
  );
}

/** Import statements at the start of a line, indented ones (inside functions) included. */
function imports(source: Uint8Array): string[] {
  const text = new TextDecoder().decode(source);
  const names = [...text.matchAll(/^[ \t]*(?:from[ \t]+(\w+)[ \t]+import|import[ \t]+([\w., \t]+))/gm)];
  return names.flatMap(([, from, plain]) =>
    from !== undefined ? [`${from}.py`] : (plain ?? "").split(",").map((part) => `${part.trim().split(/[\s.]/)[0]}.py`),
  );
}
