import { alarmDescription } from "@sagewright/monitoring";
import {
  alarmRequest,
  deploymentConfig,
  type EndpointServing,
  type GuardAlarm,
  guardAlarms,
  type HostedServing,
  scalableTarget,
  scalingPolicy,
} from "@sagewright/sagemaker";
import { Duration, type IResource, Resource, Stack } from "aws-cdk-lib";
import { CfnScalableTarget, CfnScalingPolicy } from "aws-cdk-lib/aws-applicationautoscaling";
import {
  Alarm,
  CfnAlarm,
  type IAlarm,
  type IAlarmAction,
  Metric,
  type MetricOptions,
} from "aws-cdk-lib/aws-cloudwatch";
import { Grant, type IGrantable, type IRole } from "aws-cdk-lib/aws-iam";
import type { IKey } from "aws-cdk-lib/aws-kms";
import { CfnEndpoint, CfnEndpointConfig, CfnModel } from "aws-cdk-lib/aws-sagemaker";
import type { Construct } from "constructs";
import { alarmTexts } from "../alarms/alarm-texts";
import { PropsError } from "../errors";
import { endpointArn } from "../statements";
import { checkedServing, type ServingInput } from "./checked-serving";
import { propsOf } from "./cloudformation-names";

/** An endpoint that others can invoke and watch. */
export interface IGuardedEndpoint extends IResource {
  readonly endpointName: string;
  readonly endpointArn: string;
  /** Lets someone invoke this endpoint, and no other. */
  grantInvoke(grantee: IGrantable): Grant;
}

/** What a {@link GuardedEndpoint} serves, and how. */
export interface GuardedEndpointProps {
  /** The approved version of a model group. */
  readonly modelPackageArn: string;
  /** @default the last part of the construct's path */
  readonly endpointName?: string;
  /** Mode `endpoint` or `serverless`: instances, way of updating, rollback alarms, autoscaling, capture. */
  readonly serving: ServingInput;
  /** With which the container reads the model. */
  readonly role: IRole;
  /** Where captured requests go, as an S3 URI. @default capturing is refused */
  readonly captureUri?: string;
  /** Encrypts volumes and captures. @default keys that AWS manages */
  readonly encryptionKey?: IKey;
  /** Environment added to that of the model package. @default nothing */
  readonly environment?: Readonly<Record<string, string>>;
  /** Also told when an alarm rings, and when it is over. @default alarms turn updates back and tell nobody */
  readonly alarmActions?: readonly IAlarmAction[];
  /** Name of the model, for what alarms say. @default alarms name the endpoint alone */
  readonly model?: string;
  /** Folder or address of the run-books, for what alarms say. @default `docs/runbooks` */
  readonly runbooks?: string;
}

/** What people read when a guard rings. */
const GUARD_TEXTS = {
  Invocation5XXErrors: alarmTexts["endpoint-errors"],
  InvocationModelErrors: alarmTexts["model-errors"],
  ModelLatency: alarmTexts["model-latency"],
} as const satisfies Record<GuardAlarm["metric"], object>;

abstract class EndpointBase extends Resource implements IGuardedEndpoint {
  abstract readonly endpointName: string;
  abstract readonly endpointArn: string;

  grantInvoke(grantee: IGrantable): Grant {
    return Grant.addToPrincipal({
      grantee,
      actions: ["sagemaker:InvokeEndpoint"],
      resourceArns: [this.endpointArn],
    });
  }

  /** A metric of one variant. Latencies are in microseconds. */
  metric(
    metricName: string,
    { variant = "AllTraffic", ...options }: MetricOptions & { variant?: string } = {},
  ): Metric {
    return new Metric({
      namespace: "AWS/SageMaker",
      metricName,
      dimensionsMap: { EndpointName: this.endpointName, VariantName: variant },
      period: Duration.minutes(1),
      ...options,
    }).attachTo(this);
  }

  /** Invocations a minute. @default sum */
  metricInvocations(options?: MetricOptions): Metric {
    return this.metric("Invocations", { statistic: "Sum", ...options });
  }

  /** Microseconds that the container takes. @default p99 */
  metricModelLatency(options?: MetricOptions): Metric {
    return this.metric("ModelLatency", { statistic: "p99", ...options });
  }

  /** Answers of the container other than 2XX. @default sum */
  metricModelErrors(options?: MetricOptions): Metric {
    return this.metric("InvocationModelErrors", { statistic: "Sum", ...options });
  }
}

/**
 * A model package behind a SageMaker endpoint: updated in parts while alarms watch, and turned back by SageMaker when one rings.
 * Names, alarms, waits and scaling are those of `sagewright deploy`, from the same rules.
 *
 * SageMaker shifts traffic between two fleets of one endpoint. Callers that prepare rows for one particular model give each model
 * an endpoint of its own (`endpointName`), as `infra` does, and shift their own traffic instead.
 *
 * @throws EnvironmentError for props against a rule of the service, with path, value and rule
 * @example
 * new GuardedEndpoint(stack, "Churn", { modelPackageArn, role, serving: { mode: "endpoint", instances: 2 } });
 */
export class GuardedEndpoint extends EndpointBase {
  /** An endpoint that is there already. */
  static fromEndpointName(scope: Construct, id: string, endpointName: string): IGuardedEndpoint {
    class Imported extends EndpointBase {
      readonly endpointName = endpointName;
      readonly endpointArn = endpointArn(Stack.of(scope), endpointName);
    }
    return new Imported(scope, id);
  }

  readonly endpointName: string;
  readonly endpointArn: string;
  /** The alarms that turn an update back. Serverless endpoints have none: SageMaker replaces them at once. */
  readonly guards: readonly IAlarm[];

  constructor(scope: Construct, id: string, props: GuardedEndpointProps) {
    super(scope, id);
    const serving = hosted(checkedServing(props.serving));
    const name = props.endpointName ?? this.node.id;
    const guards = serving.mode === "endpoint" ? this.alarms(name, serving, props) : [];
    const configuration = this.configuration(serving, props);
    const update =
      serving.mode === "endpoint"
        ? propsOf(deploymentConfig(serving.update, [...guards.map(({ ref }) => ref), ...serving.rollback.alarms]))
        : undefined;
    const endpoint = new CfnEndpoint(this, "Resource", {
      endpointName: name,
      endpointConfigName: configuration.attrEndpointConfigName,
      ...(update === undefined ? {} : { deploymentConfig: update as CfnEndpoint.DeploymentConfigProperty }),
      // Only the number of instances is autoscaling's: weights and captures are the configuration's.
      ...(serving.mode === "endpoint" && serving.autoscaling !== undefined
        ? {
            retainAllVariantProperties: true,
            excludeRetainedVariantProperties: [
              { variantPropertyType: "DesiredWeight" },
              { variantPropertyType: "DataCaptureConfig" },
            ],
          }
        : {}),
    });
    // Without a permission to read the model the endpoint would fail.
    endpoint.node.addDependency(props.role);
    this.endpointName = name;
    this.endpointArn = endpointArn(Stack.of(this), name);
    this.guards = guards.map((alarm, index) => Alarm.fromAlarmArn(this, `Guard${index}`, alarm.attrArn));
    if (serving.mode === "endpoint") this.scale(name, serving, endpoint);
  }

  private configuration(serving: HostedServing, props: GuardedEndpointProps): CfnEndpointConfig {
    const models = new Map<string, CfnModel>();
    const modelFor = (version?: number): string => {
      const arn = version === undefined ? props.modelPackageArn : versionArn(props.modelPackageArn, version);
      const made =
        models.get(arn) ?? this.model(version === undefined ? "Model" : `Model${version}`, arn, serving, props);
      models.set(arn, made);
      return made.attrModelName;
    };
    const key = props.encryptionKey === undefined ? {} : { kmsKeyId: props.encryptionKey.keyArn };
    return new CfnEndpointConfig(this, "Configuration", {
      productionVariants:
        serving.mode === "endpoint"
          ? serving.variants.map(({ name, weight, modelVersion }) => ({
              variantName: name,
              modelName: modelFor(modelVersion),
              instanceType: serving.instanceType,
              initialInstanceCount: serving.instances,
              initialVariantWeight: weight,
            }))
          : [
              {
                variantName: "AllTraffic",
                modelName: modelFor(),
                initialVariantWeight: 1,
                serverlessConfig: {
                  memorySizeInMb: serving.memoryMb,
                  maxConcurrency: serving.maximumConcurrency,
                  ...(serving.provisionedConcurrency === undefined
                    ? {}
                    : { provisionedConcurrency: serving.provisionedConcurrency }),
                },
              },
            ],
      ...(serving.mode === "endpoint" ? { ...key, ...capture(serving, props.captureUri, key) } : {}),
    });
  }

  private model(id: string, modelPackageName: string, serving: HostedServing, props: GuardedEndpointProps): CfnModel {
    const vpc = serving.mode === "endpoint" ? serving.vpc : undefined;
    return new CfnModel(this, id, {
      executionRoleArn: props.role.roleArn,
      primaryContainer: { modelPackageName, environment: { ...props.environment } },
      ...(vpc === undefined ? {} : { vpcConfig: { subnets: vpc.subnets, securityGroupIds: vpc.securityGroups } }),
    });
  }

  private alarms(name: string, serving: EndpointServing, props: GuardedEndpointProps): CfnAlarm[] {
    const { alarmActions = [], model, runbooks = "docs/runbooks" } = props;
    const variants = serving.variants.map((variant) => variant.name);
    return guardAlarms(name, variants, serving.rollback).map((alarm) => {
      const { tags: _, ...request } = propsOf(alarmRequest(alarm));
      const resource = new CfnAlarm(
        this,
        `Guard-${alarm.metric}`,
        request as ConstructorParameters<typeof CfnAlarm>[2],
      );
      const { what, action, runbook } = GUARD_TEXTS[alarm.metric];
      resource.alarmDescription = alarmDescription({
        what: `${what} ${alarm.description}`,
        action,
        runbook: `${runbooks.replace(/\/$/, "")}/${runbook}.md`,
        ...(model === undefined ? {} : { model }),
      });
      const told = alarmActions.map((each) => each.bind(this, resource as never).alarmActionArn);
      resource.alarmActions = told;
      // Whoever was told that it rang is told that it is over.
      resource.okActions = told;
      return resource;
    });
  }

  private scale(name: string, { autoscaling, variants }: EndpointServing, endpoint: CfnEndpoint): void {
    if (autoscaling === undefined) return;
    for (const { name: variant } of variants) {
      const target = new CfnScalableTarget(this, `Instances-${variant}`, {
        ...propsOf(scalableTarget(name, variant, autoscaling)),
      } as ConstructorParameters<typeof CfnScalableTarget>[2]);
      target.addResourceDependency(endpoint);
      const { policyName, policyType, targetTrackingScalingPolicyConfiguration } = propsOf(
        scalingPolicy(name, variant, autoscaling),
      );
      new CfnScalingPolicy(this, `Scaling-${variant}`, {
        policyName: policyName ?? variant,
        policyType: policyType ?? "TargetTrackingScaling",
        scalingTargetId: target.ref,
        targetTrackingScalingPolicyConfiguration:
          targetTrackingScalingPolicyConfiguration as CfnScalingPolicy.TargetTrackingScalingPolicyConfigurationProperty,
      });
    }
  }
}

function hosted(serving: ReturnType<typeof checkedServing>): HostedServing {
  if (serving.mode !== "embedded") return serving;
  throw new PropsError("serving_mode", "serving.mode", serving.mode, "has no endpoint. Use 'endpoint' or 'serverless'");
}

function versionArn(modelPackageArn: string, version: number): string {
  const literal = /^(arn:[\w-]+:sagemaker:[\w-]+:\d{12}:model-package\/[^/]+)\/\d+$/.exec(modelPackageArn)?.[1];
  if (literal !== undefined) return `${literal}/${version}`;
  const rule = "is no versioned model package's ARN known at synthesis, which variants of other versions need";
  throw new PropsError("model_package", "modelPackageArn", modelPackageArn, rule);
}

function capture(serving: EndpointServing, captureUri: string | undefined, key: { kmsKeyId?: string }) {
  if (serving.capture === undefined || serving.capture.share === 0) return {};
  if (captureUri === undefined) {
    const rule = "is nowhere, and serving.capture needs a place. Give an S3 URI such as s3://bucket/captures";
    throw new PropsError("bucket_differs", "captureUri", captureUri, rule);
  }
  return {
    dataCaptureConfig: {
      enableCapture: true,
      initialSamplingPercentage: Math.round(serving.capture.share * 100),
      destinationS3Uri: captureUri,
      captureOptions: [{ captureMode: "Input" }, { captureMode: "Output" }],
      captureContentTypeHeader: { csvContentTypes: ["text/csv"], jsonContentTypes: ["application/json"] },
      ...key,
    },
  };
}
