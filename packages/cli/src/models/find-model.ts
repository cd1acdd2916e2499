import {
  type Clients,
  describeModel,
  latestApproved,
  listModelGroups,
  listModels,
  type ModelDetails,
  type ModelVersion,
} from "@sagewright/sagemaker";
import { CliError } from "../errors";
import { exitCodes } from "../exit-codes";

/**
 * The version that a word names: an ARN, `churn/3`, or `churn` for the newest approved one (the newest of all when
 * `pending` is allowed).
 *
 * @throws CliError `model_not_found`
 */
export async function findModel(
  clients: Clients,
  word: string,
  options: { pending?: boolean } = {},
): Promise<ModelDetails> {
  if (word.startsWith("arn:")) return describeModel(clients, word);
  const [group = "", version] = word.split("/");
  const groups = await listModelGroups(clients);
  if (!groups.includes(group))
    throw notFound(
      word,
      groups.length > 0
        ? `there ${groups.length === 1 ? "is" : "are"}: ${groups.join(", ")}`
        : "nothing is registered here yet",
    );
  const found =
    version === undefined
      ? await newest(clients, group, options.pending === true)
      : await numbered(clients, group, version);
  return describeModel(clients, found.arn);
}

async function newest(clients: Clients, group: string, pending: boolean): Promise<ModelVersion> {
  if (!pending) return latestApproved(clients, group);
  const [first] = await listModels(clients, { group, limit: 1 });
  if (first === undefined) throw notFound(group, "the group has no versions");
  return first;
}

async function numbered(clients: Clients, group: string, version: string): Promise<ModelVersion> {
  const versions = await listModels(clients, { group });
  const found = versions.find((each) => String(each.version) === version);
  if (found === undefined)
    throw notFound(`${group}/${version}`, `the group has versions ${versions.map((each) => each.version).join(", ")}`);
  return found;
}

function notFound(word: string, why: string): CliError {
  return new CliError({
    code: "model_not_found",
    subject: word,
    message: "there is no such model version",
    why,
    fix: "see: sagewright models list",
    exitCode: exitCodes.usage,
  });
}
