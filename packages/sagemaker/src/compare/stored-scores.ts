import { createHash } from "node:crypto";
import type { Clients } from "../clients";
import { OperationError } from "../errors";
import { readObject } from "../objects";
import type { ModelDetails } from "../registry";

/** What promotion looks at in an evaluation.json, of any format. */
export interface StoredEvaluation {
  readonly kind?: string;
  readonly rows?: number;
  readonly metrics?: Readonly<Record<string, number>>;
  /** The test split that the model was judged on. @default absent in format 1 */
  readonly test?: { readonly sha256: string };
  /** File beside evaluation.json with what the model said of every test row. @default absent in format 1 */
  readonly scores?: { readonly file: string; readonly sha256: string };
}

/** What a model said of every row of its test split. */
export interface StoredScores {
  /** SHA-256 of the test split's table. */
  readonly testSha256: string;
  /** A digest of each row, in the split's order. */
  readonly rows: readonly string[];
  readonly labels: readonly boolean[];
  readonly scores: readonly number[];
}

/**
 * Reads the scores that a model version was registered with.
 *
 * @returns undefined when the evaluation is of a format that had none.
 * @throws OperationError `artefact_changed` when the file is not the one that Evaluate wrote, `artefact_unreadable`
 */
export async function storedScores(
  clients: Pick<Clients, "s3">,
  model: Pick<ModelDetails, "metricsUri">,
  { test, scores }: StoredEvaluation,
): Promise<StoredScores | undefined> {
  if (model.metricsUri === undefined || test === undefined || scores === undefined) return undefined;
  const uri = model.metricsUri.replace(/[^/]+$/, scores.file);
  const content = await readObject(clients, uri);
  const found = createHash("sha256").update(content).digest("hex");
  if (found !== scores.sha256) {
    throw new OperationError(
      "artefact_changed",
      `${uri} is not what Evaluate wrote: its SHA-256 was ${scores.sha256} and is ${found}. Evaluate and register the model again.`,
      { facts: { uri, expected: scores.sha256, found } },
    );
  }
  return { testSha256: test.sha256, ...parse(Buffer.from(content).toString("utf8"), uri) };
}

function parse(text: string, uri: string): Omit<StoredScores, "testSha256"> {
  const [header, ...lines] = text.trimEnd().split("\n");
  if (header !== "row,label,score") {
    const message = `${uri} starts with '${header?.slice(0, 60)}' and not with 'row,label,score'.`;
    throw new OperationError("artefact_unreadable", message, { facts: { uri } });
  }
  const fields = lines.map((line) => line.split(","));
  return {
    rows: fields.map(([row = ""]) => row),
    labels: fields.map(([, label]) => Number(label) === 1),
    scores: fields.map(([, , score]) => Number(score)),
  };
}
