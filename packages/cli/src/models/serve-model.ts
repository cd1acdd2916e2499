import { type Deployed, deploy, type ExecutionReport, invoke } from "@sagewright/sagemaker";
import pc from "picocolors";
import type { ChosenProduct } from "../project/product";
import type { RunResult } from "../runs/result";
import { modelName } from "../runs/summary";
import type { Session } from "../session";
import { duration, metric, percent } from "../terminal/format";
import type { Output } from "../terminal/output";
import { untilAborted } from "../terminal/until-aborted";
import { type OpenModel, openModel, valueWords } from "./open-model";
import { type RunningApi, startApi } from "./prediction-api";
import { promote } from "./promotion";
import { retraining } from "./serve-retrain";
import { type UnseenCustomer, unseenCustomer } from "./unseen-customer";

/** A registered model on its way to its first prediction. */
export interface ServeRequest {
  session: Session;
  chosen: ChosenProduct;
  result: RunResult;
  report: ExecutionReport;
  output: Output;
  signal: AbortSignal;
  /** @default 8080, or a free port when that is taken */
  port?: number;
  /** A lifetime-value model to answer beside. @default answers say nothing of it */
  lifetimeValue?: OpenModel;
  /** Stay up until Ctrl-C. */
  stay: boolean;
  /** `performance.now()` when the command began. */
  started: number;
}

/** An answer of POST /predict, as far as it is shown. */
interface Answer {
  churnProbability?: number;
  value?: number;
  decision?: { churn: boolean; threshold: number };
  riskTier?: string;
  recommendation?: string;
  drivers: { feature: string; value: unknown; unit?: string; direction: string; effect: number }[];
  latencyMs: number;
}

/** Approves a registered version, deploys it, starts the prediction API, and predicts one customer of the test split. */
export async function serveModel(request: ServeRequest): Promise<void> {
  const { session, result, report, output, signal } = request;
  const arn = result.modelPackage ?? "";
  const { clients } = session;
  await promote(session, { arn, reason: "passed the gate of a run that was asked to serve" });
  const deployed = await deploy(clients, {
    endpoint: request.chosen.product.name,
    modelPackageArn: arn,
    roleArn: session.target.roleArn,
    onStatus: (status) => output.progress(`endpoint ${request.chosen.product.name}: ${status}`),
    signal,
  });
  const model = await openModel(clients, arn);
  const { lifetimeValue } = request;
  const policy = request.chosen.product.policy;
  const { stateDir } = session;
  const onProgress = (line: string) => output.progress(line);
  const server = await startApi(model, {
    stateDir,
    retrain: retraining({ session, group: model.details.group, contract: model.contract, onProgress }),
    ...(lifetimeValue === undefined ? {} : { lifetimeValue }),
    ...(policy === undefined ? {} : { policy }),
    ...(request.port === undefined ? {} : { port: request.port }),
  });
  try {
    const customer = await unseenCustomer(clients, report, model.contract);
    if (customer !== undefined) await predictOne(request, deployed, server, customer);
    if (lifetimeValue !== undefined) output.line(`${pc.dim("value".padEnd(12))} ${valueWords(lifetimeValue)}`);
    output.line(`${pc.dim("total time".padEnd(12))} ${duration(performance.now() - request.started)}`);
    if (!request.stay) return;
    output.line();
    output.line(`${pc.green("●")} ${pc.bold(server.url)} answers; documentation: ${server.url}/docs. Ctrl-C ends it.`);
    await untilAborted(signal);
  } finally {
    await server.close();
  }
}

async function predictOne(
  { session, result, output }: ServeRequest,
  deployed: Deployed,
  server: RunningApi,
  customer: UnseenCustomer,
): Promise<void> {
  const answer = await answerOf(await server.ask(customer.row, 4));
  const score = answer.churnProbability ?? answer.value ?? Number.NaN;
  const endpointScore = await scoreAtEndpoint(session, deployed.endpoint, customer);
  const agreement = Object.is(endpointScore, score)
    ? "the endpoint gives the same number, to the last bit"
    : `the endpoint gives ${endpointScore}`;
  const lines = [
    ["approved", modelName(result.modelPackage)],
    ["endpoint", `${deployed.endpoint} in service (${deployed.change}, ${duration(deployed.seconds * 1000)})`],
    ["prediction", `${verdict(answer, score)}; what happened: ${customer.outcome}`],
    ...answer.drivers.map((driver, index) => [index === 0 ? "drivers" : "", driverText(driver, answer)]),
    ["", pc.dim(agreement)],
    ["try it", curl(server, customer)],
  ];
  for (const [name = "", text = ""] of lines) output.line(`${pc.dim(name.padEnd(12))} ${text}`);
}

function verdict({ decision, riskTier, recommendation }: Answer, score: number): string {
  if (decision === undefined) return pc.bold(metric(score));
  const side = decision.churn
    ? `at or above the threshold ${metric(decision.threshold)}`
    : `below the threshold ${metric(decision.threshold)}`;
  return `${pc.bold(percent(score))} churn, ${side}: ${riskTier ?? ""}. ${recommendation ?? ""}`.replace(/\.\.?$/, "");
}

function driverText({ feature, value, unit, effect }: Answer["drivers"][number], { decision }: Answer): string {
  const amount = `${effect >= 0 ? "+" : "−"}${Math.abs(effect).toFixed(1)}${decision === undefined ? "" : " points"}`;
  return `${amount.padStart(13)}  ${feature} = ${value ?? "not known"}${unit === undefined ? "" : ` ${unit}`}`;
}

async function answerOf(response: Response): Promise<Answer> {
  const text = await response.text();
  if (!response.ok) throw new Error(`POST /predict answered ${response.status}: ${text}`);
  return JSON.parse(text) as Answer;
}

async function scoreAtEndpoint({ clients }: Session, endpoint: string, { row }: UnseenCustomer): Promise<number> {
  const { body } = await invoke(clients, { endpoint, body: JSON.stringify([row]), contentType: "application/json" });
  return (JSON.parse(Buffer.from(body).toString("utf8")) as { predictions: number[] }).predictions[0] ?? Number.NaN;
}

function curl({ url, keyed }: RunningApi, { row }: UnseenCustomer): string {
  const body = JSON.stringify(row).replaceAll("'", "'\\''");
  const key = keyed ? " -H 'authorization: Bearer KEY'" : "";
  return `curl -s ${url}/predict -H 'content-type: application/json'${key} -d '${body}'`;
}
