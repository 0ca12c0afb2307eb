import type { Index } from "../indexes/index.ts";
import type { UpstreamState } from "../mirror/index.ts";
import { type Frame, Layout, Time } from "../web/index.ts";

/** What works and what does not. */
export interface Status {
  readonly version: string;
  /** A sentence when nothing can be read but what is in memory. */
  readonly readingTrouble: string | undefined;
  /** Why uploads are not taken. */
  readonly uploadTrouble: string | undefined;
  /** Those that the visitor may read; undefined when they cannot be listed. */
  readonly indexes: readonly Pick<Index, "name" | "kind" | "isPrivate" | "sources">[] | undefined;
  /** Those of these indexes; undefined when nobody says how they do. */
  readonly upstreams: readonly UpstreamState[] | undefined;
}

/** The same as a page. */
export function StatusPage({ frame, status }: { readonly frame: Frame; readonly status: Status }) {
  const { version, readingTrouble, uploadTrouble, indexes, upstreams } = status;
  return (
    <Layout frame={frame} title="Status" description={`What works at ${frame.siteName} now.`}>
      <div class="flow">
        <h1>Status</h1>
        <dl class="settings">
          <dt>Reading</dt>
          <dd>{readingTrouble === undefined ? "works" : `only what is in memory: ${readingTrouble}`}</dd>
          <dt>Uploads</dt>
          <dd>{uploadTrouble === undefined ? "are taken" : `are not taken: ${uploadTrouble}`}</dd>
          <dt>Version</dt>
          <dd>{version}</dd>
        </dl>
        <h2 id="indexes">Indexes</h2>
        {indexes === undefined && <p>They cannot be listed now.</p>}
        {indexes?.length === 0 && <p>None that can be read without credentials.</p>}
        {indexes !== undefined && indexes.length > 0 && (
          <table class="table stacks">
            <thead>
              <tr>
                <th scope="col">Index</th>
                <th scope="col">Kind</th>
                <th scope="col">Consists of</th>
              </tr>
            </thead>
            <tbody>
              {indexes.map(({ name, kind, isPrivate, sources }) => (
                <tr>
                  <th scope="row">
                    {name} {isPrivate && <span class="label">private</span>}
                  </th>
                  <td>{kind}</td>
                  <td class="wide">{kind === "union" && sources.map((source) => source.name).join(", ")}</td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
        {upstreams?.length !== 0 && <h2 id="upstreams">Upstreams</h2>}
        {upstreams === undefined && <p>How they do cannot be told now.</p>}
        {upstreams !== undefined && upstreams.length > 0 && (
          <table class="table stacks">
            <thead>
              <tr>
                <th scope="col">Index</th>
                <th scope="col">Upstream</th>
                <th scope="col">State</th>
                <th scope="col">Last answer</th>
              </tr>
            </thead>
            <tbody>
              {upstreams.map((state) => (
                <tr>
                  <th scope="row">{state.index}</th>
                  <td class="wide">
                    <code>{state.url}</code>
                  </td>
                  <td>
                    <UpstreamWords state={state} />
                  </td>
                  <td>{state.lastSuccessAt === null ? "none yet" : <Time at={state.lastSuccessAt.toString()} />}</td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </div>
    </Layout>
  );
}

function UpstreamWords({ state }: { readonly state: UpstreamState }) {
  const { breaker, lastFailure, lastFailureAt, lastSuccessAt, retryAt } = state;
  if (breaker === "open") {
    return (
      <>
        not asked
        {retryAt !== null && (
          <>
            {" "}
            until <Time at={retryAt.toString()} />
          </>
        )}
        : {lastFailure}
      </>
    );
  }
  if (breaker === "half-open") return <>being tried again: {lastFailure}</>;
  if (lastFailureAt === null) return <>{lastSuccessAt === null ? "not asked yet" : "answers"}</>;
  const isOver = lastSuccessAt !== null && Temporal.Instant.compare(lastSuccessAt, lastFailureAt) > 0;
  return (
    <>
      {isOver ? "answers; last trouble" : "in trouble since"} <Time at={lastFailureAt.toString()} />: {lastFailure}
    </>
  );
}
