import { dirname, join } from "node:path";
import { ModelAlarms, ModelDashboard, type ModelDashboardProps } from "@sagewright/cdk";
import { driftMetrics, embeddedMetrics, monitoringMetrics, performanceMetrics } from "@sagewright/monitoring";
import type { Template } from "aws-cdk-lib/assertions";
import { judged } from "./judged-stack";

const props: ModelDashboardProps = {
  model: "churn",
  apiName: "churn-prod",
  functionName: "churn-prod-predict",
  endpoints: "churn",
  pipelineName: "churn-training",
  monitorLogGroupName: "/aws/lambda/churn-weekly",
  minimumAuc: 0.83,
  latencyP95Ms: 400,
  usdPerMonth: 500,
};

const { template, findings } = judged((stack) => {
  const { alarms } = new ModelAlarms(stack, "Alarms", { model: "churn", apiName: "churn-prod" });
  new ModelDashboard(stack, "Dashboard", { ...props, alarms });
});

interface Widget {
  type: string;
  x: number;
  y: number;
  width: number;
  height: number;
  properties: {
    title?: string;
    metrics?: unknown[][];
    alarms?: string[];
    query?: string;
    region?: string;
    annotations?: { horizontal: { value: number; label: string }[] };
  };
}

/** The body as CloudWatch gets it; what only a deployment knows is its logical id. */
function widgetsIn(page: Template): Widget[] {
  const [dashboard] = Object.values(page.findResources("AWS::CloudWatch::Dashboard"));
  const body = dashboard?.Properties.DashboardBody as string | { "Fn::Join": [string, (string | object)[]] };
  const text =
    typeof body === "string"
      ? body
      : body["Fn::Join"][1].map((part) => (typeof part === "string" ? part : Object.values(part).flat()[0])).join("");
  return (JSON.parse(text) as { widgets: Widget[] }).widgets;
}

const widgets = () => widgetsIn(template);

const widget = (title: string): Widget => {
  const found = widgets().find(({ properties }) => properties.title === title);
  if (found === undefined) throw new Error(`No widget ${title}.`);
  return found;
};

/** Every metric that a widget or a search in it shows, as `namespace name dimension,dimension`. */
function shown(all: readonly Widget[]): string[] {
  const names: string[] = [];
  for (const { properties } of all) {
    let before: unknown[] = [];
    for (const row of properties.metrics ?? []) {
      const [first] = row as [unknown];
      if (typeof first === "object") {
        const { expression } = first as { expression: string };
        const found = /SEARCH\('\{([^,]+),([^}]+)\} MetricName="(\w+)"/.exec(expression);
        if (found === null) throw new Error(expression);
        names.push(`${found[1]} ${found[3]} ${found[2]}`);
        continue;
      }
      // "." repeats what the row before has in that place.
      const full = row.map((part, index) => (part === "." ? before[index] : part));
      before = full;
      const labels = full.filter((part): part is string => typeof part === "string");
      names.push(`${labels[0]} ${labels[1]} ${labels.slice(2).filter((_, index) => index % 2 === 0)}`);
    }
  }
  return [...new Set(names)].sort();
}

/** Metrics of AWS's services as CDK generates them from AWS's own list of dashboards: by method and its dimensions. */
function cannedMetrics(module: string, name: string, methods: Record<string, Record<string, string>>): string[] {
  const library = dirname(require.resolve("aws-cdk-lib/package.json"));
  const file = join(library, module, "lib", `${name}-canned-metrics.generated.js`);
  const [canned] = Object.values(
    require(file) as Record<string, Record<string, (of: object) => { namespace: string; metricName: string }>>,
  );
  return Object.entries(methods).map(([method, dimensions]) => {
    const metric = canned?.[method]?.(dimensions);
    return `${metric?.namespace} ${metric?.metricName} ${Object.keys(dimensions)}`;
  });
}

/** What this project itself publishes, by publishing it. */
function published(): string[] {
  const zero = { low: 0.7, value: 0.8, high: 0.9 };
  const window = { from: "2027-01-01T00:00:00Z", to: "2027-01-08T00:00:00Z" };
  const statistics = { psi: 0.3 };
  const drift = driftMetrics({
    window,
    rows: 10,
    features: [{ feature: "plan", verdict: "drift", statistics }],
    score: { statistics },
    quality: [],
  } as never);
  const performance = performanceMetrics({ window, overall: { metrics: { rocAuc: zero }, labelShare: 0.5 } } as never);
  return [drift, performance].flatMap((values) => {
    const line = embeddedMetrics(values, { model: "churn", at: new Date(0) }) ?? "{}";
    const [metrics] = JSON.parse(line)._aws.CloudWatchMetrics;
    return metrics.Metrics.map(({ Name }: { Name: string }) => `${metrics.Namespace} ${Name} ${metrics.Dimensions[0]}`);
  });
}

test("every metric that is shown is one that somebody publishes", () => {
  const api = { ApiName: "churn-prod" };
  const known = new Set([
    ...published(),
    ...cannedMetrics("aws-lambda", "lambda", {
      errorsSum: { FunctionName: "f" },
      throttlesSum: { FunctionName: "f" },
      concurrentExecutionsMaximum: { FunctionName: "f" },
    }),
    // A stage is the second dimension that API Gateway publishes the same metrics by.
    ...cannedMetrics("aws-apigateway", "apigateway", {
      countSum: api,
      latencyAverage: api,
      integrationLatencyAverage: api,
      _4XxErrorSum: api,
      _5XxErrorSum: api,
    }).map((name) => `${name},Stage`),
    ...cannedMetrics("aws-sagemaker", "sagemaker", {
      modelLatencySum: { EndpointName: "e", VariantName: "v" },
      invocation5XxErrorsSum: { EndpointName: "e", VariantName: "v" },
    }),
    // docs.aws.amazon.com/sagemaker/latest/dg/monitoring-cloudwatch.html has more than CDK's list.
    "AWS/SageMaker InvocationModelErrors EndpointName,VariantName",
    "/aws/sagemaker/Endpoints MemoryUtilization EndpointName,VariantName",
    "AWS/Sagemaker/ModelBuildingPipeline ExecutionSucceeded PipelineName",
    "AWS/Sagemaker/ModelBuildingPipeline ExecutionFailed PipelineName",
    "AWS/Sagemaker/ModelBuildingPipeline ExecutionStopped PipelineName",
    "AWS/Billing EstimatedCharges Currency",
  ]);
  const names = shown(widgets());
  expect(names.filter((name) => !known.has(name))).toEqual([]);
  expect(published().filter((name) => !names.includes(name))).toEqual([]);
  expect(published()).toHaveLength(Object.keys(monitoringMetrics).length);
});

test("the page has what an on-call engineer asks, and nothing overlaps", () => {
  const all = widgets();
  expect(all.map(({ properties }) => properties.title).filter((title) => title !== undefined)).toEqual([
    "Alarms",
    "Requests a minute",
    "Latency (ms)",
    "Errors a minute",
    "Time behind the gateway (ms)",
    "Function",
    "Predictions by risk tier (single requests)",
    "Model latency (µs)",
    "Model errors, and instances that report",
    "ROC AUC with its 95 % interval",
    "Share of predictions with an outcome, and captured predictions",
    "Drift",
    "Worst drifting features",
    "Trainings a day",
    "Cost so far (USD)",
  ]);
  expect(widget("Alarms").properties.alarms).toHaveLength(5);
  for (const [index, one] of all.entries()) {
    expect(one.x + one.width).toBeLessThanOrEqual(24);
    for (const other of all.slice(index + 1)) {
      const apart =
        one.x + one.width <= other.x ||
        other.x + other.width <= one.x ||
        one.y + one.height <= other.y ||
        other.y + other.height <= one.y;
      expect([one.properties.title, other.properties.title, apart]).toEqual([
        one.properties.title,
        other.properties.title,
        true,
      ]);
    }
  }
});

test("limits are lines in the charts they belong to", () => {
  const line = (title: string) => widget(title).properties.annotations?.horizontal[0]?.value;
  expect(line("ROC AUC with its 95 % interval")).toBe(0.83);
  expect(line("Latency (ms)")).toBe(400);
  expect(line("Cost so far (USD)")).toBe(500);
  expect(widget("Cost so far (USD)").properties.region).toBe("us-east-1");
});

test("what is not given is left out, and a name of several words is searched by all of them", () => {
  const { template: small } = judged((stack) => {
    new ModelDashboard(stack, "Dashboard", { model: "churn", endpoints: "bank-churn" });
  });
  const body = JSON.stringify(widgetsIn(small));
  expect(body).toContain("EndpointName=(bank AND churn)");
  expect(body).not.toMatch(/undefined|AWS\/ApiGateway|AWS\/Lambda/);
});

test("CloudFormation's rules, AwsSolutions and Serverless find nothing", () => {
  expect(findings).toEqual([]);
});
