import { existsSync, readdirSync, statSync } from "node:fs";
import { dirname, isAbsolute, join, resolve } from "node:path";
import { CliError } from "../errors";
import { exitCodes } from "../exit-codes";
import { nearest } from "./nearest";

/** A folder with a `pipelines/` folder in it; state goes to its `.sagewright/`. */
export interface Project {
  /** Absolute path. */
  root: string;
  /** Names under `pipelines/`, sorted. */
  pipelines: string[];
}

/** The nearest folder at or above `from` that has pipelines or state; `from` itself when there is none. */
export function findProject(from: string): Project {
  for (let folder = resolve(from); ; folder = dirname(folder)) {
    if (existsSync(join(folder, "pipelines")) || existsSync(join(folder, ".sagewright"))) return project(folder);
    if (dirname(folder) === folder) return project(resolve(from));
  }
}

function project(root: string): Project {
  const folder = join(root, "pipelines");
  const names = existsSync(folder)
    ? readdirSync(folder).filter((name) => existsSync(join(folder, name, "pipeline.ts")))
    : [];
  return { root, pipelines: names.sort() };
}

/**
 * The file a pipeline's name stands for: `pipelines/NAME/pipeline.ts`, or NAME itself when it is a file.
 *
 * @throws CliError `pipeline_not_found` with the nearest name
 */
export function pipelineFile(project: Project, name: string, cwd: string): string {
  if (project.pipelines.includes(name)) return join(project.root, "pipelines", name, "pipeline.ts");
  const file = isAbsolute(name) ? name : resolve(cwd, name);
  if (existsSync(file) && statSync(file).isFile()) return file;
  const meant = nearest(name, project.pipelines);
  throw new CliError({
    code: "pipeline_not_found",
    subject: name,
    message: `there is no pipeline of this name in ${join(project.root, "pipelines")}`,
    why:
      project.pipelines.length > 0
        ? `there ${project.pipelines.length === 1 ? "is" : "are"}: ${project.pipelines.join(", ")}`
        : "the folder holds no pipelines",
    fix:
      meant !== undefined
        ? `did you mean: ${meant}?`
        : "make one from a CSV: sagewright init --data customers.csv --target COLUMN",
    exitCode: exitCodes.usage,
  });
}
