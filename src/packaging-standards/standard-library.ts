import type { NormalizedName } from "./names.ts";
import standardLibrary from "./standard-library.generated.json" with { type: "json" };

const NAMES: ReadonlySet<string> = new Set(standardLibrary.names);

/**
 * Whether a project of this name would be taken for a part of Python: any module of the standard library from Python 2.6
 * on, and whatever stands before a dot in a module's name (`xml` and `xml-etree`; upload.md §5, step 4). A public index
 * gives these names to nobody.
 */
export function isStandardLibraryName(name: NormalizedName): boolean {
  return NAMES.has(name);
}
