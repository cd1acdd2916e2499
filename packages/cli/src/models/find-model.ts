import {
  type Clients,
  describeModel,
  listModelGroups,
  listModels,
  type ModelDetails,
  type ModelVersion,
} from "@sagewright/sagemaker";
import { CliError, usageError } from "../errors";
import { exitCodes } from "../exit-codes";
import { nearest } from "../project/nearest";

/**
 * The version that a word names: an ARN, `churn/3` or `churn@3`, `churn` for the newest approved one (the newest of all
 * when `pending` is allowed), or `3` of the group at hand or of the only one there is.
 *
 * @throws CliError `model_not_found`, `no_approved_model`, `usage` for a number when there are several groups
 */
export async function findModel(
  clients: Clients,
  word: string,
  options: { pending?: boolean; group?: string } = {},
): Promise<ModelDetails> {
  if (word.startsWith("arn:")) return describeModel(clients, word);
  const groups = await listModelGroups(clients);
  const [group = "", version] = withGroup(word, options.group === undefined ? groups : [options.group]).split(/[/@]/);
  if (!groups.includes(group)) throw groupUnknown(word, groups);
  const versions = await listModels(clients, { group });
  const found =
    version === undefined
      ? newest(versions, group, options.pending === true)
      : versions.find((each) => String(each.version) === version);
  if (found === undefined)
    throw notFound(word, `the group has ${versions.map((each) => `${group}/${each.version}`).join(", ")}`);
  return describeModel(clients, found.arn);
}

function withGroup(word: string, groups: readonly string[]): string {
  if (!/^\d+$/.test(word)) return word;
  const [only, ...more] = groups;
  if (only !== undefined && more.length === 0) return `${only}/${word}`;
  throw usageError(`'${word}' does not say of which group`, `write ${only ?? "GROUP"}/${word}`);
}

function newest(versions: readonly ModelVersion[], group: string, pending: boolean): ModelVersion | undefined {
  const found = pending ? versions[0] : versions.find(({ approval }) => approval === "Approved");
  const [latest] = versions;
  if (found !== undefined || latest === undefined) return found;
  throw new CliError({
    code: "no_approved_model",
    subject: group,
    message: "no version is approved yet",
    why: `the newest is ${group}/${latest.version}, ${latest.approval}`,
    fix: `sagewright models approve ${group}/${latest.version}`,
    exitCode: exitCodes.failed,
  });
}

/** What to say of a model group that is not there. */
export function groupUnknown(word: string, known: readonly string[]): CliError {
  if (known.length === 0) return notFound(word, "nothing is registered here yet");
  const meant = nearest(word.split(/[/@]/)[0] ?? word, known);
  const why = `there ${known.length === 1 ? "is" : "are"}: ${known.join(", ")}`;
  return notFound(word, why, meant === undefined ? undefined : `did you mean: ${meant}?`);
}

function notFound(word: string, why: string, fix = "see: sagewright models list"): CliError {
  return new CliError({
    code: "model_not_found",
    subject: word,
    message: "there is no such model version",
    why,
    fix,
    exitCode: exitCodes.usage,
  });
}
