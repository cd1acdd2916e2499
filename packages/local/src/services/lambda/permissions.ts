import type {
  AddPermissionRequest,
  AddPermissionResponse,
  GetPolicyRequest,
  GetPolicyResponse,
  RemovePermissionRequest,
} from "@aws-sdk/client-lambda";
import type { RoomDeps } from "../../room";
import { type OperationTable, operation } from "../../service";
import type { CalledFunctions } from "./called-functions";
import { qualified } from "./function-record";
import type { Functions } from "./functions";
import { conflict, notFound } from "./refusals";

type Statements = readonly { readonly Sid: string }[];

/** The policy of a function, or of a version or an alias, which have policies of their own. */
interface PolicyRecord {
  readonly statements: Statements;
}

/** What a policy is about, as requests name it. */
interface Subject {
  readonly FunctionName: string | undefined;
  readonly Qualifier?: string | undefined;
}

/** Who may call a function: kept and shown. Nobody is turned away here, as no policy is enforced in this cloud. */
export function permissionOperations(deps: RoomDeps, functions: Functions, called: CalledFunctions): OperationTable {
  const policies = deps.store.collection<PolicyRecord>("function-policies");
  functions.onDelete((name) => policies.delete(name));
  const subjectOf = ({ FunctionName, Qualifier }: Subject) => {
    const { name, arn, qualifier } = called.described(FunctionName, Qualifier);
    const key = qualified(name, qualifier);
    return {
      arn: qualified(arn, qualifier),
      statements: policies.get(key)?.statements ?? [],
      keep: (statements: Statements) => policies.put(key, { statements }),
    };
  };
  return {
    AddPermission: operation<AddPermissionRequest, AddPermissionResponse>(async (input) => {
      const { arn, statements, keep } = subjectOf(input);
      const Sid = input.StatementId ?? "";
      if (statements.some((statement) => statement.Sid === Sid)) {
        const message = `The statement id (${Sid}) provided already exists. Please provide a new statement id, or remove the existing statement.`;
        throw conflict(message);
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
      await keep([...statements, statement]);
      return { Statement: JSON.stringify(statement) };
    }),
    GetPolicy: operation<GetPolicyRequest, GetPolicyResponse>((input) => {
      const { statements: Statement } = subjectOf(input);
      if (Statement.length === 0) throw notFound();
      return { Policy: JSON.stringify({ Version: "2012-10-17", Id: "default", Statement }) };
    }),
    RemovePermission: operation<RemovePermissionRequest, object>(async (input) => {
      const { statements, keep } = subjectOf(input);
      const left = statements.filter(({ Sid }) => Sid !== input.StatementId);
      if (left.length === statements.length) {
        throw notFound(`Statement ${input.StatementId} is not found in resource policy.`);
      }
      await keep(left);
      return {};
    }),
  };
}
