import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** The folder that holds package.json, migrations/ and dist/, from wherever this code was bundled to. */
export function findPackageRoot(from: string = import.meta.dirname): string {
  if (existsSync(join(from, "package.json"))) return from;
  if (dirname(from) === from) throw new Error("No package.json above the program: the installation is incomplete");
  return findPackageRoot(dirname(from));
}

export function readVersion(): string {
  const { version }: { readonly version: string } = JSON.parse(
    readFileSync(join(findPackageRoot(), "package.json"), "utf8"),
  );
  return version;
}

export function migrationsFolder(): string {
  return join(findPackageRoot(), "migrations");
}
