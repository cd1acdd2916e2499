import { Duration, Resource } from "aws-cdk-lib";
import {
  AlarmStatusWidget,
  Color,
  Dashboard,
  GraphWidget,
  type IAlarm,
  type IMetric,
  type IWidget,
  LogQueryVisualizationType,
  LogQueryWidget,
  MathExpression,
  Metric,
  PeriodOverride,
  SingleValueWidget,
  TextWidget,
} from "aws-cdk-lib/aws-cloudwatch";
import type { Construct } from "constructs";
import { modelMetric } from "../alarms/model-alarms";
import { apiMetric } from "../api/prediction-api";

/** What a {@link ModelDashboard} shows. What is not given is left out. */
export interface ModelDashboardProps {
  readonly model: string;
  /** @default sagewright-MODEL */
  readonly dashboardName?: string;
  /** Alarms whose states stand first. @default none */
  readonly alarms?: readonly IAlarm[];
  /** Name of the prediction API: requests, latency, errors. */
  readonly apiName?: string;
  /** Name of the function behind it: duration, errors, concurrency; its log has the predictions by tier. */
  readonly functionName?: string;
  /** What the names of the endpoints behind the function have in common: model latency, errors, instances of each. */
  readonly endpoints?: string;
  /** Training pipeline: the history of retrainings. */
  readonly pipelineName?: string;
  /** Log group of the function that monitors: the worst drifting features by name. */
  readonly monitorLogGroupName?: string;
  /** Line in the chart of ROC AUC. @default 0.8 */
  readonly minimumAuc?: number;
  /** Line in the chart of latencies. @default 500 */
  readonly latencyP95Ms?: number;
  /** Line in the chart of costs. @default none */
  readonly usdPerMonth?: number;
}

const HALF = { width: 12, height: 6 };
/** AWS keeps the account's charges in this region alone. */
const BILLING_REGION = "us-east-1";

/**
 * One page to work from when something rings: from left to right and top to bottom what callers see, what the model does, whether
 * it is still right, how it is trained, and what it costs.
 *
 * @example
 * new ModelDashboard(stack, "Dashboard", { model: "churn", apiName: "churn", pipelineName: "churn-training" });
 */
export class ModelDashboard extends Resource {
  readonly dashboard: Dashboard;

  constructor(scope: Construct, id: string, props: ModelDashboardProps) {
    super(scope, id);
    const { model } = props;
    this.dashboard = new Dashboard(this, "Resource", {
      dashboardName: props.dashboardName ?? `sagewright-${model}`,
      periodOverride: PeriodOverride.INHERIT,
      defaultInterval: Duration.days(7),
    });
    const rows = [
      [heading(`# ${model}\nRun-books are linked in the description of every alarm.`)],
      alarmStates(props),
      ...(props.apiName === undefined ? [] : apiRows(props.apiName, props)),
      [...(props.functionName === undefined ? [] : functionWidgets(props.functionName))],
      ...(props.endpoints === undefined ? [] : [endpointWidgets(props.endpoints)]),
      qualityWidgets(props),
      driftWidgets(props),
      [...(props.pipelineName === undefined ? [] : [retrainings(props.pipelineName)]), cost(props)],
    ];
    for (const row of rows) if (row.length > 0) this.dashboard.addWidgets(...row);
  }
}

function heading(markdown: string): IWidget {
  return new TextWidget({ markdown, width: 24, height: 2 });
}

function alarmStates({ alarms = [] }: ModelDashboardProps): IWidget[] {
  if (alarms.length === 0) return [];
  return [new AlarmStatusWidget({ title: "Alarms", alarms: [...alarms], width: 24, height: 3 })];
}

function graph(
  title: string,
  left: readonly IMetric[],
  more: Partial<ConstructorParameters<typeof GraphWidget>[0]> = {},
): GraphWidget {
  return new GraphWidget({ title, ...HALF, left: [...left], leftYAxis: { min: 0 }, ...more });
}

function apiRows(apiName: string, { latencyP95Ms = 500 }: ModelDashboardProps): IWidget[][] {
  const metric = (name: string, statistic: string, label: string, color?: string) =>
    apiMetric(apiName, name, { statistic, label, ...(color === undefined ? {} : { color }) });
  return [
    [
      graph("Requests a minute", [metric("Count", "Sum", "Requests")]),
      graph(
        "Latency (ms)",
        ["p50", "p95", "p99"].map((percentile) => metric("Latency", percentile, percentile)),
        { leftAnnotations: [{ value: latencyP95Ms, label: "limit of p95", color: Color.RED }] },
      ),
    ],
    [
      graph("Errors a minute", [
        metric("5XXError", "Sum", "5xx", Color.RED),
        metric("4XXError", "Sum", "4xx", Color.ORANGE),
      ]),
      graph("Time behind the gateway (ms)", [
        metric("IntegrationLatency", "p95", "p95"),
        metric("IntegrationLatency", "p50", "p50"),
      ]),
    ],
  ];
}

function functionWidgets(FunctionName: string): IWidget[] {
  const metric = (metricName: string, statistic: string) =>
    new Metric({
      ...{ namespace: "AWS/Lambda", metricName, dimensionsMap: { FunctionName }, statistic },
      ...{ period: Duration.minutes(1), label: metricName },
    });
  return [
    graph("Function", [metric("Errors", "Sum"), metric("Throttles", "Sum")], {
      right: [metric("ConcurrentExecutions", "Maximum")],
    }),
    new LogQueryWidget({
      ...{ title: "Predictions by risk tier (single requests)", ...HALF, view: LogQueryVisualizationType.PIE },
      logGroupNames: [`/aws/lambda/${FunctionName}`],
      queryLines: ["filter audit = 1 and ispresent(about.tier)", "stats count(*) as predictions by about.tier"],
    }),
  ];
}

/** Endpoints come and go with the versions they serve: a search finds those that report. */
function endpointWidgets(name: string): IWidget[] {
  // Searches know words of letters and digits alone.
  const words = name.split(/[^A-Za-z0-9]+/).filter((word) => word !== "");
  const named = words.length === 1 ? words.join() : `(${words.join(" AND ")})`;
  const found = (namespace: string, metricName: string, statistic: string) =>
    new MathExpression({
      expression: `SEARCH('{${namespace},EndpointName,VariantName} MetricName="${metricName}" EndpointName=${named}', '${statistic}', 60)`,
      usingMetrics: {},
      label: `${metricName} ${statistic}`,
      period: Duration.minutes(1),
    });
  return [
    graph("Model latency (µs)", [
      found("AWS/SageMaker", "ModelLatency", "p50"),
      found("AWS/SageMaker", "ModelLatency", "p99"),
    ]),
    graph(
      "Model errors, and instances that report",
      [found("AWS/SageMaker", "Invocation5XXErrors", "Sum"), found("AWS/SageMaker", "InvocationModelErrors", "Sum")],
      { right: [found("/aws/sagemaker/Endpoints", "MemoryUtilization", "SampleCount")], rightYAxis: { min: 0 } },
    ),
  ];
}

function qualityWidgets({ model, minimumAuc = 0.8 }: ModelDashboardProps): IWidget[] {
  const figure = (name: Parameters<typeof modelMetric>[1], label: string, color?: string) =>
    modelMetric(model, name, { label, ...(color === undefined ? {} : { color }) });
  return [
    graph(
      "ROC AUC with its 95 % interval",
      [
        figure("rocAucLow", "lower end", Color.GREY),
        figure("rocAuc", "ROC AUC", Color.BLUE),
        figure("rocAucHigh", "upper end", Color.GREY),
      ],
      {
        leftYAxis: { min: 0.5, max: 1 },
        leftAnnotations: [{ value: minimumAuc, label: `gate ${minimumAuc}`, color: Color.RED }],
      },
    ),
    graph("Share of predictions with an outcome, and captured predictions", [figure("labelShare", "labelled")], {
      leftYAxis: { min: 0, max: 1 },
      right: [modelMetric(model, "predictions", { statistic: "Sum", label: "captured a day", color: Color.GREY })],
      rightYAxis: { min: 0 },
    }),
  ];
}

function driftWidgets({ model, monitorLogGroupName }: ModelDashboardProps): IWidget[] {
  const moved = graph(
    "Drift",
    [
      modelMetric(model, "driftedFeatures", { statistic: "Maximum", label: "features that drifted" }),
      modelMetric(model, "qualityFindings", { statistic: "Maximum", label: "findings about the data" }),
    ],
    {
      right: [
        modelMetric(model, "worstDrift", { statistic: "Maximum", label: "PSI of the worst" }),
        modelMetric(model, "scoreDrift", { statistic: "Maximum", label: "PSI of the scores" }),
      ],
      rightYAxis: { min: 0 },
    },
  );
  if (monitorLogGroupName === undefined) return [moved];
  const worst = new LogQueryWidget({
    ...{ title: "Worst drifting features", ...HALF, view: LogQueryVisualizationType.TABLE },
    logGroupNames: [monitorLogGroupName],
    queryLines: [
      `filter Model = "${model}" and ispresent(worstFeature)`,
      "fields window, worstFeature, WorstDrift, driftedFeatures",
      "sort @timestamp desc",
      "limit 20",
    ],
  });
  return [moved, worst];
}

function retrainings(PipelineName: string): IWidget {
  const metric = (metricName: string, label: string, color: string) =>
    new Metric({
      ...{ namespace: "AWS/Sagemaker/ModelBuildingPipeline", metricName, dimensionsMap: { PipelineName } },
      ...{ statistic: "Sum", period: Duration.days(1), label, color },
    });
  return graph("Trainings a day", [
    metric("ExecutionSucceeded", "succeeded", Color.GREEN),
    metric("ExecutionFailed", "failed", Color.RED),
    metric("ExecutionStopped", "stopped", Color.GREY),
  ]);
}

function cost({ usdPerMonth }: ModelDashboardProps): IWidget {
  const charges = new Metric({
    ...{ namespace: "AWS/Billing", metricName: "EstimatedCharges", dimensionsMap: { Currency: "USD" } },
    ...{ statistic: "Maximum", period: Duration.hours(6), region: BILLING_REGION, label: "account, this month so far" },
  });
  if (usdPerMonth === undefined)
    return new SingleValueWidget({ title: "Cost so far (USD)", metrics: [charges], width: 12, height: 6 });
  return graph("Cost so far (USD)", [charges], {
    region: BILLING_REGION,
    leftAnnotations: [{ value: usdPerMonth, label: "budget of the month", color: Color.RED }],
  });
}
