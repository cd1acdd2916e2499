import {
  ListModelPackageGroupsCommand,
  ListPipelinesCommand,
  ListTrainingJobsForHyperParameterTuningJobCommand,
} from "@aws-sdk/client-sagemaker";
import type { Clients } from "./clients";

const PAGE = 100;

/** Names of the account's pipelines, newest first. */
export function listPipelines(clients: Pick<Clients, "sagemaker">): Promise<string[]> {
  return everyPage(async (NextToken) => {
    const page = await clients.sagemaker.send(
      new ListPipelinesCommand({ SortBy: "CreationTime", SortOrder: "Descending", MaxResults: PAGE, NextToken }),
    );
    return { names: page.PipelineSummaries?.map((pipeline) => pipeline.PipelineName), next: page.NextToken };
  });
}

/** Names of the registry's groups, newest first. */
export function listModelGroups(clients: Pick<Clients, "sagemaker">): Promise<string[]> {
  return everyPage(async (NextToken) => {
    const page = await clients.sagemaker.send(
      new ListModelPackageGroupsCommand({
        SortBy: "CreationTime",
        SortOrder: "Descending",
        MaxResults: PAGE,
        NextToken,
      }),
    );
    return {
      names: page.ModelPackageGroupSummaryList?.map((group) => group.ModelPackageGroupName),
      next: page.NextToken,
    };
  });
}

/** Names of a tuning job's training jobs, oldest first. */
export function listTrials(clients: Pick<Clients, "sagemaker">, tuningJob: string): Promise<string[]> {
  return everyPage(async (NextToken) => {
    const page = await clients.sagemaker.send(
      new ListTrainingJobsForHyperParameterTuningJobCommand({
        HyperParameterTuningJobName: tuningJob,
        SortBy: "CreationTime",
        SortOrder: "Ascending",
        MaxResults: PAGE,
        NextToken,
      }),
    );
    return { names: page.TrainingJobSummaries?.map((trial) => trial.TrainingJobName), next: page.NextToken };
  });
}

interface NamesPage {
  readonly names: readonly (string | undefined)[] | undefined;
  readonly next: string | undefined;
}

async function everyPage(read: (token: string | undefined) => Promise<NamesPage>): Promise<string[]> {
  const found: string[] = [];
  let token: string | undefined;
  do {
    const { names, next } = await read(token);
    for (const name of names ?? []) if (name !== undefined) found.push(name);
    token = next;
  } while (token !== undefined);
  return found;
}
