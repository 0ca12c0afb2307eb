import { pythonRepr } from "../python-repr.ts";

const KEYWORDS: ReadonlySet<string> = new Set(
  `False None True and as assert async await break class continue def del elif else except finally for from global if
  import in is lambda nonlocal not or pass raise return try while with yield`.split(/\s+/),
);

/** What is wrong with an Import-Name or Import-Namespace (PEP 794), or undefined: dotted identifiers, then `; private`. */
export function importNameFault(value: string, field: string): string | undefined {
  const semicolon = value.indexOf(";");
  const name = (semicolon < 0 ? value : value.slice(0, semicolon)).trimEnd();
  for (const identifier of name.split(".")) {
    const isIdentifier = /^[\p{XID_Start}_]\p{XID_Continue}*$/u.test(identifier);
    if (isIdentifier && !KEYWORDS.has(identifier)) continue;
    const reason = isIdentifier ? "a keyword" : "not a valid identifier";
    return `${pythonRepr(name)} is invalid for '${field}'; ${pythonRepr(identifier)} is ${reason}`;
  }
  if (semicolon < 0 || value.slice(semicolon + 1).trim() === "private") return undefined;
  return `${pythonRepr(value)} is invalid for '${field}'; the only valid option is 'private'`;
}
