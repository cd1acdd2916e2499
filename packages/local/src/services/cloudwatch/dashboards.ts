import type {
  DeleteDashboardsInput,
  GetDashboardInput,
  GetDashboardOutput,
  ListDashboardsInput,
  ListDashboardsOutput,
  PutDashboardInput,
  PutDashboardOutput,
} from "@aws-sdk/client-cloudwatch";
import { ServiceError } from "../../errors";
import type { RoomDeps } from "../../room";
import { type OperationTable, operation } from "../../service";
import { pageAfter } from "./page";

/** A dashboard as it is kept. */
interface DashboardRecord {
  readonly name: string;
  readonly body: string;
  /** Epoch milliseconds. */
  readonly modified: number;
}

/** Operations on dashboards: kept and given back; nothing draws them here. */
export function dashboardOperations(deps: RoomDeps): OperationTable {
  const dashboards = deps.store.collection<DashboardRecord>("dashboards");
  const arnOf = (name: string) => `arn:aws:cloudwatch::${deps.accountId}:dashboard/${name}`;
  const notFound = (name: string) => new ServiceError("DashboardNotFoundError", `Dashboard ${name} does not exist`);
  return {
    PutDashboard: operation<PutDashboardInput, PutDashboardOutput>(async (input) => {
      const name = input.DashboardName ?? "";
      if (!/^[\w-]{1,255}$/.test(name)) throw refused(`The dashboard name ${name} is invalid.`);
      checkBody(input.DashboardBody ?? "");
      await dashboards.put(name, { name, body: input.DashboardBody ?? "", modified: deps.clock.now().getTime() });
      return { DashboardValidationMessages: [] };
    }),
    GetDashboard: operation<GetDashboardInput, GetDashboardOutput>((input) => {
      const found = dashboards.get(input.DashboardName ?? "");
      if (!found) throw notFound(input.DashboardName ?? "");
      return { DashboardArn: arnOf(found.name), DashboardBody: found.body, DashboardName: found.name };
    }),
    ListDashboards: operation<ListDashboardsInput, ListDashboardsOutput>((input) => {
      const found = dashboards
        .values()
        .filter(({ name }) => name.startsWith(input.DashboardNamePrefix ?? ""))
        .sort((a, b) => (a.name < b.name ? -1 : 1));
      const { items, NextToken } = pageAfter(found, ({ name }) => name, 1000, input.NextToken);
      return {
        DashboardEntries: items.map(({ name, body, modified }) => ({
          DashboardName: name,
          DashboardArn: arnOf(name),
          LastModified: new Date(modified),
          Size: Buffer.byteLength(body),
        })),
        ...(NextToken !== undefined && { NextToken }),
      };
    }),
    DeleteDashboards: operation<DeleteDashboardsInput, object>(async (input) => {
      const names = input.DashboardNames ?? [];
      for (const name of names) if (!dashboards.has(name)) throw notFound(name);
      await Promise.all(names.map((name) => dashboards.delete(name)));
      return {};
    }),
  };
}

const refused = (message: string): ServiceError =>
  new ServiceError("DashboardInvalidInputError", message, { facts: { dashboardValidationMessages: [] } });

function checkBody(body: string): void {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    throw refused("The field DashboardBody must be a valid JSON object");
  }
  const widgets = (value as { widgets?: unknown } | null)?.widgets;
  if (!Array.isArray(widgets)) throw refused("The field DashboardBody must have a list of widgets");
  const wrong = widgets.findIndex((widget) => typeof (widget as { type?: unknown } | null)?.type !== "string");
  if (wrong >= 0) throw refused(`/widgets/${wrong}: should have required property 'type'`);
}
