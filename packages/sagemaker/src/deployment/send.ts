import {
  AddTagsCommand,
  CreateEndpointCommand,
  CreateEndpointConfigCommand,
  CreateModelCommand,
  UpdateEndpointCommand,
} from "@aws-sdk/client-sagemaker";
import { isAlreadyThere } from "../aws-errors";
import type { Clients } from "../clients";
import type { DeploymentRequest } from "./plan";

type Sending = Pick<Clients, "sagemaker" | "cloudwatch" | "scaling">;

/** Sends one planned request. What is there already under a name made from its content is what was meant. */
export async function sendRequest(clients: Sending, request: DeploymentRequest): Promise<void> {
  const { sagemaker } = clients;
  switch (request.operation) {
    case "CreateModel":
      return await unlessThere(() => sagemaker.send(new CreateModelCommand(request.input)));
    case "CreateEndpointConfig":
      return await unlessThere(() => sagemaker.send(new CreateEndpointConfigCommand(request.input)));
    case "AddTags":
      await sagemaker.send(new AddTagsCommand(request.input));
      return;
    case "CreateEndpoint":
      await sagemaker.send(new CreateEndpointCommand(request.input));
      return;
    case "UpdateEndpoint":
      await sagemaker.send(new UpdateEndpointCommand(request.input));
      return;
    case "PutMetricAlarm": {
      const { PutMetricAlarmCommand } = cloudwatchCommands();
      await clients.cloudwatch.send(new PutMetricAlarmCommand(request.input));
      return;
    }
    default:
      return await sendScaling(clients, request);
  }
}

async function sendScaling(
  { scaling }: Pick<Clients, "scaling">,
  request: Extract<DeploymentRequest, { operation: `${string}Scal${string}` }>,
): Promise<void> {
  const { RegisterScalableTargetCommand, DeregisterScalableTargetCommand, PutScalingPolicyCommand } =
    require("@aws-sdk/client-application-auto-scaling") as typeof import("@aws-sdk/client-application-auto-scaling");
  switch (request.operation) {
    case "RegisterScalableTarget":
      await scaling.send(new RegisterScalableTargetCommand(request.input));
      return;
    case "PutScalingPolicy":
      await scaling.send(new PutScalingPolicyCommand(request.input));
      return;
    case "DeregisterScalableTarget":
      await scaling.send(new DeregisterScalableTargetCommand(request.input)).catch(unlessGone);
      return;
  }
}

function cloudwatchCommands() {
  return require("@aws-sdk/client-cloudwatch") as typeof import("@aws-sdk/client-cloudwatch");
}

function unlessGone(error: unknown): void {
  if (!(error instanceof Error) || error.name !== "ObjectNotFoundException") throw error;
}

async function unlessThere(create: () => Promise<unknown>): Promise<void> {
  try {
    await create();
  } catch (error) {
    if (!isAlreadyThere(error)) throw error;
  }
}
