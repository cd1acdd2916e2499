import {
  AlertRouter,
  AlertTopics,
  ApprovedDeployment,
  ModelAlarms,
  ModelDashboard,
  ModelMonitor,
  RetrainingSchedule,
} from "@sagewright/cdk";
import { type Environment, environmentTarget } from "@sagewright/sagemaker";
import { CfnOutput, Stack, type StackProps } from "aws-cdk-lib";
import type { IKey } from "aws-cdk-lib/aws-kms";
import type { IQueue } from "aws-cdk-lib/aws-sqs";
import type { Construct } from "constructs";
import { isCaptured } from "../captures";
import type { ServedProduct } from "../product";
import type { DataStack } from "./data-stack";
import type { PipelineStack } from "./pipeline-stack";

/** What an {@link ObservabilityStack} watches. */
export interface ObservabilityStackInputs {
  readonly environment: Environment;
  readonly product: ServedProduct;
  readonly data: DataStack;
  readonly training: PipelineStack;
}

/**
 * Alerts and who is told of them, alarms, the dashboard, the model's monitor, what starts training again, and what serves approved
 * versions. It knows what is served by name alone, so that it is there before the first release,
 * and a release does not touch it.
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
    const capture = isCaptured(environment);
    const monitor = capture ? this.monitor(inputs, apiName) : undefined;
    const parts = {
      retraining: this.retraining(inputs, apiName),
      monitor,
      router: this.router(inputs, apiName),
      approvals: this.approvals(inputs),
    };
    this.alarms = new ModelAlarms(this, "Alarms", {
      model: product.group,
      topics: this.alerts,
      ...{ apiName, functionName, minimumAuc: gate.minimumAuc, capture },
      ...(endpoints === undefined ? {} : { endpointPrefix: `${endpoints}-v` }),
      ...monitoring,
      deadLetterQueues: deadLetterQueues(parts),
      ...(budget === undefined ? {} : { budget }),
    });
    const dashboard = new ModelDashboard(this, "Dashboard", {
      ...{ model: product.group, dashboardName: `sagewright-${apiName}`, alarms: this.alarms.alarms },
      ...{ apiName, functionName, minimumAuc: gate.minimumAuc },
      pipelineName: inputs.training.pipeline.pipelineName,
      ...(monitor === undefined ? {} : { monitorLogGroupName: monitor.logGroupName }),
      ...(endpoints === undefined ? {} : { endpoints }),
      ...(monitoring === undefined ? {} : { latencyP95Ms: monitoring.latencyP95Ms }),
      ...(budget === undefined ? {} : { usdPerMonth: budget.usdPerMonth }),
    });
    // Buckets and secrets are named, not referred to: what reads them comes after them.
    this.addStackDependency(inputs.data);
    new CfnOutput(this, "DashboardName", { value: dashboard.dashboard.dashboardName });
  }

  /** Where no section says so nothing trains by itself; whoever may ask by the prediction API still can. */
  private retraining(
    { environment, product, data, training }: ObservabilityStackInputs,
    name: string,
  ): RetrainingSchedule {
    const { retraining = ONLY_ASKED_FOR, pipelines, retention } = environment;
    const given = pipelines[product.name]?.parameters ?? {};
    const parameters = { InputDataUri: `s3://${environmentTarget(environment).bucket}/raw/`, ...given };
    return new RetrainingSchedule(this, "Retraining", {
      pipeline: training.pipeline,
      ...{ model: product.group, name },
      ...retraining,
      onRequest: true,
      parameters: Object.fromEntries(Object.entries(parameters).map(([key, value]) => [key, String(value)])),
      ...(isCaptured(environment)
        ? { data: { ...place(environment, data), captures: `captures/${product.group}` } }
        : {}),
      logDays: retention.logDays,
    });
  }

  /** Where nothing is captured there is nothing to watch. */
  private monitor({ environment, product, data }: ObservabilityStackInputs, name: string): ModelMonitor {
    const { monitoring, gate, retention } = environment;
    return new ModelMonitor(this, "Monitor", {
      ...{ model: product.group, name, captures: `captures/${product.group}`, minimumAuc: gate.minimumAuc },
      ...place(environment, data),
      ...(monitoring === undefined ? {} : { monitoring }),
      logDays: retention.logDays,
    });
  }

  private router({ environment, data }: ObservabilityStackInputs, name: string): AlertRouter | undefined {
    const { alerts, retention } = environment;
    if (alerts === undefined) return undefined;
    return new AlertRouter(this, "Router", {
      ...{ name, alerts, topics: this.alerts, logDays: retention.logDays },
      ...place(environment, data),
    });
  }

  /** Functions that score themselves are pointed at what is approved; what has an endpoint is released by its stack's parameters. */
  private approvals({ environment, product, data }: ObservabilityStackInputs): ApprovedDeployment {
    const { serving, retention, name } = environment;
    return new ApprovedDeployment(this, "Approvals", {
      modelPackageGroupName: product.group,
      endpointName: serving.endpoint ?? product.group,
      serving: { mode: serving.mode },
      ...(serving.mode === "embedded" ? {} : { stackName: `sagewright-${name}-serving` }),
      ...(product.policy === undefined ? {} : { policy: product.policy }),
      ...place(environment, data),
      logDays: retention.auditDays,
    });
  }
}

/** Nothing by itself, and whoever may ask is let. */
const ONLY_ASKED_FOR = { schedule: "none", onDrift: false, onPerformance: false, maximumPerMonth: 744 } as const;

function place(environment: Environment, { encryptionKey }: DataStack): { bucket: string; encryptionKey?: IKey } {
  const { bucket } = environmentTarget(environment);
  return encryptionKey === undefined ? { bucket } : { bucket, encryptionKey };
}

function deadLetterQueues(
  parts: Readonly<Record<string, { readonly deadLetterQueue: IQueue } | undefined>>,
): Record<string, IQueue> {
  const there = Object.entries(parts).flatMap(([name, part]) =>
    part === undefined ? [] : [[name, part.deadLetterQueue] as const],
  );
  return Object.fromEntries(there);
}
