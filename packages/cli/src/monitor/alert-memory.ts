import { join } from "node:path";
import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand } from "@aws-sdk/client-s3";
import type { AlertState, Secrets, VersionedDocument } from "@sagewright/monitoring";
import type { Session } from "../session";

/** Where functions on AWS remember what they told: `monitoring/alerts/churn-prod.json` in the environment's bucket. */
const PREFIX = "monitoring/alerts/";

/** The memory of a router. */
export interface AlertMemory {
  /** Model group and environment; empty for the one on this machine. */
  readonly name: string;
  readonly document: VersionedDocument;
}

/**
 * What routers remember. Where functions on AWS tell people, it is theirs, so that nobody is told twice; else this machine's.
 *
 * @returns one at least
 */
export async function alertMemories(session: Session): Promise<AlertMemory[]> {
  const { folderDocument, s3Document } = monitoring();
  const onAws = await remembered(session);
  if (onAws.length === 0)
    return [{ name: "", document: folderDocument(join(session.stateDir, "monitoring", "alerts")) }];
  const { s3 } = session.clients;
  const client = {
    getObject: (input: ConstructorParameters<typeof GetObjectCommand>[0]) => s3.send(new GetObjectCommand(input)),
    putObject: (input: ConstructorParameters<typeof PutObjectCommand>[0]) => s3.send(new PutObjectCommand(input)),
  } as Parameters<typeof s3Document>[0]["client"];
  const { bucket } = session.target;
  return onAws.map((key) => ({
    name: key.slice(PREFIX.length, -".json".length),
    document: s3Document({ client, bucket, key }),
  }));
}

/** What each router remembers. */
export async function alertStates(session: Session): Promise<AlertState[]> {
  const { AlertStore } = monitoring();
  const memories = await alertMemories(session);
  return Promise.all(memories.map(({ document }) => new AlertStore(document).read()));
}

/** Secrets from environment variables; on AWS those that no variable holds come from Secrets Manager. */
export function alertSecrets(session: Session): Secrets {
  const { environmentSecrets, secretsManager, secretVariable } = monitoring();
  const fromVariables = environmentSecrets(process.env);
  // What answers in place of AWS has no secrets of ours.
  if (!isOnAws(session) || /^https?:/.test(session.place)) return fromVariables;
  const { region, credentials } = session.clients.s3.config;
  const fromManager = secretsManager({ region, credentials });
  return (name, how) =>
    (process.env[secretVariable(name)] ?? "") === "" ? fromManager(name, how) : fromVariables(name, how);
}

/** Whether functions on AWS tell people, rather than this machine. */
export function isOnAws({ cloud, environment }: Session): boolean {
  return cloud === undefined && environment !== undefined;
}

async function remembered(session: Session): Promise<string[]> {
  const { environment, clients } = session;
  if (!isOnAws(session) || environment === undefined) return [];
  const { Contents = [] } = await clients.s3.send(
    new ListObjectsV2Command({ Bucket: session.target.bucket, Prefix: PREFIX }),
  );
  return Contents.flatMap(({ Key = "" }) => (Key.endsWith(`-${environment.name}.json`) ? [Key] : []));
}

function monitoring(): typeof import("@sagewright/monitoring") {
  return require("@sagewright/monitoring");
}
