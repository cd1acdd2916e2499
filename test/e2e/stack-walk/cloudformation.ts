import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** A stack as CloudFormation knows it; tests change it. */
export interface KnownStack {
  status: string;
  parameters: Record<string, string>;
  /** Tokens of the updates there were, the newest first. */
  tokens: string[];
}

/** A request in the query protocol, by its fields. */
export type Query = Readonly<Record<string, string>>;

/** CloudFormation's three calls that a release makes, in its own protocol, over one stack. */
export async function openCloudFormation(stack: KnownStack) {
  const queries: Query[] = [];
  const answers: Record<string, (query: Query) => string> = {
    DescribeStacks:
      () => `<Stacks><member><StackName>serving</StackName><CreationTime>2026-01-01T00:00:00Z</CreationTime>
      <StackStatus>${stack.status}</StackStatus><Parameters>${Object.entries(stack.parameters)
        .map(
          ([key, value]) =>
            `<member><ParameterKey>${key}</ParameterKey><ParameterValue>${value}</ParameterValue></member>`,
        )
        .join("")}</Parameters></member></Stacks>`,
    DescribeStackEvents: () =>
      `<StackEvents>${stack.tokens
        .map(
          (token) => `<member><StackId>s</StackId><EventId>e</EventId><StackName>serving</StackName>
          <Timestamp>2099-01-01T00:00:00Z</Timestamp><ClientRequestToken>${token}</ClientRequestToken></member>`,
        )
        .join("")}</StackEvents>`,
    UpdateStack: (query) => {
      stack.status = "UPDATE_IN_PROGRESS";
      stack.tokens.unshift(query.ClientRequestToken ?? "");
      for (let at = 1; query[`Parameters.member.${at}.ParameterKey`] !== undefined; at += 1) {
        const value = query[`Parameters.member.${at}.ParameterValue`];
        if (value !== undefined) stack.parameters[query[`Parameters.member.${at}.ParameterKey`] ?? ""] = value;
      }
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
