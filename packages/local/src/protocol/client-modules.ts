import { createRequire } from "node:module";
import type { ServiceName } from "../invoke";
import { modelOfClient, type ServiceModel } from "./model";

const packages: Record<ServiceName, string> = {
  sagemaker: "@aws-sdk/client-sagemaker",
  "sagemaker-runtime": "@aws-sdk/client-sagemaker-runtime",
  s3: "@aws-sdk/client-s3",
  logs: "@aws-sdk/client-cloudwatch-logs",
  lambda: "@aws-sdk/client-lambda",
  sts: "@aws-sdk/client-sts",
  monitoring: "@aws-sdk/client-cloudwatch",
  events: "@aws-sdk/client-eventbridge",
  scheduler: "@aws-sdk/client-scheduler",
  "application-autoscaling": "@aws-sdk/client-application-auto-scaling",
  sns: "@aws-sdk/client-sns",
  sqs: "@aws-sdk/client-sqs",
};

const models = new Map<ServiceName, ServiceModel>();
const load = createRequire(__filename);

/**
 * The model of a service, read from its client's schemas. The client is loaded at the first call for the service, not
 * before: SageMaker's alone costs 75 ms.
 */
export function serviceModel(service: ServiceName): ServiceModel {
  const known = models.get(service);
  if (known) return known;
  const model = modelOfClient(load(packages[service]) as object);
  models.set(service, model);
  return model;
}
