import { type DescribeEndpointOutput, ListTagsCommand } from "@aws-sdk/client-sagemaker";
import { isNotFound } from "../aws-errors";
import type { Clients } from "../clients";
import { describeConfiguration, versionsOf } from "./current";
import { configurationArn, REPLACES_TAG } from "./plan-endpoint";

/** A configuration that served, and what it served. */
export interface FormerDeployment {
  readonly endpointConfigName: string;
  /** Version behind each variant: "churn/3". */
  readonly versions: Readonly<Record<string, string>>;
}

/**
 * What an endpoint served before what it serves now, newest first: every deployment notes on its configuration which one it
 * replaces. It ends where nothing is noted, at a configuration that has been deleted, or where it would go round.
 *
 * @param limit - most steps back. @default 10
 */
export async function deploymentHistory(
  clients: Pick<Clients, "sagemaker">,
  endpoint: Pick<DescribeEndpointOutput, "EndpointArn" | "EndpointConfigName">,
  limit = 10,
): Promise<FormerDeployment[]> {
  const found: FormerDeployment[] = [];
  const seen = new Set([endpoint.EndpointConfigName]);
  let name = endpoint.EndpointConfigName ?? "";
  while (found.length < limit) {
    const before = await replacedBy(clients, configurationArn(endpoint.EndpointArn ?? "", name));
    if (before === undefined || seen.has(before)) break;
    const configuration = await describeConfiguration(clients, before);
    if (configuration === undefined) break;
    found.push({ endpointConfigName: before, versions: await versionsOf(clients, configuration) });
    seen.add(before);
    name = before;
  }
  return found;
}

async function replacedBy({ sagemaker }: Pick<Clients, "sagemaker">, ResourceArn: string): Promise<string | undefined> {
  let NextToken: string | undefined;
  do {
    const page = await sagemaker
      .send(new ListTagsCommand({ ResourceArn, ...(NextToken === undefined ? {} : { NextToken }) }))
      .catch((error: unknown) => {
        if (isNotFound(error)) return { Tags: [], NextToken: undefined };
        throw error;
      });
    const tag = page.Tags?.find(({ Key }) => Key === REPLACES_TAG);
    if (tag !== undefined) return tag.Value;
    NextToken = page.NextToken;
  } while (NextToken !== undefined);
  return undefined;
}
