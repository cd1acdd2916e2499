import {
  type AlertTopics,
  acknowledge,
  acknowledgeWildcards,
  type CarriedModelProps,
  GuardedEndpoint,
  ModelRole,
  PredictionApi,
} from "@sagewright/cdk";
import { type Environment, environmentTarget, pointerUri } from "@sagewright/sagemaker";
import {
  ArnFormat,
  Aspects,
  CfnCondition,
  CfnOutput,
  CfnParameter,
  CfnResource,
  Fn,
  type IAspect,
  Stack,
  type StackProps,
} from "aws-cdk-lib";
import { SnsAction } from "aws-cdk-lib/aws-cloudwatch-actions";
import { PolicyStatement } from "aws-cdk-lib/aws-iam";
import type { IKey } from "aws-cdk-lib/aws-kms";
import { Code, LayerVersion } from "aws-cdk-lib/aws-lambda";
import { Bucket } from "aws-cdk-lib/aws-s3";
import type { Construct, IConstruct } from "constructs";
import type { ServedProduct } from "../product";
import type { DataStack } from "./data-stack";
import type { PipelineStack } from "./pipeline-stack";

/** A parameter's value before the first release. */
const NONE = "none";

/** What a {@link ServingStack} stands on. */
export interface ServingStackInputs {
  readonly environment: Environment;
  readonly product: ServedProduct;
  readonly data: DataStack;
  readonly training: PipelineStack;
  readonly alerts: AlertTopics;
}

/**
 * The prediction API and, where the environment has one, its endpoint. Which model is served are parameters of the stack, so
 * that releasing a model is an update of this stack with the template it has. Before the first release nothing is there. An
 * environment without endpoints has no such parameters: its function looks its model up where `sagewright deploy` says.
 *
 * A model has an endpoint of its own, named after its version: the new one is in service before the function's new version
 * takes the first part of the traffic, and the old one goes when the last part has left it. Each version of the function asks its
 * own endpoint, so at no moment does one prepare rows for another's model.
 */
export class ServingStack extends Stack {
  constructor(scope: Construct, id: string, inputs: ServingStackInputs, props: StackProps) {
    super(scope, id, props);
    const { environment, product, data, training, alerts } = inputs;
    const { serving, retention } = environment;
    // What it calls is named, not referred to.
    this.addStackDependency(training);
    this.addStackDependency(Stack.of(alerts));
    const captured = serving.mode === "serverless" ? undefined : serving.capture;
    const target = environmentTarget(environment);
    const released = serving.mode === "embedded" ? undefined : this.releaseParameters(product.group);
    const endpoint = released === undefined ? undefined : this.endpoint(inputs, released);
    const apiName = `${product.group}-${environment.name}`;
    const retrain = `${apiName}-retrain`;
    const api = new PredictionApi(this, "Api", {
      apiName,
      openApi: product.openApi,
      model:
        released === undefined
          ? { name: product.group, pointer: pointerUri(target.bucket, serving.endpoint ?? product.group) }
          : this.carried(inputs, released),
      code: product.functions[serving.mode === "embedded" ? "predict" : "preprocess"],
      authorizerCode: product.functions.authorize,
      keys: data.apiKeys,
      ...(endpoint === undefined || serving.mode === "embedded"
        ? {}
        : {
            endpoint: { endpointName: endpoint.endpointName, endpointArn: endpoint.endpointArn, kind: serving.mode },
            rollbackAlarms: endpoint.guards,
          }),
      lambda: serving.lambda,
      api: serving.api,
      logDays: retention.logDays,
      ...(captured === undefined
        ? {}
        : {
            capture: {
              ...captured,
              bucket: Bucket.fromBucketName(this, "CaptureBucket", target.bucket),
              prefix: `captures/${product.group}/AllTraffic`,
              ...(data.encryptionKey === undefined ? {} : { encryptionKey: data.encryptionKey }),
            },
          }),
      ...(serving.mode === "embedded" && serving.vpc !== undefined ? { vpc: serving.vpc } : {}),
      environment: { RETRAIN_FUNCTION: retrain },
      statements: [
        // Named, not referred to: it is of another stack, which may be changed while this one stays.
        new PolicyStatement({
          sid: "Retrain",
          actions: ["lambda:InvokeFunction"],
          resources: [
            this.formatArn({
              ...{ service: "lambda", resource: "function", resourceName: retrain },
              arnFormat: ArnFormat.COLON_RESOURCE_NAME,
            }),
          ],
        }),
        ...(released === undefined ? readModels(target.bucket, data.encryptionKey) : []),
      ],
    });
    acknowledgeWildcards(
      api,
      [`arn:aws:s3:::${target.bucket}/serving/*`],
      "Reads what may be served: the pointer, and models in folders named by their digests.",
    );
    if (endpoint !== undefined) api.node.addDependency(endpoint);
    new CfnOutput(this, "Url", { value: api.url });
    if (released !== undefined) Aspects.of(this).add(new OnlyWhenReleased(released.condition));
  }

  private carried({ product, data }: ServingStackInputs, released: Release): CarriedModelProps {
    acknowledge(data.bucket, {
      "Annotation::@aws-cdk/aws-lambda:codeFromBucketObjectVersionNotSpecified":
        "The object's key has the model's digest: other content has another key.",
    });
    const layer = new LayerVersion(this, "Model", {
      description: `Model ${product.group} ${released.version}`,
      code: Code.fromBucket(data.bucket, released.layerKey),
    });
    return { name: product.group, version: released.version, digest: released.digest, layer };
  }

  private releaseParameters(group: string): Release {
    const parameter = (name: string, description: string, allowedPattern: string): CfnParameter =>
      new CfnParameter(this, name, {
        type: "String",
        default: NONE,
        description,
        allowedPattern: `^(${NONE}|${allowedPattern})$`,
      });
    const arn = parameter("ModelPackageArn", `Approved version of ${group}; ${NONE}: nothing is served`, "arn:.+");
    const version = parameter("ModelVersion", "Its number", "[0-9]{1,9}");
    const digest = parameter("ModelDigest", "SHA-256 of its manifest, as registered", "[0-9a-f]{64}");
    const layerKey = parameter(
      "ModelLayerKey",
      "Object in the data bucket: the unpacked archive in model/, zipped",
      ".+",
    );
    const condition = new CfnCondition(this, "Released", {
      expression: Fn.conditionNot(Fn.conditionEquals(arn.valueAsString, NONE)),
    });
    return {
      arn: arn.valueAsString,
      version: version.valueAsString,
      digest: digest.valueAsString,
      layerKey: layerKey.valueAsString,
      condition,
    };
  }

  private endpoint(
    { environment, product, data, training, alerts }: ServingStackInputs,
    { arn, version }: Release,
  ): GuardedEndpoint | undefined {
    const { serving } = environment;
    if (serving.mode === "embedded") return undefined;
    // The endpoint sees columns that are transformed already; what monitoring reads are rows, which the function captures.
    const { capture: _, ...uncaptured } = { capture: undefined, ...serving };
    return new GuardedEndpoint(this, "Endpoint", {
      modelPackageArn: arn,
      endpointName: `${serving.endpoint ?? product.group}-v${version}`,
      serving: uncaptured,
      model: product.group,
      // Not the one that trains: what is unpickled in the container may read models, and start nothing.
      role: new ModelRole(this, "ModelRole", {
        bucketName: environmentTarget(environment).bucket,
        prefixes: [`runs/${training.pipeline.pipelineName}/`],
        images: imagesIn(training.pipeline.compiled.json),
        inNetwork: serving.mode === "endpoint" && serving.vpc !== undefined,
        ...(data.encryptionKey === undefined ? {} : { encryptionKey: data.encryptionKey }),
      }),
      ...(data.encryptionKey === undefined ? {} : { encryptionKey: data.encryptionKey }),
      alarmActions: [new SnsAction(alerts.topic("critical"))],
    });
  }
}

/** What the stack's parameters say. */
interface Release {
  readonly arn: string;
  readonly version: string;
  readonly digest: string;
  readonly layerKey: string;
  readonly condition: CfnCondition;
}

/** Images that a definition names: a model runs in one of them. */
function imagesIn(definition: string): string[] {
  return [...new Set(definition.match(/\d{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com(?:\.cn)?\/[^"@]+/g) ?? [])];
}

function readModels(bucket: string, key: IKey | undefined): PolicyStatement[] {
  const read = new PolicyStatement({
    sid: "Models",
    actions: ["s3:GetObject"],
    resources: [`arn:aws:s3:::${bucket}/serving/*`],
  });
  const decrypt = (of: IKey) =>
    new PolicyStatement({ sid: "ModelsKey", actions: ["kms:Decrypt"], resources: [of.keyArn] });
  return key === undefined ? [read] : [read, decrypt(key)];
}

/** Before a model is released there is nothing to serve, and nothing to pay for. */
class OnlyWhenReleased implements IAspect {
  constructor(private readonly condition: CfnCondition) {}

  visit(node: IConstruct): void {
    if (node instanceof CfnResource) node.cfnOptions.condition = this.condition;
    if (node instanceof CfnOutput) node.condition = this.condition;
  }
}
