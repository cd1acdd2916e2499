import { SklearnError } from "../errors";
import type { Evaluation, RegressionEvaluation } from "./evaluation";

/**
 * Reads the text of an evaluation.json and checks it against its schema.
 *
 * @throws {@link SklearnError} `evaluation_invalid` with the first problems and where they are.
 */
export function readEvaluation(text: string): Evaluation | RegressionEvaluation {
  // Loaded at use: compiling a pipeline needs the types only, and zod costs more than the compile does.
  const { anyEvaluationSchema } = require("./schema") as typeof import("./schema");
  const read = anyEvaluationSchema.safeParse(parse(text));
  if (read.success) return read.data;
  const problems = read.error.issues.slice(0, 5).map((issue) => `${issue.path.join(".")}: ${issue.message}`);
  throw invalid(problems.join("; "));
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw invalid(`not JSON (${(cause as Error).message})`);
  }
}

function invalid(why: string): SklearnError {
  return new SklearnError("evaluation_invalid", `evaluation.json: ${why}. Use a file that Evaluate wrote.`);
}
