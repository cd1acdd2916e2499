import { ServiceError } from "../../errors";
import type { ObjectRecord } from "./bucket-index";
import { noSuchKey, preconditionFailed } from "./errors";

/** Conditions of a read. */
export interface ReadConditions {
  IfMatch?: string | undefined;
  IfNoneMatch?: string | undefined;
  IfModifiedSince?: Date | undefined;
  IfUnmodifiedSince?: Date | undefined;
}

/** @throws ServiceError PreconditionFailed (412), NotModified (304) */
export function checkRead(record: ObjectRecord, conditions: ReadConditions): void {
  const { IfMatch, IfNoneMatch, IfModifiedSince, IfUnmodifiedSince } = conditions;
  // HTTP dates have whole seconds.
  const modified = Math.floor(record.modified / 1000) * 1000;
  if (IfMatch !== undefined) {
    if (!matches(IfMatch, record)) throw preconditionFailed("If-Match");
  } else if (IfUnmodifiedSince && modified > IfUnmodifiedSince.getTime()) {
    throw preconditionFailed("If-Unmodified-Since");
  }
  if (IfNoneMatch !== undefined) {
    if (matches(IfNoneMatch, record)) throw notModified();
  } else if (IfModifiedSince && modified <= IfModifiedSince.getTime()) {
    throw notModified();
  }
}

/** The condition of a write, for the moment before it takes place. */
export function writeCondition(
  key: string,
  conditions: Pick<ReadConditions, "IfMatch" | "IfNoneMatch">,
): (current: ObjectRecord | undefined) => void {
  const { IfMatch, IfNoneMatch } = conditions;
  return (current) => {
    if (IfMatch !== undefined) {
      if (!current) throw noSuchKey(key);
      if (!matches(IfMatch, current)) throw preconditionFailed("If-Match");
    }
    if (IfNoneMatch !== undefined && current && matches(IfNoneMatch, current))
      throw preconditionFailed("If-None-Match");
  };
}

function matches(header: string, record: ObjectRecord): boolean {
  return header.split(",").some((part) => {
    const etag = part.trim().replace(/^W\//, "");
    return etag === "*" || etag.replace(/^"|"$/g, "") === record.etag;
  });
}

const notModified = () => new ServiceError("NotModified", "Not Modified", { status: 304 });
