import type { GetCallerIdentityRequest, GetCallerIdentityResponse } from "@aws-sdk/client-sts";
import { type OperationTable, operation } from "../../service";

/** STS, as far as clients need it to learn the account. */
export function stsOperations(): OperationTable {
  return {
    GetCallerIdentity: operation<GetCallerIdentityRequest, GetCallerIdentityResponse>((_input, context) => ({
      UserId: "AROASAGEWRIGHTEXECUTION:sagewright",
      Account: context.accountId,
      Arn: context.principalArn,
    })),
  };
}
