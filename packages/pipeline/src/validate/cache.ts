import { show } from "../issue";
import type { StepKind } from "../steps/step-kind";
import { isObject, type ValidationContext } from "./context";
import { checkMembers } from "./members";

const duration = /^p?(?=[\dt])(\d+y)?(\d+m)?(\d+w)?(\d+d)?(t(?=\d)(\d+h)?(\d+m)?(\d+s)?)?$/i;

/** Rules of CacheConfig. */
export function checkCache(kind: StepKind, config: unknown, path: string, context: ValidationContext): void {
  const { add } = context;
  if (config === undefined) return;
  if (!kind.cacheable) {
    add("cache_not_allowed", path, `${kind.type} steps cannot be cached. Remove CacheConfig.`, { type: kind.type });
    return;
  }
  if (!isObject(config)) {
    add("type", path, `${show(config)} is no object. Give {"Enabled": true, "ExpireAfter": "P30D"}.`, {
      expected: "object",
    });
    return;
  }
  checkMembers(config, path, context, { Enabled: "required", ExpireAfter: "optional" });
  if (config.Enabled !== undefined && typeof config.Enabled !== "boolean") {
    add("type", `${path}.Enabled`, `${show(config.Enabled)} is neither true nor false. Give one of them.`, {
      expected: "boolean",
    });
  }
  const expires = config.ExpireAfter;
  if (expires !== undefined && (typeof expires !== "string" || !duration.test(expires))) {
    add(
      "cache_expire_after",
      `${path}.ExpireAfter`,
      `${show(expires)} is no ISO 8601 duration. Write for example 'P30D' or 'PT12H'.`,
      { received: expires },
    );
  }
}
