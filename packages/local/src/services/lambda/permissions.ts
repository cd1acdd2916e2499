import type {
  AddPermissionRequest,
  AddPermissionResponse,
  GetPolicyRequest,
  GetPolicyResponse,
  RemovePermissionRequest,
} from "@aws-sdk/client-lambda";
import { ServiceError } from "../../errors";
import type { RoomDeps } from "../../room";
import { type OperationTable, operation } from "../../service";
import type { Functions } from "./functions";

interface PolicyRecord {
  readonly statements: readonly { readonly Sid: string }[];
}

/** Who may call a function: kept and shown. Nobody is turned away here, as no policy is enforced in this cloud. */
export function permissionOperations(deps: RoomDeps, functions: Functions): OperationTable {
  const policies = deps.store.collection<PolicyRecord>("function-policies");
  functions.onChange((name) => {
    if (!functions.find(name)) void policies.delete(name);
  });
  const statementsOf = (name: string) => policies.get(name)?.statements ?? [];
  const missing = (message: string) => new ServiceError("ResourceNotFoundException", message, { status: 404 });
  return {
    AddPermission: operation<AddPermissionRequest, AddPermissionResponse>(async (input) => {
      const { name, arn } = functions.get(input.FunctionName);
      const Sid = input.StatementId ?? "";
      if (statementsOf(name).some((statement) => statement.Sid === Sid)) {
        const message = `The statement id (${Sid}) provided already exists. Please provide a new statement id, or remove the existing statement.`;
        throw new ServiceError("ResourceConflictException", message, { status: 409 });
      }
      const { Principal = "", SourceArn, SourceAccount } = input;
      const conditions = {
        ...(SourceAccount !== undefined && { StringEquals: { "AWS:SourceAccount": SourceAccount } }),
        ...(SourceArn !== undefined && { ArnLike: { "AWS:SourceArn": SourceArn } }),
      };
      const statement = {
        Sid,
        Effect: "Allow",
        Principal:
          Principal === "*" ? "*" : Principal.endsWith(".amazonaws.com") ? { Service: Principal } : { AWS: Principal },
        Action: input.Action,
        Resource: arn,
        ...(Object.keys(conditions).length > 0 && { Condition: conditions }),
      };
      await policies.put(name, { statements: [...statementsOf(name), statement] });
      return { Statement: JSON.stringify(statement) };
    }),
    GetPolicy: operation<GetPolicyRequest, GetPolicyResponse>((input) => {
      const { name } = functions.get(input.FunctionName);
      const Statement = statementsOf(name);
      if (Statement.length === 0) throw missing("The resource you requested does not exist.");
      return { Policy: JSON.stringify({ Version: "2012-10-17", Id: "default", Statement }) };
    }),
    RemovePermission: operation<RemovePermissionRequest, object>(async (input) => {
      const { name } = functions.get(input.FunctionName);
      const left = statementsOf(name).filter(({ Sid }) => Sid !== input.StatementId);
      if (left.length === statementsOf(name).length) {
        throw missing(`Statement ${input.StatementId} is not found in resource policy.`);
      }
      await policies.put(name, { statements: left });
      return {};
    }),
  };
}
