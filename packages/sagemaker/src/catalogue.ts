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
    return { found: page.PipelineSummaries?.map((pipeline) => pipeline.PipelineName), next: page.NextToken };
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
      found: page.ModelPackageGroupSummaryList?.map((group) => group.ModelPackageGroupName),
      next: page.NextToken,
    };
  });
}

/** A tuning job's training job. */
export interface Trial {
  readonly name: string;
  /** Whether it may still print something. */
  readonly running: boolean;
}

/** A tuning job's training jobs, oldest first. */
export function listTrials(clients: Pick<Clients, "sagemaker">, tuningJob: string): Promise<Trial[]> {
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
    const found = page.TrainingJobSummaries?.map(({ TrainingJobName: name, TrainingJobStatus: status }) =>
      name === undefined ? undefined : { name, running: status === "InProgress" || status === "Stopping" },
    );
    return { found, next: page.NextToken };
  });
}

interface Page<Item> {
  readonly found: readonly (Item | undefined)[] | undefined;
  readonly next: string | undefined;
}

async function everyPage<Item>(read: (token: string | undefined) => Promise<Page<Item>>): Promise<Item[]> {
  const items: Item[] = [];
  let token: string | undefined;
  do {
    const { found, next } = await read(token);
    for (const item of found ?? []) if (item !== undefined) items.push(item);
    token = next;
  } while (token !== undefined);
  return items;
}
