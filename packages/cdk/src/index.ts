export { acknowledge } from "./acknowledge";
export { PropsError, type PropsErrorCode } from "./errors";
export { SageMakerPipeline, type SageMakerPipelineProps } from "./pipeline/sagemaker-pipeline";
