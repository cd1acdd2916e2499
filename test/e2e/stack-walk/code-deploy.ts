import { CloudWatch } from "@aws-sdk/client-cloudwatch";
import { type CreateAliasRequest, Lambda } from "@aws-sdk/client-lambda";
import type { Cloud } from "@sagewright/local";
import type { Made, Maker } from "../../conformance/constructs/maker";
import type { Minutes } from "../../conformance/constructs/stack-on-cloud";

interface ConfigProperties {
  readonly TrafficRoutingConfig: {
    readonly TimeBasedCanary: { readonly CanaryInterval: number; readonly CanaryPercentage: number };
  };
}

interface GroupProperties {
  readonly DeploymentConfigName: string;
  readonly AlarmConfiguration: { readonly Alarms: readonly { readonly Name: string }[] };
}

interface AliasProperties extends CreateAliasRequest {
  readonly UpdatePolicy: { readonly CodeDeployLambdaAliasUpdate: { readonly DeploymentGroupName: string } };
}

/**
 * CodeDeploy, which the embedded cloud has not: an alias that is to serve another version gives it a part of the calls first, for as
 * long as the group's configuration says, while its alarms are looked at each minute. One that rings ends it, and nothing has changed.
 */
export function deployingMakers(cloud: Cloud): Record<string, Maker> {
  const [lambda, cloudwatch] = [new Lambda(cloud.clientConfig()), new CloudWatch(cloud.clientConfig())];
  const configs = new Map<string, ConfigProperties>();
  const groups = new Map<string, GroupProperties>();

  const ringing = async (names: readonly string[]): Promise<string | undefined> => {
    const { MetricAlarms = [] } = await cloudwatch.describeAlarms({ AlarmNames: [...names], StateValue: "ALARM" });
    return MetricAlarms[0]?.AlarmName;
  };

  async function* shift(properties: AliasProperties): Minutes<Made> {
    const { FunctionName, Name, FunctionVersion = "", UpdatePolicy } = properties;
    const alias = { FunctionName, Name };
    const group = groups.get(UpdatePolicy.CodeDeployLambdaAliasUpdate.DeploymentGroupName);
    const config = configs.get(group?.DeploymentConfigName ?? "")?.TrafficRoutingConfig.TimeBasedCanary;
    if (group === undefined || config === undefined) throw new Error(`There is no deployment group for ${Name}.`);
    const { FunctionVersion: served } = await lambda.getAlias(alias);
    if (served !== FunctionVersion) {
      const AdditionalVersionWeights = { [FunctionVersion]: config.CanaryPercentage / 100 };
      await lambda.updateAlias({ ...alias, RoutingConfig: { AdditionalVersionWeights } });
      for (let minute = 0; minute < config.CanaryInterval; minute += 1) {
        yield "a minute";
        const alarm = await ringing(group.AlarmConfiguration.Alarms.map((each) => each.Name));
        if (alarm === undefined) continue;
        await lambda.updateAlias({ ...alias, RoutingConfig: {} });
        // The stack hears of it a little later.
        yield "a minute";
        throw new Error(`CodeDeploy turned ${Name} back: ${alarm} rings.`);
      }
    }
    await lambda.updateAlias({ ...alias, FunctionVersion, RoutingConfig: {} });
    return made(properties);
  }

  const made = ({ FunctionName, Name }: AliasProperties): Made => ({
    ref: `arn:aws:lambda:us-east-1:000000000000:function:${FunctionName}:${Name}`,
    change: (next: AliasProperties) => shift(next),
    remove: () => lambda.deleteAlias({ FunctionName, Name }),
  });

  return {
    async "AWS::CodeDeploy::Application"(_properties, id) {
      return { ref: id };
    },
    async "AWS::CodeDeploy::DeploymentConfig"(properties: ConfigProperties, id) {
      configs.set(id, properties);
      return { ref: id };
    },
    async "AWS::CodeDeploy::DeploymentGroup"(properties: GroupProperties, id) {
      const group = (next: GroupProperties): Made => {
        groups.set(id, next);
        return { ref: id, change: async (later: GroupProperties) => group(later) };
      };
      return group(properties);
    },
    async "AWS::Lambda::Alias"(properties: AliasProperties) {
      const { UpdatePolicy: _, ...alias } = properties;
      await lambda.createAlias(alias);
      return made(properties);
    },
  };
}
