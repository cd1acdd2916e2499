import { AlertTopics, ModelAlarms, ModelDashboard, RetrainingSchedule } from "@sagewright/cdk";
import { type Environment, environmentTarget } from "@sagewright/sagemaker";
import { CfnOutput, Stack, type StackProps } from "aws-cdk-lib";
import type { Construct } from "constructs";
import type { ServedProduct } from "../product";
import type { PipelineStack } from "./pipeline-stack";

/** What an {@link ObservabilityStack} watches. */
export interface ObservabilityStackInputs {
  readonly environment: Environment;
  readonly product: ServedProduct;
  readonly training: PipelineStack;
}

/**
 * Alerts, alarms, the dashboard, and what starts training again. It knows what is served by name alone, so that it is there before
 * the first release, and a release does not touch it.
 */
export class ObservabilityStack extends Stack {
  /** Where alerts of every severity are told; endpoints tell theirs here too. */
  readonly alerts: AlertTopics;
  readonly alarms: ModelAlarms;

  constructor(scope: Construct, id: string, inputs: ObservabilityStackInputs, props: StackProps) {
    super(scope, id, props);
    const { environment, product } = inputs;
    const { serving, gate, monitoring, budget, name } = environment;
    this.alerts = new AlertTopics(this, "Alerts");
    const apiName = `${product.group}-${name}`;
    const functionName = `${apiName}-predict`;
    const endpoints = serving.mode === "embedded" ? undefined : (serving.endpoint ?? product.group);
    const retraining = this.retraining(inputs);
    this.alarms = new ModelAlarms(this, "Alarms", {
      model: product.group,
      topics: this.alerts,
      ...{ apiName, functionName, minimumAuc: gate.minimumAuc },
      ...(endpoints === undefined ? {} : { endpointPrefix: `${endpoints}-v` }),
      ...monitoring,
      capture: serving.mode !== "serverless" && serving.capture !== undefined,
      ...(retraining === undefined ? {} : { deadLetterQueues: { retraining: retraining.deadLetterQueue } }),
      ...(budget === undefined ? {} : { budget }),
    });
    const dashboard = new ModelDashboard(this, "Dashboard", {
      model: product.group,
      alarms: this.alarms.alarms,
      ...{ apiName, functionName, minimumAuc: gate.minimumAuc },
      pipelineName: inputs.training.pipeline.pipelineName,
      ...(endpoints === undefined ? {} : { endpoints }),
      ...(monitoring === undefined ? {} : { latencyP95Ms: monitoring.latencyP95Ms }),
      ...(budget === undefined ? {} : { usdPerMonth: budget.usdPerMonth }),
    });
    new CfnOutput(this, "DashboardName", { value: dashboard.dashboard.dashboardName });
  }

  private retraining({ environment, product, training }: ObservabilityStackInputs): RetrainingSchedule | undefined {
    const { retraining, pipelines, retention } = environment;
    if (retraining === undefined) return undefined;
    const given = pipelines[product.name]?.parameters ?? {};
    const parameters = { InputDataUri: `s3://${environmentTarget(environment).bucket}/raw/`, ...given };
    return new RetrainingSchedule(this, "Retraining", {
      pipeline: training.pipeline,
      model: product.group,
      ...retraining,
      parameters: Object.fromEntries(Object.entries(parameters).map(([key, value]) => [key, String(value)])),
      logDays: retention.logDays,
    });
  }
}
