import { sql } from "kysely";
import type { Db } from "../platform/db/pool.ts";
import { type Answer, jsonAnswer, textAnswer } from "../platform/http/answer.ts";
import type { Http } from "../platform/http/create-app.ts";
import { chooseType } from "../platform/http/media-types.ts";
import { route } from "../platform/http/route.ts";
import type { BlobStore } from "../platform/storage/blob-store.ts";

export interface HealthDeps {
  readonly db: Db;
  readonly store: Pick<BlobStore, "ensureSpace">;
  readonly readOnly: boolean;
}

const noStore = ["Cache-Control", "no-store"];

/**
 * `/_health/` for load balancers and supervisors: 200 while reads work; `?for=upload` asks whether writes do as well. Nothing in
 * it tells about the catalogue, so it is open also where reading is not.
 */
export function healthRoutes(http: Http, deps: HealthDeps): void {
  http.get<{ Querystring: { for?: string } }>(
    "/_health/",
    route(async (request) => {
      const trouble = await findTrouble(deps, request.query.for === "upload");
      return healthAnswer(trouble, request.headers.accept);
    }),
  );
}

/** Why nothing can be read but what is in memory, or why uploads are not taken; undefined when all is well. Never rejects. */
export async function findTrouble(
  { db, store, readOnly }: HealthDeps,
  forUpload: boolean,
): Promise<string | undefined> {
  try {
    const { rows } = await sql<{ isReadOnly: boolean }>`
      select current_setting('transaction_read_only')::boolean or pg_is_in_recovery() as "isReadOnly"`.execute(db);
    if (!forUpload) return undefined;
    if (readOnly) return "read-only mode";
    if (rows[0]?.isReadOnly) return "the database takes no writes";
  } catch {
    return "the database does not answer";
  }
  return store.ensureSpace(0).then(
    () => undefined,
    () => "too little space for uploads",
  );
}

function healthAnswer(trouble: string | undefined, accept: string | undefined): Answer {
  const status = trouble === undefined ? 200 : 503;
  const headers = trouble === undefined ? noStore : [...noStore, "Retry-After", "5"];
  return chooseType(accept, ["text/plain", "application/json"]) === "application/json"
    ? jsonAnswer(status, { status: trouble === undefined ? "ok" : "failing", ...(trouble && { trouble }) }, headers)
    : textAnswer(status, trouble === undefined ? "OK" : trouble, headers);
}
