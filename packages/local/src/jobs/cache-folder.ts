import { homedir } from "node:os";
import { join } from "node:path";

/**
 * The folder for what can be made again: Python environments and package overlays.
 * @param env `SAGEWRIGHT_CACHE` decides; else `XDG_CACHE_HOME/sagewright`, `~/Library/Caches/sagewright` on macOS,
 *   `~/.cache/sagewright` elsewhere
 */
export function cacheFolder(
  env: NodeJS.ProcessEnv = process.env,
  platform: NodeJS.Platform = process.platform,
  home: string = homedir(),
): string {
  if (env.SAGEWRIGHT_CACHE) return env.SAGEWRIGHT_CACHE;
  if (env.XDG_CACHE_HOME) return join(env.XDG_CACHE_HOME, "sagewright");
  return platform === "darwin" ? join(home, "Library", "Caches", "sagewright") : join(home, ".cache", "sagewright");
}
