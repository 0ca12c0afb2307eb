import type { Addresses, Index } from "../indexes/index.ts";
import type { Frame } from "../web/index.ts";
import type { Installation } from "./deps.ts";

/** What the passages are true for: this installation and its main index. */
export interface HelpFacts {
  readonly frame: Frame;
  readonly addresses: Addresses;
  readonly index: Pick<Index, "name" | "isPrivate">;
  readonly installation: Installation;
}
