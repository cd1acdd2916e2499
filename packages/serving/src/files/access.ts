import { join } from "node:path";
import { type AuditLog, fileAuditLog } from "../audit/log";
import { fileKeyStore } from "../keys/file-key-store";
import type { KeyStore } from "../keys/key-store";
import { serverSecret } from "./server-secret";

/** The files of one serving folder. */
export function servingPaths(folder: string) {
  return {
    secret: join(folder, "secret"),
    keys: join(folder, "keys.json"),
    audit: join(folder, "audit.jsonl"),
    captures: join(folder, "captures"),
    groundTruth: join(folder, "ground-truth"),
  };
}

/** Who may use an API and where its decisions are recorded; spread it into `createApi`. */
export interface Access {
  readonly keys: KeyStore;
  readonly audit: AuditLog;
}

/**
 * Opens the keys and the audit log of a serving folder. Until a first key is created the API is open, so that a laptop's
 * loopback server works at once; from then on every request needs a key, in servers that are running too.
 *
 * @param required - keys are needed even before there is one, as on every address that others reach
 */
export async function openAccess(folder: string, { required = false } = {}): Promise<Access> {
  const paths = servingPaths(folder);
  const secret = await serverSecret(paths.secret);
  return {
    keys: fileKeyStore({ path: paths.keys, secret, openUntilThere: !required }),
    audit: fileAuditLog({ path: paths.audit, secret }),
  };
}

/** Opens keys and audit log to administer them; neither file need be there yet. */
export async function openKeys(folder: string): Promise<Access & { readonly secret: Uint8Array }> {
  const access = await openAccess(folder, { required: true });
  return { ...access, secret: access.keys.secret };
}
