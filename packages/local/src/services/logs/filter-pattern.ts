import { ServiceError } from "../../errors";

/**
 * The unstructured part of CloudWatch's filter patterns: terms that must all be there (`ERROR "exit code"`), terms of
 * which one must (`?ERROR ?WARN`), terms that must not (`-DEBUG`). Case matters.
 *
 * @throws ServiceError InvalidParameterException for the structured patterns (`{ $.level = 3 }`, `[ip, user]`)
 */
export function filterOf(pattern: string): (message: string) => boolean {
  if (/^\s*[{[%]/.test(pattern)) {
    throw new ServiceError(
      "InvalidParameterException",
      `Structured filter patterns are not emulated by Sagewright's embedded cloud: ${pattern}. Use terms and "phrases".`,
    );
  }
  const all: string[] = [];
  const any: string[] = [];
  const none: string[] = [];
  for (const [, sign, phrase, word] of pattern.matchAll(/([?-]?)(?:"((?:[^"\\]|\\.)*)"|(\S+))/g)) {
    const term = phrase?.replace(/\\(.)/g, "$1") ?? word ?? "";
    (sign === "?" ? any : sign === "-" ? none : all).push(term);
  }
  return (message) =>
    all.every((term) => message.includes(term)) &&
    !none.some((term) => message.includes(term)) &&
    (any.length === 0 || any.some((term) => message.includes(term)));
}
