import { type CodeAsset, codeArchive, codeDirectory } from "@sagewright/pipeline";
import { importClosure, type PythonModules, shippedModules } from "./python-modules";

/** The code of each step, as content-addressed assets. */
export interface StepCode {
  /** A folder with prepare.py and what it imports. */
  prepare(): CodeAsset;
  /** `sourcedir.tar.gz` with train.py, inference.py (which travels inside the model) and what they import. */
  train(): CodeAsset;
  /** A folder with evaluate.py and what it imports. */
  evaluate(): CodeAsset;
}

/** Makes the steps' assets of Python sources. @param modules `@default` the ones this package ships. */
export function stepCode(modules: PythonModules = shippedModules()): StepCode {
  const files = (...entries: string[]) => ({ files: importClosure(modules, entries) });
  return {
    prepare: () => codeDirectory(files("prepare.py")),
    train: () => codeArchive(files("train.py", "inference.py")),
    evaluate: () => codeDirectory(files("evaluate.py")),
  };
}
