import type { Image } from "../images";

/** What differs from the image, one sentence each. `versions` has Python's and those of packages, by name in lower case. */
export function differencesOf(image: Image, versions: Readonly<Record<string, string>>): string[] {
  const differences: string[] = [];
  const python = versions.python ?? "";
  if (!python.startsWith(`${image.python}.`)) differences.push(`Python ${python} instead of ${image.python}`);
  for (const [name, pin] of Object.entries(image.pins)) {
    const actual = versions[name];
    if (actual !== pin) differences.push(actual ? `${name} ${actual} instead of ${pin}` : `no ${name} (image: ${pin})`);
  }
  return differences;
}
