import { readFileSync } from "node:fs";

/** Our own inputs with the answers of the reference's validators; `error` marks what they refuse. */
export interface UploadVectors {
  readonly versions: readonly {
    readonly in: string;
    readonly str?: string;
    readonly canonical?: string;
    readonly prerelease?: boolean;
    readonly error?: true;
  }[];
  /** Strictly ascending. */
  readonly order: readonly string[];
  readonly specifiers: readonly { readonly in: string; readonly str?: string; readonly error?: true }[];
  readonly contains_candidates: readonly string[];
  readonly contains: readonly {
    readonly spec: string;
    readonly prereleases_true: readonly string[];
    readonly prereleases_false: readonly string[];
    readonly filter_default: readonly string[];
  }[];
  readonly requirements: readonly {
    readonly in: string;
    readonly str?: string;
    readonly name?: string;
    readonly extras?: readonly string[];
    readonly specifier?: string;
    readonly url?: string | null;
    readonly marker?: string | null;
    readonly error?: true;
  }[];
  readonly names: readonly { readonly in: string; readonly normalized: string; readonly ultra: string }[];
  readonly licenses: readonly { readonly in: string; readonly out?: string; readonly error?: true }[];
  readonly wheels: readonly {
    readonly in: string;
    readonly name?: string;
    readonly version?: string;
    readonly build?: readonly [] | readonly [number, string];
    readonly tags?: readonly string[];
    readonly error?: string;
  }[];
  readonly sdists: readonly {
    readonly in: string;
    readonly name?: string;
    readonly version?: string;
    readonly error?: string;
  }[];
  /** Complete upload forms and `OK` or the message of the refusal. */
  readonly form: readonly { readonly fields: readonly (readonly [string, string])[]; readonly result: string }[];
}

export const uploadVectors = JSON.parse(
  readFileSync(new URL("./upload-vectors.json", import.meta.url), "utf8"),
) as UploadVectors;
