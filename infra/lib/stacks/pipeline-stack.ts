import { MERGED_PREFIX, SageMakerPipeline } from "@sagewright/cdk";
import { captureOf, DATA_PREFIX, type Environment, environmentTarget } from "@sagewright/sagemaker";
import { CfnOutput, Stack, type StackProps } from "aws-cdk-lib";
import type { Construct } from "constructs";
import type { ServedProduct } from "../product";
import type { DataStack } from "./data-stack";

/** The training pipeline: its definition, code and role. */
export class PipelineStack extends Stack {
  readonly pipeline: SageMakerPipeline;

  constructor(
    scope: Construct,
    id: string,
    { environment, product, data }: { environment: Environment; product: ServedProduct; data: DataStack },
    props: StackProps,
  ) {
    super(scope, id, props);
    const target = environmentTarget(environment);
    const parameters = environment.pipelines[product.name]?.parameters ?? {};
    this.pipeline = new SageMakerPipeline(this, "Training", {
      pipeline: product.pipeline,
      target,
      parameters: { InputDataUri: `s3://${target.bucket}/raw/`, ...parameters },
      // Files that `sagewright run --data` sends, and what monitoring merges with rows that were labelled since.
      dataPrefixes: [DATA_PREFIX, ...(captureOf(environment.serving) === undefined ? [] : [MERGED_PREFIX])],
      ...(environment.pipeline.parallelism === undefined ? {} : { parallelism: environment.pipeline.parallelism }),
      ...(data.encryptionKey === undefined ? {} : { encryptionKey: data.encryptionKey }),
    });
    // Code goes into a bucket that is named, not referred to: the definition has its name as text.
    this.addStackDependency(data);
    new CfnOutput(this, "PipelineName", { value: this.pipeline.pipelineName });
  }
}
