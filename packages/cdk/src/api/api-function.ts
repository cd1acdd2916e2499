import { existsSync } from "node:fs";
import { join } from "node:path";
import { Duration, RemovalPolicy } from "aws-cdk-lib";
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import {
  Architecture,
  Code,
  type ILayerVersion,
  Function as LambdaFunction,
  Runtime,
  Tracing,
} from "aws-cdk-lib/aws-lambda";
import { LogGroup } from "aws-cdk-lib/aws-logs";
import { Construct } from "constructs";
import { acknowledge, acknowledgeWildcards } from "../acknowledge";
import { PropsError } from "../errors";
import { logRetention } from "../log-retention";
import { logStatements, traceStatement } from "../statements";

/** What an {@link ApiFunction} runs and what it may do. */
export interface ApiFunctionProps {
  readonly functionName: string;
  readonly description: string;
  /** Folder with the bundle, `index.js`. */
  readonly code: string;
  readonly environment: Readonly<Record<string, string>>;
  /** What it may do beside its logs and traces. */
  readonly statements: readonly PolicyStatement[];
  /** Name of its role. When it changes, the role is replaced, and versions published before keep theirs. @default CDK's choice */
  readonly roleName?: string;
  readonly layers?: readonly ILayerVersion[];
  readonly memoryMb: number;
  readonly timeoutSeconds: number;
  readonly reservedConcurrency?: number;
  /** Its log is kept for at least so long: CloudWatch has steps. */
  readonly logDays: number;
  readonly vpc?: { readonly subnets: readonly string[]; readonly securityGroups: readonly string[] };
  /** Why it has no dead-letter queue. */
  readonly withoutQueue: string;
}

/**
 * A function with a bundle of ours: Node 24 on Graviton, its own log group, and a role whose whole permission is in its own inline
 * policy, so that a published version and its role stay together.
 *
 * @throws PropsError `code_missing`
 */
export class ApiFunction extends Construct {
  readonly function: LambdaFunction;
  readonly role: Role;

  constructor(scope: Construct, id: string, props: ApiFunctionProps) {
    super(scope, id);
    if (!existsSync(join(props.code, "index.js"))) {
      const rule = "is no folder with an index.js. Make it with bundleLambda of @sagewright/serving first";
      throw new PropsError("code_missing", "code", props.code, rule);
    }
    const logGroup = new LogGroup(this, "Logs", {
      logGroupName: `/aws/lambda/${props.functionName}`,
      retention: logRetention(props.logDays),
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const network = props.vpc === undefined ? [] : [networkStatement()];
    const statements = [...logStatements(logGroup), traceStatement(), ...network, ...props.statements];
    this.role = new Role(this, "Role", {
      ...(props.roleName === undefined ? {} : { roleName: props.roleName }),
      assumedBy: new ServicePrincipal("lambda.amazonaws.com"),
      description: props.description,
      inlinePolicies: { function: new PolicyDocument({ statements }) },
    });
    this.function = new LambdaFunction(this, "Function", {
      functionName: props.functionName,
      description: props.description,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      handler: "index.handler",
      code: Code.fromAsset(props.code),
      role: this.role.withoutPolicyUpdates(),
      environment: { ...props.environment },
      layers: [...(props.layers ?? [])],
      memorySize: props.memoryMb,
      timeout: Duration.seconds(props.timeoutSeconds),
      tracing: Tracing.ACTIVE,
      logGroup,
      ...(props.reservedConcurrency === undefined ? {} : { reservedConcurrentExecutions: props.reservedConcurrency }),
    });
    if (props.vpc !== undefined) this.connect(props.vpc);
    const reason =
      "X-Ray, and network interfaces where a VPC is given, know no resources; their statements name single actions.";
    acknowledgeWildcards(this, ["*"], reason);
    acknowledge(this, { "Serverless-LambdaStarPermissions": reason, "Serverless-LambdaDLQ": props.withoutQueue });
  }

  /** Subnets and groups by id: nothing is looked up, so synthesis stays offline. */
  private connect({ subnets, securityGroups }: NonNullable<ApiFunctionProps["vpc"]>): void {
    const resource = this.function.node.defaultChild as unknown as { vpcConfig: object };
    resource.vpcConfig = { subnetIds: [...subnets], securityGroupIds: [...securityGroups] };
  }
}

function networkStatement(): PolicyStatement {
  return new PolicyStatement({
    sid: "Network",
    actions: ["ec2:CreateNetworkInterface", "ec2:DeleteNetworkInterface", "ec2:DescribeNetworkInterfaces"],
    resources: ["*"],
  });
}
