import { createRequire, SourceMap, type SourceMapPayload } from "node:module";
import { dirname, join, resolve } from "node:path";
import { compileFunction } from "node:vm";
import { type BuildFailure, buildSync } from "esbuild";
import { CliError } from "../errors";
import { exitCodes } from "../exit-codes";

/**
 * Loads a TypeScript file of the user's with everything it imports, without a build step. Packages stay external;
 * `@sagewright/*` falls back to the versions this command ships with, so a project needs no `node_modules`.
 *
 * @param file absolute path of a `.ts` or `.js` file
 * @returns what the module exports
 * @throws CliError `module_invalid` with file, line and column when the file does not compile
 */
export function loadModule(file: string): Record<string, unknown> {
  if (!/\.[cm]?[jt]s$/.test(file)) throw notSource(file);
  const { code, map } = bundle(file);
  bundles.set(file, map);
  const module = { exports: {} as Record<string, unknown> };
  const evaluate = compileFunction(code, ["exports", "require", "module", "__filename", "__dirname"], {
    filename: file,
  });
  evaluate(module.exports, requireFrom(file), module, file, dirname(file));
  return module.exports;
}

const bundles = new Map<string, SourceMap>();

/**
 * The place in the user's own source of a place in a loaded bundle, such as a stack names it.
 *
 * @param place `FILE:LINE:COLUMN`
 * @returns the same form; undefined when the place is in no loaded file
 */
export function sourcePlace(place: string): string | undefined {
  const [, file = "", line = "", column = ""] = /^(.*):(\d+):(\d+)$/.exec(place) ?? [];
  const entry = bundles.get(file)?.findEntry(Number(line) - 1, Number(column) - 1);
  if (entry === undefined || !("originalSource" in entry)) return undefined;
  return `${resolve(entry.originalSource)}:${entry.originalLine + 1}:${entry.originalColumn + 1}`;
}

function bundle(file: string): { code: string; map: SourceMap } {
  try {
    const result = buildSync({
      entryPoints: [file],
      bundle: true,
      platform: "node",
      format: "cjs",
      target: "node20",
      packages: "external",
      // A checkout may map these to sources through its tsconfig; they are always taken as the built packages.
      external: ["@sagewright/*"],
      write: false,
      sourcemap: "external",
      outfile: `${file}.js`,
      logLevel: "silent",
    });
    const text = (ending: string) => result.outputFiles.find(({ path }) => path.endsWith(ending))?.text ?? "";
    const map = JSON.parse(text(".js.map")) as SourceMapPayload;
    // The map's sources are relative to the bundle, which would have stood beside the file.
    const sources = map.sources.map((source) => join(dirname(file), source));
    return { code: text(".js"), map: new SourceMap({ ...map, sources }) };
  } catch (error) {
    throw moduleInvalid(file, error as BuildFailure);
  }
}

function notSource(file: string): CliError {
  return new CliError({
    code: "module_invalid",
    subject: file,
    message: "this is no TypeScript file",
    fix: "name a pipeline, its file, or a definition (.json); data is named with --data",
    exitCode: exitCodes.invalid,
  });
}

function moduleInvalid(file: string, failure: BuildFailure): CliError {
  const first = failure.errors?.[0];
  const place = first?.location;
  return new CliError({
    code: "module_invalid",
    subject: file,
    message: first?.text ?? String(failure),
    ...(place
      ? { at: `${place.file}:${place.line}:${place.column + 1}`, why: frame(place.lineText, place.column) }
      : {}),
    fix: "Correct the file and run the command again.",
    exitCode: exitCodes.invalid,
    cause: failure,
  });
}

function frame(line: string, column: number): string {
  const indent = line.length - line.trimStart().length;
  return `${line.trimStart()}\n${" ".repeat(Math.max(0, column - indent))}^`;
}

function requireFrom(file: string): (id: string) => unknown {
  const theirs = createRequire(file);
  const ours = createRequire(__filename);
  return (id) => {
    try {
      return theirs(id);
    } catch (error) {
      if (id.startsWith("@sagewright/") && (error as NodeJS.ErrnoException).code === "MODULE_NOT_FOUND")
        return ours(id);
      throw error;
    }
  };
}
