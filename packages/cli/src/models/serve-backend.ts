import { type Clients, describeModel, listModels } from "@sagewright/sagemaker";
import { type Backend, embeddedBackend, endpointBackend, serverlessBackend } from "@sagewright/serving";
import { CliError, usageError } from "../errors";
import { exitCodes } from "../exit-codes";
import { type OpenModel, openModel } from "./open-model";

/** Where the estimator of a served model runs. */
export interface ServedBackend {
  kind: Backend["kind"];
  /** Opens it for one version. */
  open(model: OpenModel): Backend;
}

/** What an endpoint backend is opened with. */
export interface BackendOptions {
  clients: Clients;
  /** `--backend`. @default `embedded`, or `endpoint` where an endpoint is named */
  backend: string | undefined;
  /** `--endpoint`. @default the model group's name */
  endpoint: string | undefined;
  /** Is told that another version answers behind the endpoint. */
  onOtherModel(digest: string): void;
}

/**
 * The backend that `--backend` and `--endpoint` name.
 *
 * @throws CliError `usage` for another word, or an endpoint where none is asked
 */
export function servedBackend({ clients, backend, endpoint, onOtherModel }: BackendOptions): ServedBackend {
  const kind = backend ?? (endpoint === undefined ? "embedded" : "endpoint");
  if (kind === "embedded") {
    if (endpoint !== undefined)
      throw usageError("--endpoint: an embedded model asks no endpoint", "--backend endpoint");
    return { kind, open: ({ predictor, contract }) => embeddedBackend(predictor, contract) };
  }
  if (kind !== "endpoint" && kind !== "serverless") {
    throw usageError(`--backend: '${kind}' is none of embedded, endpoint and serverless`, "--backend endpoint");
  }
  const open = kind === "endpoint" ? endpointBackend : serverlessBackend;
  return {
    kind,
    open: ({ details, predictor, contract }) =>
      open({
        ...{ client: clients.runtime, endpoint: endpoint ?? details.group, predictor, contract, onOtherModel },
        digest: details.manifestSha256 ?? unverified(details.arn),
      }),
  };
}

/** The version of a group whose manifest has this digest, opened. @throws CliError `model_not_found` */
export async function openByDigest(clients: Clients, group: string, digest: string): Promise<OpenModel> {
  for (const { arn } of await listModels(clients, { group })) {
    if ((await describeModel(clients, arn)).manifestSha256 === digest) return openModel(clients, arn);
  }
  throw new CliError({
    code: "model_not_found",
    subject: group,
    message: `the endpoint serves a model with the manifest ${digest.slice(0, 12)}, which is no version of the group`,
    fix: `sagewright deploy ${group}`,
    exitCode: exitCodes.failed,
  });
}

function unverified(arn: string): never {
  throw new CliError({
    code: "artefact_unverified",
    subject: arn,
    message: "no digest of its manifest was recorded, so that an endpoint cannot be asked for this very model",
    fix: "train it again, or serve it with --backend embedded",
    exitCode: exitCodes.invalid,
  });
}
