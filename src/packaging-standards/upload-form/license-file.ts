import { pythonRepr } from "../python-repr.ts";

/** What is wrong with a License-File (PEP 639): a plain relative path with `/`, or undefined. */
export function licenseFileFault(path: string): string | undefined {
  const invalid = `${pythonRepr(path)} is invalid for 'license-file', `;
  if (path.includes("..")) return `${invalid}parent directory indicators are not allowed`;
  if (path.includes("*")) return `${invalid}paths must be resolved`;
  if (path.startsWith("/") || /^[A-Za-z]:[\\/]|^\\\\/.test(path)) return `${invalid}paths must be relative`;
  const isNormal = !path.includes("\\") && path.split("/").every((part) => part !== "" && part !== ".");
  return isNormal ? undefined : `${invalid}paths must use '/' delimiter`;
}
