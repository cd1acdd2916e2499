import { CloudError } from "../errors";
import type { FaultBook } from "../faults/fault-book";
import { readFaultRule } from "../faults/fault-rule";
import { collectBody, type WireRequest, type WireResponse } from "../protocol/wire";
import type { ManualClock } from "../time/manual-clock";

/** Where the control API lies beside AWS's own; no bucket's name begins with an underscore. */
export const controlPath = "/_sagewright/";

/** What the control API controls. */
export interface Controlled {
  /** Undefined when the cloud goes by the machine's clock. */
  readonly clock: ManualClock | undefined;
  readonly faults: FaultBook;
}

type Route = (controlled: Controlled, body: Record<string, unknown>, id: string) => Promise<object> | object;

const routes: Record<string, Route> = {
  "GET clock": ({ clock }) => ({
    manual: clock !== undefined,
    now: (clock?.now() ?? new Date()).toISOString(),
    ...(clock && { due: clock.due().map((moment) => moment.toISOString()), busy: clock.busy }),
  }),
  "POST clock/advance": async ({ clock }, body) => {
    if (!clock) {
      throw new CloudError(
        "clock_not_manual",
        'This cloud goes by the machine\'s clock. Start it with --clock manual (openCloud: clock "manual") to advance it.',
      );
    }
    const { now, woken } = await clock.advance(millisecondsOf(body, clock), {
      ignoreWork: body.ignoreWork === true,
      ...(typeof body.patienceSeconds === "number" && { patienceMs: body.patienceSeconds * 1000 }),
    });
    return { now: now.toISOString(), woken };
  },
  "GET faults": ({ faults }) => ({ faults: faults.list() }),
  "POST faults": async ({ faults }, body) => ({ fault: await faults.add(readFaultRule(body)) }),
  "DELETE faults": async ({ faults }, _body, id) => {
    if (id === "") await faults.clear();
    else if (!(await faults.remove(id))) throw new CloudError("fault_unknown", `There is no fault "${id}".`);
    return {};
  },
};

/** Answers the control API; undefined for a request that is AWS's. */
export async function control(controlled: Controlled, request: WireRequest): Promise<WireResponse | undefined> {
  if (!request.path.startsWith(controlPath)) return undefined;
  const path = request.path.slice(controlPath.length).replace(/\/$/, "");
  const [, id = ""] = /^faults\/(.+)$/.exec(path) ?? [];
  const route = routes[`${request.method} ${id === "" ? path : "faults"}`];
  if (!route || (id !== "" && request.method !== "DELETE")) {
    const known = [...Object.keys(routes), "DELETE faults/<id>"].map((each) => each.replace(" ", ` ${controlPath}`));
    return json(404, {
      code: "control_unknown",
      message: `${request.method} ${request.path} is none of ${known.join(", ")}.`,
    });
  }
  try {
    return json(200, await route(controlled, await bodyOf(request), id));
  } catch (error) {
    if (error instanceof CloudError) return json(400, { code: error.code, message: error.message });
    throw error;
  }
}

function millisecondsOf(body: Record<string, unknown>, clock: ManualClock): number {
  const { seconds, to } = body;
  if (typeof seconds === "number" && to === undefined) return seconds * 1000;
  const moment = typeof to === "string" ? Date.parse(to) : Number.NaN;
  if (seconds === undefined && !Number.isNaN(moment)) return moment - clock.now().getTime();
  throw new CloudError(
    "clock_amount",
    `advance: give {"seconds": 3600} or {"to": "2027-01-01T00:00:00Z"}, not ${JSON.stringify(body)}.`,
  );
}

async function bodyOf({ body }: WireRequest): Promise<Record<string, unknown>> {
  const text = Buffer.from(await collectBody(body, 1024 * 1024)).toString("utf8");
  if (text.trim() === "") return {};
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // Answered below.
  }
  throw new CloudError("control_body", "The body must be a JSON structure.");
}

function json(status: number, value: object): WireResponse {
  return { status, headers: { "content-type": "application/json" }, body: Buffer.from(`${JSON.stringify(value)}\n`) };
}
