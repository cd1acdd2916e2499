import {
  type AddPermissionRequest,
  type CreateEventSourceMappingRequest,
  type CreateFunctionRequest,
  Lambda,
  type PublishLayerVersionRequest,
  type PublishVersionRequest,
  type PutFunctionEventInvokeConfigRequest,
} from "@aws-sdk/client-lambda";
import { assetArchive } from "./asset-archive";
import type { Made, Maker, MakerOptions } from "./maker";

interface FunctionProperties extends Omit<CreateFunctionRequest, "Code" | "Tags" | "FunctionName"> {
  readonly FunctionName?: string;
  readonly Code: { readonly S3Key: string };
  readonly Tags?: unknown;
}

/** Functions with their versions, layers, permissions and sources. */
export function functionMakers({ cloud, assembly, stack, environmentOf }: MakerOptions): Record<string, Maker> {
  const lambda = new Lambda(cloud.clientConfig());
  const made = (properties: FunctionProperties, name: string, Arn: string): Made => ({
    ref: name,
    attributes: { Arn },
    change(next: FunctionProperties) {
      const sameCode = next.Code.S3Key === properties.Code.S3Key;
      return (next.FunctionName ?? name) === name && sameCode ? changed(next, name, Arn) : undefined;
    },
    remove: () => lambda.deleteFunction({ FunctionName: name }),
  });
  const settingsOf = ({ Code: _, Tags: __, ...settings }: FunctionProperties, FunctionName: string) => ({
    ...{ ...settings, FunctionName },
    Environment: { Variables: environmentOf(settings.Environment?.Variables ?? {}) },
  });
  const changed = async (properties: FunctionProperties, name: string, Arn: string): Promise<Made> => {
    await lambda.updateFunctionConfiguration(settingsOf(properties, name));
    return made(properties, name, Arn);
  };
  return {
    async "AWS::Lambda::Function"(properties: FunctionProperties, id) {
      const settings = settingsOf(properties, properties.FunctionName ?? id);
      const Code = { ZipFile: assetArchive(assembly, stack, properties.Code.S3Key) };
      const { FunctionArn = "" } = await lambda.createFunction({ ...settings, Code });
      return made(properties, settings.FunctionName, FunctionArn);
    },
    async "AWS::Lambda::Version"({ FunctionName, Description }: PublishVersionRequest) {
      const { Version = "", FunctionArn = "" } = await lambda.publishVersion({ FunctionName, Description });
      return {
        ref: FunctionArn,
        attributes: { Version, FunctionArn },
        remove: () => lambda.deleteFunction({ FunctionName, Qualifier: Version }),
      };
    },
    async "AWS::Lambda::LayerVersion"({ LayerName, Content, Description }: PublishLayerVersionRequest, id) {
      const name = { LayerName: LayerName ?? id };
      const layer = await lambda.publishLayerVersion({ ...name, Content, Description });
      const { LayerVersionArn = "", Version: VersionNumber } = layer;
      return {
        ref: LayerVersionArn,
        attributes: { LayerVersionArn },
        remove: () => lambda.deleteLayerVersion({ ...name, VersionNumber }),
      };
    },
    async "AWS::Lambda::Permission"(properties: Omit<AddPermissionRequest, "StatementId">, StatementId) {
      await lambda.addPermission({ ...properties, StatementId });
      const { FunctionName } = properties;
      return { ref: StatementId, remove: () => lambda.removePermission({ FunctionName, StatementId }) };
    },
    async "AWS::Lambda::EventInvokeConfig"(properties: PutFunctionEventInvokeConfigRequest, id) {
      await lambda.putFunctionEventInvokeConfig(properties);
      return { ref: id };
    },
    async "AWS::Lambda::EventSourceMapping"({ Tags: _tags, ...properties }: CreateEventSourceMappingRequest) {
      const { UUID = "" } = await lambda.createEventSourceMapping(properties);
      return { ref: UUID };
    },
  };
}
