import { ApplicationAutoScaling } from "@aws-sdk/client-application-auto-scaling";
import { CloudWatch } from "@aws-sdk/client-cloudwatch";
import { CloudWatchLogs } from "@aws-sdk/client-cloudwatch-logs";
import { EventBridge } from "@aws-sdk/client-eventbridge";
import { Lambda } from "@aws-sdk/client-lambda";
import { S3 } from "@aws-sdk/client-s3";
import { SageMaker } from "@aws-sdk/client-sagemaker";
import { SageMakerRuntime } from "@aws-sdk/client-sagemaker-runtime";
import { Scheduler } from "@aws-sdk/client-scheduler";
import { SNS } from "@aws-sdk/client-sns";
import { SQS } from "@aws-sdk/client-sqs";
import { uniform } from "../../support/random";
import type { Ledger } from "./ledger";

export const BUCKET = "sagewright-us-east-1-000000000000";
export const ROLE = "arn:aws:iam::000000000000:role/SagewrightExecution";
export const IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.9-0-cpu-py3";
export const accountArn = (service: string, rest: string) => `arn:aws:${service}:us-east-1:000000000000:${rest}`;

/** Clients of a cloud that listens. They repeat nothing: what is not answered is not acknowledged. */
export function clientsOf(endpoint: string) {
  const config = {
    endpoint,
    region: "us-east-1",
    credentials: { accessKeyId: "x", secretAccessKey: "x" },
    maxAttempts: 1,
  };
  return {
    autoscaling: new ApplicationAutoScaling(config),
    cloudwatch: new CloudWatch(config),
    events: new EventBridge(config),
    lambda: new Lambda(config),
    logs: new CloudWatchLogs(config),
    runtime: new SageMakerRuntime(config),
    s3: new S3({ ...config, forcePathStyle: true }),
    sagemaker: new SageMaker(config),
    scheduler: new Scheduler(config),
    sns: new SNS(config),
    sqs: new SQS(config),
  };
}

/** What the actors work with. The clients change when the cloud is opened again. */
export interface World {
  clients: ReturnType<typeof clientsOf>;
  readonly ledger: Ledger;
  readonly random: Random;
  /** A name that nobody has had. */
  name(prefix: string): string;
}

/** One client that sends requests one after the other. */
export interface Actor {
  readonly name: string;
  step(): Promise<unknown>;
  /** Checked when everything has come to rest; says what is wrong. */
  readonly atRest?: () => Promise<string[]>;
}

/** A seeded generator, with what the actors draw from it. */
export interface Random {
  (): number;
  below(limit: number): number;
  one<T>(of: readonly T[]): T;
}

/** The same numbers for the same seed. */
export function seeded(seed: number): Random {
  const next = uniform(seed);
  const below = (limit: number) => Math.floor(next() * limit);
  return Object.assign(next, { below, one: <T>(of: readonly T[]) => of[below(of.length)] as T });
}

/** The answer, or undefined when AWS says in one of its ways that there is no such thing. */
export async function orNothing<T>(ask: Promise<T>): Promise<T | undefined> {
  try {
    return await ask;
  } catch (error) {
    const { name, message, $metadata } = error as Error & { $metadata?: { httpStatusCode?: number } };
    const missing = /NotFound|NoSuch|NonExistent|DoesNotExist|ResourceNotFound/.test(name);
    if ($metadata?.httpStatusCode === 404 || missing || /not (be )?f(ou|i)nd|does not exist/i.test(message))
      return undefined;
    throw error;
  }
}

/** Whether the cloud answered at all; a service's refusal is an answer, and in this workload a mistake. */
export function wasAnswered(error: unknown): boolean {
  const { $metadata } = error as { $metadata?: { httpStatusCode?: number } };
  return $metadata?.httpStatusCode !== undefined;
}
