import {
  DescribeEndpointCommand,
  DescribeEndpointConfigCommand,
  DescribeModelCommand,
  type ProductionVariant,
} from "@aws-sdk/client-sagemaker";
import type { Clients } from "../clients";
import { unlessGone } from "./jobs";
import { modelLineage } from "./model-lineage";
import { facts, type LineageNode, missing } from "./node";

type Reader = Pick<Clients, "sagemaker" | "s3">;

/** What an endpoint serves, back to the data: its configuration, the model of each variant, and the model's lineage. */
export async function endpointLineage(clients: Reader, endpoint: string): Promise<LineageNode> {
  const found = await clients.sagemaker.send(new DescribeEndpointCommand({ EndpointName: endpoint }));
  const configuration = found.EndpointConfigName ?? "";
  return {
    kind: "endpoint",
    name: endpoint,
    ...(found.EndpointArn === undefined ? {} : { arn: found.EndpointArn }),
    facts: facts({ status: found.EndpointStatus, updated: found.LastModifiedTime?.toISOString() }),
    from: [await configurationNode(clients, configuration)],
  };
}

async function configurationNode(clients: Reader, name: string): Promise<LineageNode> {
  const found = await unlessGone(() =>
    clients.sagemaker.send(new DescribeEndpointConfigCommand({ EndpointConfigName: name })),
  );
  if (found === undefined) return missing(name, "the endpoint configuration is not there any more");
  const from: LineageNode[] = [];
  for (const variant of found.ProductionVariants ?? []) from.push(await variantNode(clients, variant));
  return {
    kind: "endpoint-config",
    name,
    ...(found.EndpointConfigArn === undefined ? {} : { arn: found.EndpointConfigArn }),
    facts: facts({ created: found.CreationTime?.toISOString() }),
    from,
  };
}

async function variantNode(clients: Reader, variant: ProductionVariant): Promise<LineageNode> {
  const { ModelName: name = "", VariantName, InstanceType, InitialInstanceCount } = variant;
  const found = await unlessGone(() => clients.sagemaker.send(new DescribeModelCommand({ ModelName: name })));
  if (found === undefined) return missing(name, "the model is not there any more");
  const container = found.PrimaryContainer ?? found.Containers?.[0];
  const uri = container?.ModelDataUrl ?? container?.ModelDataSource?.S3DataSource?.S3Uri;
  const packageArn = container?.ModelPackageName;
  const unregistered = missing(
    uri ?? name,
    "the model was made without the registry, so what it was made from is unknown",
  );
  return {
    kind: "model",
    name,
    ...(found.ModelArn === undefined ? {} : { arn: found.ModelArn }),
    ...(uri === undefined ? {} : { uri }),
    facts: facts({
      variant: VariantName,
      instance: InstanceType,
      instances: InitialInstanceCount,
      image: container?.Image,
    }),
    from: [packageArn === undefined ? unregistered : await packageOf(clients, packageArn)],
  };
}

async function packageOf(clients: Reader, arn: string): Promise<LineageNode> {
  const found = await unlessGone(() => modelLineage(clients, arn));
  return found ?? missing(arn, "the model package was deleted from the registry");
}
