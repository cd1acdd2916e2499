import type { JsonObject, StepDefinition } from "@sagewright/pipeline";
import type { ServiceCall } from "../reducer/commands";
import { asJson } from "./as-json";
import type { CallKind, ServiceAnswer } from "./step-kind";

/** What distinguishes one kind of SageMaker job from another. */
export interface JobKindOptions {
  /** Step type. */
  readonly type: string;
  /** `TrainingJob`: the middle of `CreateTrainingJob`, `DescribeTrainingJob`, `StopTrainingJob`. */
  readonly noun: string;
  /** Longest job name. */
  readonly maxLength: number;
  readonly detailType: string;
  /** Member of PipelineExecutionStepMetadata. */
  readonly metadataMember: string;
  outputs(properties: JsonObject): string[];
  /** Further calls that read the result. */
  readonly describeMore?: (name: string, step: StepDefinition) => ServiceCall[];
  /** @default the description */
  readonly properties?: (answers: readonly ServiceAnswer[]) => JsonObject;
}

/** A call to SageMaker. */
export const sagemaker = (operation: string, input: JsonObject): ServiceCall => ({
  service: "sagemaker",
  operation,
  input,
});

/** The step kind of a SageMaker job: create, follow, describe, stop. */
export function jobKind(options: JobKindOptions): CallKind {
  const { noun } = options;
  const nameMember = `${noun}Name`;
  return {
    type: options.type,
    naming: { member: nameMember, maxLength: options.maxLength },
    request: ({ step, name }) => sagemaker(`Create${noun}`, { ...step.Arguments, [nameMember]: name }),
    arn: (answer) => answer[`${noun}Arn`] as string | undefined,
    job: {
      detailType: options.detailType,
      nameMember,
      statusMember: `${noun}Status`,
      stop: (name) => sagemaker(`Stop${noun}`, { [nameMember]: name }),
    },
    describe: (name, _arn, step) => [
      sagemaker(`Describe${noun}`, { [nameMember]: name }),
      ...(options.describeMore?.(name, step) ?? []),
    ],
    properties: (answers) => options.properties?.(answers) ?? asJson(answers[0] ?? {}),
    metadata: ({ arn }) => (arn === undefined ? {} : { [options.metadataMember]: { Arn: arn } }),
    outputs: options.outputs,
  };
}
