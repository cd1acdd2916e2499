import {
  type EndpointReport,
  endpointReport,
  listEndpoints,
  OperationError,
  servesText,
  type VariantReport,
} from "@sagewright/sagemaker";
import pc from "picocolors";
import type { CommandContext } from "../command";
import { endpointUnknown } from "../models/endpoint-unknown";
import { withSession } from "../session";
import { count, moment, percent } from "../terminal/format";
import { hostingText } from "./plan-text";
import { showEmbedded } from "./show-embedded";

/** `sagewright endpoints show`: the first line answers whether all is well. */
export async function showEndpoint(context: CommandContext, name: string): Promise<undefined> {
  await withSession(
    context,
    async (session) => {
      const { clients, again } = session;
      if (session.environment?.serving.mode === "embedded") return showEmbedded(context, session, name);
      const report = await endpointReport(clients, name).catch(async (error: unknown) => {
        if (!(error instanceof OperationError) || error.code !== "endpoint_unknown") throw error;
        throw endpointUnknown(
          name,
          (await listEndpoints(clients)).map(({ EndpointName }) => EndpointName ?? ""),
        );
      });
      const { output } = context;
      const back = report.before.length === 0 ? undefined : `sagewright rollback ${name}${again}`;
      output.document({ ...report, rollback: back ?? null });
      for (const line of reportLines(report)) output.line(line);
      const [former] = report.before;
      if (back !== undefined && former !== undefined)
        output.line(`${pc.dim("back      ")} ${back}, to ${servesText(former.versions)}`);
    },
    { reading: true },
  );
}

function reportLines(report: EndpointReport): string[] {
  const { variants, update, alarms, traffic, capture, cost, changedAt } = report;
  const row = (name: string, text: string) => `${pc.dim(name.padEnd(10))} ${text}`;
  const states = alarms.map(({ name, state }) => `${stateText(state)} ${name}`);
  return [
    headline(report),
    // An update that is under way leaves the reason of the one before it.
    ...(report.failureReason === undefined || update !== undefined ? [] : [row("reason", report.failureReason)]),
    ...variants.map((variant) => row("variant", variantText(variant, variants.length > 1))),
    ...(update === undefined
      ? []
      : [row("update", `to ${servesText(update.versions, update.endpointConfigName)}: ${update.stage ?? "starting"}`)]),
    ...(states.length === 0 ? [row("alarms", "none guards it")] : states.map((text) => row("alarm", text))),
    row("last hour", trafficText(traffic)),
    row("capture", capture === undefined ? "off" : `${capture.percent} % to ${capture.uri}`),
    row("cost", hostingText(cost)),
    row("changed", moment(changedAt)),
  ];
}

function headline({ endpoint, status, variants, alarms, traffic, update }: EndpointReport): string {
  const serves = servesText(Object.fromEntries(variants.map(({ name, version }) => [name, version])));
  const loud = alarms.filter(({ state }) => state === "ALARM").length;
  if (status === "Failed") return `${pc.red("✗")} ${endpoint} failed and serves nothing`;
  if (loud > 0)
    return `${pc.red("✗")} ${endpoint} serves ${serves}, and ${loud} of its alarms ${loud === 1 ? "rings" : "ring"}`;
  if (update !== undefined)
    return `${pc.blue("…")} ${endpoint} serves ${serves} and is being brought to ${servesText(update.versions)}`;
  if (status !== "InService") return `${pc.yellow("!")} ${endpoint} is ${status}, ${serves}`;
  const errors = traffic.errors5xx > 0 ? `; ${count(traffic.errors5xx)} answers of the last hour were 5xx` : "";
  return `${errors === "" ? pc.green("✓") : pc.yellow("!")} ${endpoint} serves ${serves}${errors}`;
}

/** One variant has all the traffic, or what an update has left it of that. */
function variantText(
  { name, version, share, instanceType, instances, serverless, scaling }: VariantReport,
  several: boolean,
): string {
  const size =
    serverless === undefined
      ? `${instancesText(instances)} ${instanceType ?? ""}`
      : `serverless, ${serverless.memoryMb} MB, at most ${serverless.maximumConcurrency} at once`;
  const scaled =
    scaling === undefined
      ? ""
      : `, scales ${scaling.minimum} to ${scaling.maximum}${scaling.target === undefined ? "" : ` at ${scaling.target} a minute each`}`;
  return `${name}: ${version}${several ? `, ${percent(share)} of the traffic` : ""}, ${size}${scaled}`;
}

function instancesText(instances: VariantReport["instances"]): string {
  const { current = 0, desired = 0 } = instances ?? {};
  return current === desired ? `${current} ×` : `${current} of ${desired} ×`;
}

function trafficText({
  invocations,
  errors4xx,
  errors5xx,
  latencyP50Ms,
  latencyP99Ms,
  lastInvocation,
}: EndpointReport["traffic"]) {
  if (invocations === 0) return "no invocations";
  const latency =
    latencyP50Ms === undefined || latencyP99Ms === undefined
      ? ""
      : `, model latency p50 ${latencyP50Ms.toFixed(1)} ms, p99 ${latencyP99Ms.toFixed(1)} ms`;
  return `${count(invocations)} invocations, ${count(errors5xx)} 5xx, ${count(errors4xx)} 4xx${latency}, the last ${moment(lastInvocation)}`;
}

function stateText(state: string): string {
  if (state === "OK") return pc.green("✓ ok   ");
  return state === "ALARM" ? pc.red("✗ rings") : pc.dim("· quiet");
}
