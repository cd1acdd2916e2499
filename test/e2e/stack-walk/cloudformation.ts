import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** A stack as CloudFormation knows it; tests change it. */
export interface KnownStack {
  status: string;
  parameters: Readonly<Record<string, string>>;
  /** Tokens of the updates there were, the newest first. */
  tokens: string[];
  /** Takes an update up. @default only the parameters change */
  readonly begin?: (parameters: Readonly<Record<string, string>>) => void;
}

/** A request in the query protocol, by its fields. */
export type Query = Readonly<Record<string, string>>;

/** CloudFormation's three calls that a release makes, in its own protocol, over one stack. */
export async function openCloudFormation(stack: KnownStack) {
  const queries: Query[] = [];
  const answers: Record<string, (query: Query) => string> = {
    DescribeStacks: ({ StackName }) => `<Stacks><member><StackName>${StackName}</StackName>
      <CreationTime>2026-01-01T00:00:00Z</CreationTime>
      <StackStatus>${stack.status}</StackStatus><Parameters>${Object.entries(stack.parameters)
        .map(
          ([key, value]) =>
            `<member><ParameterKey>${key}</ParameterKey><ParameterValue>${value}</ParameterValue></member>`,
        )
        .join("")}</Parameters></member></Stacks>`,
    DescribeStackEvents: ({ StackName }) =>
      `<StackEvents>${stack.tokens
        .map(
          (token) => `<member><StackId>s</StackId><EventId>e</EventId><StackName>${StackName}</StackName>
          <Timestamp>2099-01-01T00:00:00Z</Timestamp><ClientRequestToken>${token}</ClientRequestToken></member>`,
        )
        .join("")}</StackEvents>`,
    UpdateStack: (query) => {
      stack.status = "UPDATE_IN_PROGRESS";
      stack.tokens.unshift(query.ClientRequestToken ?? "");
      stack.parameters = { ...stack.parameters, ...parametersOf(query) };
      stack.begin?.(stack.parameters);
      return "<StackId>s</StackId>";
    },
  };
  const server = createServer(async (request, response) => {
    let text = "";
    for await (const part of request) text += part;
    const query = Object.fromEntries(new URLSearchParams(text));
    queries.push(query);
    const action = query.Action ?? "";
    const body = answers[action]?.(query) ?? "";
    response.writeHead(200, { "content-type": "text/xml" });
    response.end(
      `<${action}Response xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><${action}Result>${body}</${action}Result></${action}Response>`,
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    /** Updates that were asked for. */
    updates: () => queries.filter(({ Action }) => Action === "UpdateStack"),
    close: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}

/** Parameters that a request gives another value. */
function parametersOf(query: Query): Record<string, string> {
  const given: Record<string, string> = {};
  for (let at = 1; query[`Parameters.member.${at}.ParameterKey`] !== undefined; at += 1) {
    const value = query[`Parameters.member.${at}.ParameterValue`];
    if (value !== undefined) given[query[`Parameters.member.${at}.ParameterKey`] ?? ""] = value;
  }
  return given;
}
