import { endpointMakers } from "./endpoint-makers";
import { eventMakers } from "./event-makers";
import { functionMakers } from "./function-makers";
import { arn, type Maker, type MakerOptions } from "./maker";
import { messageMakers } from "./message-makers";
import { watchMakers } from "./watch-makers";

/** Makers by CloudFormation's types. */
export const makersOf = (options: MakerOptions): Record<string, Maker> => ({
  // Of IAM and KMS nothing is needed but names: the embedded cloud checks no permissions and encrypts nothing.
  "AWS::IAM::Role": named("iam", "role"),
  "AWS::IAM::Policy": named("iam", "policy"),
  "AWS::KMS::Key": named("kms", "key"),
  ...messageMakers(options.cloud),
  ...functionMakers(options),
  ...eventMakers(options.cloud),
  ...watchMakers(options.cloud),
  ...endpointMakers(options.cloud),
});

const named =
  (service: string, kind: string): Maker =>
  async (_properties, id) => ({ ref: id, attributes: { Arn: arn(service, `${kind}/${id}`) } });
