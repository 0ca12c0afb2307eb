import type { CoreMetadataFile } from "../core-metadata-file.ts";
import { METADATA_FIELDS } from "./metadata-fields.ts";
import type { FormFields } from "./validate-upload-form.ts";

/** License-File came with metadata 2.4; setuptools wrote it before, and upload clients leave it out of the form then. */
const WITHOUT_LICENSE_FILE = new Set(["1.0", "1.1", "1.2", "2.0", "2.1", "2.2", "2.3"]);

/**
 * The metadata part of the form (upload API 1.0) with which clients upload a distribution that holds this METADATA or
 * PKG-INFO.
 */
export function formOfMetadata({ headers, description }: CoreMetadataFile): FormFields {
  const fields = new Map<string, readonly string[]>();
  const isOld = WITHOUT_LICENSE_FILE.has(headers.get("metadata-version")?.[0] ?? "");
  for (const { name, form } of METADATA_FIELDS) {
    const values = headers.get(name);
    if (values === undefined || (name === "license-file" && isOld)) continue;
    fields.set(form, values);
  }
  if (description !== undefined) fields.set("description", [description]);
  return fields;
}
