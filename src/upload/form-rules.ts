import type { Addresses } from "../indexes/index.ts";
import type { UploadFormRules } from "../packaging-standards/index.ts";
import type { Rules } from "../platform/config/rules.ts";

/** What the rules of an installation say about upload forms, and where its sentences send people. */
export function formRulesOf(rules: Rules, addresses: Pick<Addresses, "help">): UploadFormRules {
  return {
    allowLocalVersions: rules.localVersions,
    allowPrivateClassifiers: rules.privateClassifiers,
    links: { coreMetadata: addresses.help("core-metadata"), localVersions: addresses.help("local-versions") },
  };
}
