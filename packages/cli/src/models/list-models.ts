import {
  type Clients,
  describeModel,
  listModelGroups,
  listModels,
  type ModelVersion,
  modelEvaluation,
} from "@sagewright/sagemaker";
import type { CommandContext } from "../command";
import type { CloudOptions } from "../options/cloud-options";
import { firstStep } from "../project/first-step";
import { withSession } from "../session";
import { metric, moment, table } from "../terminal/format";
import { groupUnknown } from "./find-model";

/** `sagewright models list`: versions with the figure they were registered with. */
export async function listAll(context: CommandContext<CloudOptions>, only?: string): Promise<undefined> {
  await withSession(
    context,
    async ({ clients }) => {
      const { output } = context;
      const known = await listModelGroups(clients);
      if (only !== undefined && !known.includes(only)) throw groupUnknown(only, known);
      const groups = only === undefined ? known : [only];
      const listed = (await Promise.all(groups.map((group) => listModels(clients, { group })))).flat();
      const models = await Promise.all(listed.map(async (model) => ({ ...model, ...(await figures(clients, model)) })));
      output.document({ models });
      if (models.length === 0) output.line(`Nothing is registered here yet. Next: ${firstStep(context.cwd)}`);
      else
        for (const line of table([["MODEL", "APPROVAL", "FIGURE", "REGISTERED"], ...models.map(row)]))
          output.line(line);
    },
    { reading: true },
  );
}

interface Figures {
  metrics?: Record<string, number>;
}

/** What the version's evaluation says; nothing when it has none or it is gone, as with models that others registered. */
async function figures(clients: Clients, model: ModelVersion): Promise<Figures> {
  try {
    const evaluation = (await modelEvaluation(clients, await describeModel(clients, model.arn))) as Figures | undefined;
    return evaluation?.metrics === undefined ? {} : { metrics: evaluation.metrics };
  } catch (error) {
    if ((error as { code?: string }).code === "model_without_container") return {};
    throw error;
  }
}

function row({ group, version, approval, createdAt, metrics }: ModelVersion & Figures): string[] {
  const { roc_auc, r2 } = metrics ?? {};
  const figure = roc_auc !== undefined ? `ROC AUC ${metric(roc_auc)}` : r2 !== undefined ? `R² ${metric(r2)}` : "";
  return [`${group}/${version}`, approval, figure, moment(createdAt)];
}
