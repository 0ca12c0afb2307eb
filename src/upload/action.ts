import { Problem } from "../platform/errors/problem.ts";

/** A call of the old protocol that has been retired; no identity is needed to be told so. */
class Retired extends Problem {
  readonly status = 410;
  readonly code = "retired";
}

/** There is nothing to do at this address without `:action=file_upload`. */
class NoSuchAction extends Problem {
  readonly status = 405;
  readonly code = "no_such_action";
  override readonly headers = { Allow: "GET, HEAD, OPTIONS" };
}

const preRegistration = "Project pre-registration is no longer required or supported, upload your files instead.";
const retired: ReadonlyMap<string, string> = new Map([
  ["submit", preRegistration],
  ["submit_pkg_info", preRegistration],
  [
    "doc_upload",
    "Uploading documentation is no longer supported. Host it elsewhere and name its address in the metadata.",
  ],
]);

/**
 * The `:action` of a request, which clients send in the query or in the form. Throws unless it is an upload; in the query
 * none is fine, since the form may have it.
 */
export function checkAction(actions: readonly string[], where: "query" | "form"): void {
  const [action] = actions;
  if (action === "file_upload" || (action === undefined && where === "query")) return;
  const why = action === undefined ? undefined : retired.get(action);
  if (why !== undefined) throw new Retired(why);
  throw new NoSuchAction("This address takes uploads, with the form field :action=file_upload.");
}
