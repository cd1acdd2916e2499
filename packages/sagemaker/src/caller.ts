import { GetCallerIdentityCommand } from "@aws-sdk/client-sts";
import type { Clients } from "./clients";

/** The account that the clients' credentials belong to. Needs no permission. */
export async function callerAccount({ sts }: Pick<Clients, "sts">): Promise<string> {
  return (await sts.send(new GetCallerIdentityCommand({}))).Account ?? "";
}

/** Who the clients' credentials are, as an ARN. Needs no permission. */
export async function callerArn({ sts }: Pick<Clients, "sts">): Promise<string> {
  return (await sts.send(new GetCallerIdentityCommand({}))).Arn ?? "";
}
