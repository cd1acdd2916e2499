import type { Serving } from "@sagewright/sagemaker";
import { Duration, RemovalPolicy, Resource, Stack } from "aws-cdk-lib";
import {
  AccessLogFormat,
  ApiDefinition,
  LogGroupLogDestination,
  MethodLoggingLevel,
  SpecRestApi,
  type Stage,
  type UsagePlan,
} from "aws-cdk-lib/aws-apigateway";
import { type IAlarm, Metric, type MetricOptions } from "aws-cdk-lib/aws-cloudwatch";
import {
  type CfnDeploymentGroup,
  LambdaDeploymentConfig,
  LambdaDeploymentGroup,
  TimeBasedCanaryTrafficRouting,
} from "aws-cdk-lib/aws-codedeploy";
import { Grant, type IGrantable, PolicyDocument, PolicyStatement, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { Alias, type CfnAlias, type CfnVersion, type ILayerVersion } from "aws-cdk-lib/aws-lambda";
import { LogGroup, type RetentionDays } from "aws-cdk-lib/aws-logs";
import type { ISecret } from "aws-cdk-lib/aws-secretsmanager";
import type { Construct } from "constructs";
import { acknowledge } from "../acknowledge";
import { ApiFunction } from "./api-function";
import { CaptureStream, type CaptureStreamProps } from "./capture-stream";
import { FirewallRules } from "./firewall";
import { gatewayDocument, type OpenApiDocument } from "./gateway-document";

/** The model that the function carries. Values may be known at deployment only. */
export interface CarriedModelProps {
  readonly name: string;
  readonly version: string;
  /** SHA-256 of the model's manifest, which the function checks before it answers. */
  readonly digest: string;
  /** The unpacked archive, in `model/`. */
  readonly layer: ILayerVersion;
}

/** The model that the function finds by an object in S3, which `sagewright deploy` and `sagewright rollback` write. */
export interface PointedModelProps {
  readonly name: string;
  /** `s3://bucket/key`, as `pointerUri` of `@sagewright/sagemaker` says. */
  readonly pointer: string;
}

/** What a {@link PredictionApi} is made of. */
export interface PredictionApiProps {
  /** Name of the API, and beginning of the names of its functions. */
  readonly apiName: string;
  /** The API's own description, as `/openapi.json` of `@sagewright/serving` gives it. */
  readonly openApi: OpenApiDocument;
  /** Functions that score themselves can look their model up; those before an endpoint carry its. */
  readonly model: CarriedModelProps | PointedModelProps;
  /** Folder of `bundleLambda("predict", …)`, or `"preprocess"` where an endpoint is given. */
  readonly code: string;
  /** Folder of the authorizer's bundle. */
  readonly authorizerCode: string;
  /** Keys as they are kept, hashed: `{ "secret": …, "keys": … }`. */
  readonly keys: ISecret;
  /** The endpoint that holds the estimator. @default the function scores itself */
  readonly endpoint?: {
    readonly endpointName: string;
    readonly endpointArn: string;
    readonly kind: "endpoint" | "serverless";
  };
  readonly lambda: Serving["lambda"];
  readonly api: Serving["api"];
  /** @default 30 */
  readonly logDays?: number;
  /** Requests and answers that are kept: a share of them, below a prefix of a bucket. @default nothing is kept */
  readonly capture?: Omit<CaptureStreamProps, "streamName"> & { readonly share: number };
  /** Network of the function. @default Lambda's own */
  readonly vpc?: { readonly subnets: readonly string[]; readonly securityGroups: readonly string[] };
  /** Alarms that turn a new version of the function back, beside its own errors. @default its own errors alone */
  readonly rollbackAlarms?: readonly IAlarm[];
  /** Environment added to the function's. @default nothing */
  readonly environment?: Readonly<Record<string, string>>;
  /** What the function may do beside asking its endpoint. @default nothing */
  readonly statements?: readonly PolicyStatement[];
}

const ALIAS = "live";

/**
 * The prediction API behind API Gateway: the routes of the given document, an authorizer on hashed keys, and one function that
 * carries the model. A new version of the function gets a part of the traffic first and is turned back by alarms.
 *
 * Each published version keeps its environment and its role: the one that answers before and the one that answers after a
 * change each know their own model and endpoint, and there is no moment at which a version asks the other's.
 *
 * @example
 * const api = new PredictionApi(stack, "Api", { apiName: "churn", openApi, model, code, authorizerCode, keys, lambda, api });
 */
export class PredictionApi extends Resource {
  readonly api: SpecRestApi;
  readonly alias: Alias;
  readonly functionName: string;
  readonly usagePlan: UsagePlan;
  /** Keeps the names that metrics have: `ApiName` and `Stage`. */
  readonly apiName: string;
  readonly url: string;

  constructor(scope: Construct, id: string, props: PredictionApiProps) {
    super(scope, id);
    const { apiName, lambda, model, endpoint } = props;
    const logDays = props.logDays ?? 30;
    const capture =
      props.capture === undefined
        ? undefined
        : new CaptureStream(this, "Captures", { streamName: `${apiName}-captures`, ...props.capture });
    this.apiName = apiName;
    this.functionName = `${apiName}-predict`;
    const predict = new ApiFunction(this, "Predict", {
      functionName: this.functionName,
      description: "Answers predictions",
      code: props.code,
      ...("version" in model ? { roleName: `${this.functionName}-v${model.version}` } : {}),
      environment: {
        ...modelEnvironment(model),
        ...(endpoint === undefined ? {} : { ENDPOINT_NAME: endpoint.endpointName, BACKEND: endpoint.kind }),
        ...(capture === undefined || props.capture === undefined
          ? {}
          : { CAPTURE_STREAM: capture.streamName, CAPTURE_SHARE: String(props.capture.share) }),
        ...props.environment,
      },
      layers: "layer" in model ? [model.layer] : [],
      statements: [
        ...(endpoint === undefined ? [] : [invokeStatement(endpoint.endpointArn)]),
        ...(capture === undefined ? [] : [capture.statement()]),
        ...(props.statements ?? []),
      ],
      memoryMb: lambda.memoryMb,
      timeoutSeconds: lambda.timeoutSeconds,
      ...(lambda.reservedConcurrency === undefined ? {} : { reservedConcurrency: lambda.reservedConcurrency }),
      logDays,
      ...(props.vpc === undefined ? {} : { vpc: props.vpc }),
      withoutQueue: "Called by API Gateway, which waits for the answer: the client sees every failure itself.",
    });
    this.alias = this.publish(predict, props);
    const authorizer = this.authorizer(props, logDays);
    this.api = this.gateway(props, authorizer, logDays);
    this.url = this.api.url;
    this.usagePlan = this.plan(props.api);
    if (!props.api.firewall) acknowledge(this.api, WITHOUT_FIREWALL);
    else new FirewallRules(this, "Firewall", { name: apiName, stageArn: this.api.deploymentStage.stageArn });
  }

  /** A metric of the whole API. */
  metric(metricName: string, options?: MetricOptions): Metric {
    return apiMetric(this.apiName, metricName, options).attachTo(this);
  }

  /** Lets someone call the API's routes by IAM; consumers use keys instead. */
  grantInvoke(grantee: IGrantable): Grant {
    return Grant.addToPrincipal({
      grantee,
      actions: ["execute-api:Invoke"],
      resourceArns: [this.api.arnForExecuteApi()],
    });
  }

  private publish(
    { function: predict }: ApiFunction,
    { lambda, model, rollbackAlarms = [] }: PredictionApiProps,
  ): Alias {
    const version = predict.currentVersion;
    // What only a deployment knows is no part of the version's name, so the model makes a new version by its description.
    if ("version" in model) {
      const description = `${model.name} ${model.version}, manifest ${model.digest}, ${model.layer.layerVersionArn}`;
      (version.node.defaultChild as CfnVersion).description = description;
    }
    const alias = new Alias(this, "Alias", {
      aliasName: ALIAS,
      version,
      ...(lambda.provisionedConcurrency === undefined
        ? {}
        : { provisionedConcurrentExecutions: lambda.provisionedConcurrency }),
    });
    if (lambda.shift.type === "all-at-once") return alias;
    const { percent, minutes } = lambda.shift;
    const errors = alias
      .metricErrors({ period: Duration.minutes(1), statistic: "Sum" })
      .createAlarm(this, "VersionErrors", {
        alarmDescription: "The prediction function fails. Turns a new version back.",
        threshold: 1,
        evaluationPeriods: 1,
        treatMissingData: undefined,
      });
    const group = new LambdaDeploymentGroup(this, "Shift", {
      alias,
      deploymentConfig: new LambdaDeploymentConfig(this, "ShiftConfig", {
        trafficRouting: new TimeBasedCanaryTrafficRouting({ interval: Duration.minutes(minutes), percentage: percent }),
      }),
      alarms: [errors, ...rollbackAlarms],
    });
    // Not before the alarms that the group looks at are those of the new version's endpoint.
    (alias.node.defaultChild as CfnAlias).addResourceDependency(group.node.defaultChild as CfnDeploymentGroup);
    acknowledge(group, {
      [managedPolicy("AWSCodeDeployRoleForLambdaLimited")]:
        "CodeDeploy prescribes this managed policy for shifting an alias; it is the limited one.",
    });
    return alias;
  }

  private authorizer({ apiName, authorizerCode, keys }: PredictionApiProps, logDays: number): ApiFunction {
    return new ApiFunction(this, "Authorizer", {
      functionName: `${apiName}-authorize`,
      description: "Tells whose key a request presents",
      code: authorizerCode,
      environment: { KEYS_SECRET: keys.secretArn },
      statements: [
        new PolicyStatement({ sid: "Keys", actions: ["secretsmanager:GetSecretValue"], resources: [keys.secretArn] }),
        ...(keys.encryptionKey === undefined
          ? []
          : [
              new PolicyStatement({ sid: "KeysKey", actions: ["kms:Decrypt"], resources: [keys.encryptionKey.keyArn] }),
            ]),
      ],
      memoryMb: 256,
      timeoutSeconds: 5,
      logDays,
      withoutQueue: "Called by API Gateway, which waits for the answer and lets nobody in without one.",
    });
  }

  private gateway(
    { apiName, openApi, api }: PredictionApiProps,
    authorizer: ApiFunction,
    logDays: number,
  ): SpecRestApi {
    const asks = new Role(this, "AuthorizerCaller", {
      assumedBy: new ServicePrincipal("apigateway.amazonaws.com"),
      description: "Asks the authorizer",
      inlinePolicies: {
        ask: new PolicyDocument({
          statements: [
            new PolicyStatement({ actions: ["lambda:InvokeFunction"], resources: [authorizer.function.functionArn] }),
          ],
        }),
      },
    });
    const logs = new LogGroup(this, "AccessLogs", {
      retention: logDays as RetentionDays,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const gateway = new SpecRestApi(this, "Gateway", {
      restApiName: apiName,
      apiDefinition: ApiDefinition.fromInline(
        gatewayDocument(openApi, {
          integrationUri: this.invocationUri(this.alias.functionArn),
          authorizerUri: this.invocationUri(authorizer.function.functionArn),
          authorizerCredentials: asks.roleArn,
        }),
      ),
      cloudWatchRole: true,
      deployOptions: {
        stageName: ALIAS,
        tracingEnabled: true,
        metricsEnabled: true,
        // Bodies are customers; neither they nor their headers are logged.
        dataTraceEnabled: false,
        loggingLevel: MethodLoggingLevel.ERROR,
        throttlingRateLimit: api.requestsPerSecond,
        throttlingBurstLimit: api.burst,
        accessLogDestination: new LogGroupLogDestination(logs),
        accessLogFormat: AccessLogFormat.custom(JSON.stringify(ACCESS_LOG)),
      },
    });
    this.alias.addPermission("Gateway", {
      principal: new ServicePrincipal("apigateway.amazonaws.com"),
      sourceArn: gateway.arnForExecuteApi(),
    });
    acknowledge(gateway, GATEWAY_FINDINGS);
    return gateway;
  }

  private invocationUri(functionArn: string): string {
    const { partition, region } = Stack.of(this);
    return `arn:${partition}:apigateway:${region}:lambda:path/2015-03-31/functions/${functionArn}/invocations`;
  }

  private plan({ requestsPerSecond, burst }: Serving["api"]): UsagePlan {
    const stage: Stage = this.api.deploymentStage;
    return this.api.addUsagePlan("Plan", {
      name: this.apiName,
      description: "Meters and limits what comes with a key of API Gateway; it is no authentication.",
      throttle: { rateLimit: requestsPerSecond, burstLimit: burst },
      apiStages: [{ stage }],
    });
  }
}

/** A metric of an API by its name. */
export function apiMetric(apiName: string, metricName: string, options?: MetricOptions): Metric {
  return new Metric({
    namespace: "AWS/ApiGateway",
    metricName,
    dimensionsMap: { ApiName: apiName, Stage: ALIAS },
    period: Duration.minutes(1),
    ...options,
  });
}

/** No address, no user agent, no header: who asked is the key's id. */
const ACCESS_LOG = {
  requestId: "$context.requestId",
  time: "$context.requestTime",
  method: "$context.httpMethod",
  route: "$context.resourcePath",
  status: "$context.status",
  latencyMs: "$context.responseLatency",
  key: "$context.authorizer.keyId",
  error: "$context.error.responseType",
};

const WITHOUT_FIREWALL = {
  "AwsSolutions-APIG3":
    "Chosen for this API (api.firewall): every route but /health needs a key, the stage is throttled, and the function checks every field.",
};

const GATEWAY_FINDINGS = {
  "AwsSolutions-APIG4":
    "What answers without a key: GET /health, for load balancers and probes, says whether the model answers; GET /openapi.json and the page GET /docs with its script and style describe the API and no customer.",
  "AwsSolutions-COG4":
    "Consumers are programs with keys of their own, hashed and held by the authorizer; there are no users to sign in.",
  "AwsSolutions-APIG2":
    "The function checks every row against the contract and names each field that breaks it; the gateway's own check names none.",
  [managedPolicy("AmazonAPIGatewayPushToCloudWatchLogs")]:
    "API Gateway prescribes this managed policy for writing logs, one role for the account.",
};

function modelEnvironment(model: CarriedModelProps | PointedModelProps): Record<string, string> {
  if ("pointer" in model) return { MODEL_POINTER: model.pointer };
  return {
    MODEL_FOLDER: "/opt/model",
    MODEL_NAME: model.name,
    MODEL_VERSION: model.version,
    MODEL_DIGEST: model.digest,
  };
}

function invokeStatement(endpointArn: string): PolicyStatement {
  return new PolicyStatement({ sid: "Invoke", actions: ["sagemaker:InvokeEndpoint"], resources: [endpointArn] });
}

function managedPolicy(name: string): string {
  return `AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/${name}]`;
}
