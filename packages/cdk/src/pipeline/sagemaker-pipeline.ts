import { type Compiled, compile, derivePolicy, type Json, type Pipeline, type Target } from "@sagewright/pipeline";
import { ArnFormat, Duration, type IResource, Resource, Stack } from "aws-cdk-lib";
import { Metric, type MetricOptions } from "aws-cdk-lib/aws-cloudwatch";
import {
  Grant,
  type IGrantable,
  type IRole,
  PolicyDocument,
  PolicyStatement,
  Role,
  ServicePrincipal,
} from "aws-cdk-lib/aws-iam";
import type { IKey } from "aws-cdk-lib/aws-kms";
import { CfnPipeline, type IPipeline } from "aws-cdk-lib/aws-sagemaker";
import type { Construct } from "constructs";
import { acknowledgeWildcards } from "../acknowledge";
import { PropsError } from "../errors";
import { keyStatement } from "../statements";
import { ShippedCode } from "./ship-code";

/** What a {@link SageMakerPipeline} is made of. */
export interface SageMakerPipelineProps {
  /** The typed pipeline. */
  readonly pipeline: Pipeline;
  /** Where it runs: the same target as `sagewright compile` has, so that both give the same bytes. */
  readonly target: Target;
  /** Values of parameters that every start gives: where data comes from decides what the role may read. @default the pipeline's own defaults */
  readonly parameters?: Readonly<Record<string, Json>>;
  /** Prefixes of the target's bucket from which some starts read data instead, without slashes at their ends. @default none */
  readonly dataPrefixes?: readonly string[];
  /** Most steps of an execution at once. @default SageMaker's own limit */
  readonly parallelism?: number;
  /** Role of the pipeline and its jobs. @default a new one, named as the target says, that may do what the graph needs and nothing else */
  readonly role?: IRole;
  /** Key that encrypts the target's bucket. @default the role gets no key */
  readonly encryptionKey?: IKey;
}

abstract class PipelineBase extends Resource implements IPipeline {
  abstract readonly pipelineArn: string;
  abstract readonly pipelineName: string;

  get pipelineRef() {
    return { pipelineName: this.pipelineName, pipelineArn: this.pipelineArn };
  }

  /** Lets someone start executions of this pipeline, and of no other. */
  grantStartPipelineExecution(grantee: IGrantable): Grant {
    return Grant.addToPrincipal({
      grantee,
      actions: ["sagemaker:StartPipelineExecution"],
      resourceArns: [this.pipelineArn],
    });
  }

  /** A metric of this pipeline's executions. */
  metric(metricName: string, options?: MetricOptions): Metric {
    return new Metric({
      namespace: "AWS/Sagemaker/ModelBuildingPipeline",
      metricName,
      dimensionsMap: { PipelineName: this.pipelineName },
      period: Duration.hours(1),
      statistic: "Sum",
      ...options,
    }).attachTo(this);
  }

  /** Executions that failed. @default sum over an hour */
  metricExecutionFailed(options?: MetricOptions): Metric {
    return this.metric("ExecutionFailed", options);
  }

  /** Executions that ended well. @default sum over an hour */
  metricExecutionSucceeded(options?: MetricOptions): Metric {
    return this.metric("ExecutionSucceeded", options);
  }
}

/**
 * A typed pipeline on SageMaker: its definition byte for byte as `sagewright compile` prints it, its code beside it, and a role
 * derived from its graph. It is an `IPipeline`, so schedules and rules can target it.
 *
 * @example
 * const training = new SageMakerPipeline(stack, "Training", { pipeline: churnTraining, target });
 */
export class SageMakerPipeline extends PipelineBase {
  /** A pipeline that is there already. */
  static fromPipelineName(scope: Construct, id: string, pipelineName: string): IPipeline & IResource {
    class Imported extends PipelineBase {
      readonly pipelineName = pipelineName;
      readonly pipelineArn = Stack.of(scope).formatArn({
        service: "sagemaker",
        resource: "pipeline",
        resourceName: pipelineName,
      });
    }
    return new Imported(scope, id);
  }

  /** A pipeline that is there already. */
  static fromPipelineArn(scope: Construct, id: string, pipelineArn: string): IPipeline & IResource {
    const { resourceName } = Stack.of(scope).splitArn(pipelineArn, ArnFormat.SLASH_RESOURCE_NAME);
    return SageMakerPipeline.fromPipelineName(scope, id, resourceName ?? "");
  }

  readonly pipelineArn: string;
  readonly pipelineName: string;
  readonly role: IRole;
  /** The definition and its code. */
  readonly compiled: Compiled;

  constructor(scope: Construct, id: string, props: SageMakerPipelineProps) {
    super(scope, id);
    this.compiled = compile(props.pipeline, props.target);
    this.role = props.role ?? this.derivedRole(props);
    const code = new ShippedCode(this, "Code", {
      assets: this.compiled.assets,
      bucket: props.target.bucket,
      ...(props.encryptionKey === undefined ? {} : { encryptionKey: props.encryptionKey }),
    });
    const resource = new CfnPipeline(this, "Resource", {
      pipelineName: this.compiled.name,
      roleArn: this.role.roleArn,
      pipelineDefinition: { PipelineDefinitionBody: this.compiled.json },
      ...(props.parallelism === undefined
        ? {}
        : { parallelismConfiguration: { MaxParallelExecutionSteps: props.parallelism } }),
    });
    resource.node.addDependency(code, this.role);
    this.pipelineName = this.compiled.name;
    this.pipelineArn = Stack.of(this).formatArn({
      service: "sagemaker",
      resource: "pipeline",
      resourceName: this.compiled.name.toLowerCase(),
    });
  }

  private derivedRole({ target, parameters = {}, dataPrefixes = [], encryptionKey }: SageMakerPipelineProps): Role {
    const { policy, unknown } = derivePolicy(this.compiled.definition, target, parameters);
    const [first] = unknown;
    if (first !== undefined) {
      throw new PropsError(
        "inputs_unknown",
        "parameters",
        parameters,
        `does not say where ${first.text} at ${first.path} is, so no role can be derived. Give the parameter an S3 location, such as s3://${target.bucket}/raw/`,
      );
    }
    const statements = policy.Statement.map((statement) => PolicyStatement.fromJson(statement));
    const others = dataPrefixes.map((prefix) =>
      Stack.of(this).formatArn({
        service: "s3",
        region: "",
        account: "",
        resource: target.bucket,
        resourceName: `${prefix}/*`,
      }),
    );
    const [path, name] = /role(\/(?:.*\/)?)([^/]+)$/.exec(target.roleArn)?.slice(1) ?? [];
    const role = new Role(this, "Role", {
      roleName: name,
      path,
      assumedBy: new ServicePrincipal("sagemaker.amazonaws.com", {
        conditions: { StringEquals: { "aws:SourceAccount": target.account } },
      }),
      description: `Runs ${this.compiled.name} and its jobs`,
      inlinePolicies: {
        pipeline: new PolicyDocument({ statements }),
        ...(others.length === 0
          ? {}
          : {
              data: new PolicyDocument({
                statements: [new PolicyStatement({ sid: "Data", actions: ["s3:GetObject"], resources: others })],
              }),
            }),
        ...(encryptionKey === undefined
          ? {}
          : { key: new PolicyDocument({ statements: [keyStatement(encryptionKey)] }) }),
      },
    });
    acknowledgeWildcards(
      role,
      [...policy.Statement.flatMap(({ Resource }) => Resource), ...others],
      "Derived from the pipeline's graph: prefixes of one bucket, jobs and logs that SageMaker names at run time, and two calls that know no resource (the image registry's token, metrics, the latter held to one namespace).",
    );
    return role;
  }
}
