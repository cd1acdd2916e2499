import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { root } from "./processes.mjs";
import { preparePython } from "./test-python.mjs";

/** Prints a Python that has MLflow, installed when it is missing: `node scripts/mlflow-python.mjs JOB_PYTHON`. */
if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const lock = resolve(root, "test/conformance/mlflow-requirements.txt");
  process.stdout.write(await preparePython({ name: "mlflow-python", lock, python: process.argv[2] ?? "python3" }));
}
