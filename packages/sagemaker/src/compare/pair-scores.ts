import { createHash } from "node:crypto";
import type { Clients } from "../clients";
import { OperationError } from "../errors";
import { isAbsent, readObject } from "../objects";
import { type ModelDetails, modelEvaluation } from "../registry";
import { verifyArtefact } from "../verify-artefact";
import type { PairedScores } from "./delong";
import { type StoredEvaluation, type StoredScores, storedScores } from "./stored-scores";

/**
 * Scores a test split with a model of the registry.
 *
 * @param files - files of the model's archive, already checked against the registry
 * @param table - the canonical table that Prepare wrote for another model's contract
 * @returns a score for each row in the table's order, or why the model cannot score it
 */
export type Rescore = (
  files: ReadonlyMap<string, Uint8Array>,
  table: Uint8Array,
) => Promise<{ readonly scores: readonly number[] } | { readonly problem: string }>;

/** Both models' scores for the challenger's test rows, and where the champion's come from. */
export interface Pairing extends PairedScores {
  /** `stored`: both were judged on the same split; `rescored`: the champion was asked about the challenger's split now. */
  readonly basis: "stored" | "rescored";
}

/**
 * Finds what champion and challenger say of the same rows: the stored scores where both were judged on the same test
 * split, else the champion's scores of the challenger's split.
 *
 * @returns the pairs, or why there can be none.
 */
export async function pairScores(
  clients: Pick<Clients, "sagemaker" | "s3">,
  { champion, challenger }: { readonly champion: ModelDetails; readonly challenger: ModelDetails },
  rescore: Rescore,
): Promise<Pairing | { readonly problem: string }> {
  try {
    const [own, other] = await Promise.all([scoresOf(clients, challenger), scoresOf(clients, champion).catch(missing)]);
    if (own === undefined) {
      const why = `no score per test row was registered with ${nameOf(challenger)}, as versions of former releases were.`;
      return { problem: `${why} Run its pipeline again` };
    }
    const { labels, scores } = own;
    if (other !== undefined && other.testSha256 === own.testSha256 && sameRows(own, other))
      return { labels, challenger: scores, champion: other.scores, basis: "stored" };
    const table = await testTable(clients, challenger, own.testSha256);
    const { files } = await verifyArtefact(clients, champion.arn);
    const again = await rescore(files, table);
    if ("problem" in again) return { problem: `${nameOf(champion)} cannot score its test split: ${again.problem}` };
    return { labels, challenger: scores, champion: again.scores, basis: "rescored" };
  } catch (error) {
    if (error instanceof OperationError) return { problem: error.message };
    if (isAbsent(error)) return { problem: `a file that the comparison needs is gone: ${(error as Error).message}` };
    throw error;
  }
}

async function scoresOf(clients: Pick<Clients, "s3">, model: ModelDetails): Promise<StoredScores | undefined> {
  const evaluation = ((await modelEvaluation(clients, model)) ?? {}) as StoredEvaluation;
  return storedScores(clients, model, evaluation);
}

/** Without usable scores of its own the champion is asked again. */
function missing(error: unknown): undefined {
  if (error instanceof OperationError || isAbsent(error)) return undefined;
  throw error;
}

function sameRows(one: StoredScores, other: StoredScores): boolean {
  return one.rows.length === other.rows.length && one.rows.every((row, index) => row === other.rows[index]);
}

async function testTable(clients: Pick<Clients, "s3">, model: ModelDetails, expected: string): Promise<Uint8Array> {
  const folder = model.metadata.test_data;
  if (folder === undefined) {
    const message = `${nameOf(model)} does not say where its test split is. Run its pipeline again.`;
    throw new OperationError("scores_unusable", message, { facts: { arn: model.arn } });
  }
  const uri = `${folder.replace(/\/$/, "")}/test.csv`;
  const table = await readObject(clients, uri);
  const found = createHash("sha256").update(table).digest("hex");
  if (found === expected) return table;
  throw new OperationError(
    "artefact_changed",
    `${uri} is not the test split of ${nameOf(model)}: its SHA-256 was ${expected} and is ${found}. Run its pipeline again.`,
    { facts: { uri, expected, found } },
  );
}

function nameOf({ group, version }: ModelDetails): string {
  return `${group}/${version}`;
}
