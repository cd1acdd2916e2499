import type { Resource, Template } from "./synthesised";

/** A statement of a policy, with the resource that carries it. */
export interface Statement {
  readonly owner: string;
  /** `role`: what an identity may do; `trust`: who may be it; `resource`: who may do what to the resource itself. */
  readonly kind: "role" | "trust" | "resource";
  readonly effect: string;
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  readonly principals: string;
  readonly condition: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** `NotAction` and its like, which allow everything but something. */
  readonly negations: readonly string[];
}

/** Every statement of a template: roles, policies, trust, and policies of buckets, keys, queues, topics and functions. */
export function statementsOf({ Resources }: Template): Statement[] {
  return Object.entries(Resources).flatMap(([id, resource]) =>
    documentsOf(resource).flatMap(([kind, document]) => read(`${pathOf(id, resource)}`, kind, document)),
  );
}

/** Managed policies that roles have beside their own. */
export function managedPoliciesOf({ Resources }: Template): string[] {
  return Object.values(Resources).flatMap(({ Properties = {} }) => many(Properties.ManagedPolicyArns).map(textOf));
}

/** A value of a template as one text: `{ Ref: "A" }` is `<A>`. */
export function textOf(value: unknown): string {
  if (typeof value !== "object" || value === null) return String(value);
  const [[name, given] = ["", ""]] = Object.entries(value);
  if (name === "Fn::Join") {
    const [separator, parts] = given as [string, unknown[]];
    return parts.map(textOf).join(separator);
  }
  if (name === "Ref" || name === "Fn::GetAtt" || name === "Fn::ImportValue") return `<${[given].flat().join(".")}>`;
  return JSON.stringify(value);
}

type Found = readonly [kind: Statement["kind"], document: unknown];

function documentsOf({ Type, Properties: given = {} }: Resource): Found[] {
  switch (Type) {
    case "AWS::IAM::Role":
      return [
        ["trust", given.AssumeRolePolicyDocument],
        ...many(given.Policies).map((each): Found => ["role", (each as { PolicyDocument: unknown }).PolicyDocument]),
      ];
    case "AWS::IAM::Policy":
    case "AWS::IAM::ManagedPolicy":
      return [["role", given.PolicyDocument]];
    case "AWS::Lambda::Permission":
      return [
        [
          "resource",
          {
            Statement: {
              Effect: "Allow",
              Action: given.Action,
              Principal: given.Principal,
              Resource: given.FunctionName,
              Condition: { ArnLike: { "aws:SourceArn": given.SourceArn } },
            },
          },
        ],
      ];
    case "AWS::KMS::Key":
      return [["resource", given.KeyPolicy]];
    default:
      return given.PolicyDocument === undefined ? [] : [["resource", given.PolicyDocument]];
  }
}

function read(owner: string, kind: Statement["kind"], document: unknown): Statement[] {
  return many((document as { Statement?: unknown }).Statement).map((each) => {
    const statement = each as Record<string, unknown>;
    return {
      owner,
      kind,
      effect: String(statement.Effect),
      actions: many(statement.Action).map(textOf),
      resources: many(statement.Resource).map(textOf),
      principals: statement.Principal === undefined ? "" : JSON.stringify(statement.Principal),
      condition: (statement.Condition ?? {}) as Statement["condition"],
      negations: ["NotAction", "NotResource", "NotPrincipal"].filter((name) => name in statement),
    };
  });
}

function pathOf(id: string, resource: Resource): string {
  const path = (resource as { Metadata?: Record<string, string> }).Metadata?.["aws:cdk:path"];
  return path === undefined
    ? id
    : path
        .split("/")
        .slice(1)
        .join("/")
        .replace(/\/(Default)?Resource$/, "");
}

function many(value: unknown): unknown[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value];
}
