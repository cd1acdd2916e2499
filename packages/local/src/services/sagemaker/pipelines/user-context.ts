import type { UserContext } from "@aws-sdk/client-sagemaker";

/** Who did something, as descriptions show it. */
export function userContext(principalArn: string): UserContext {
  return { IamIdentity: { Arn: principalArn, PrincipalId: principalArn.slice(principalArn.lastIndexOf("/") + 1) } };
}
