import type { ComponentChildren } from "preact";
import type { DrawProblemPage, ProblemPage } from "../platform/http/problem-answer.ts";
import { type Frame, helpPath } from "./frame.ts";
import { renderPage } from "./html.ts";
import { Layout, type Place } from "./layout.tsx";

interface ProblemPageProps {
  readonly frame: Frame;
  readonly page: ProblemPage;
  readonly place?: Place;
  /** What to do next, where the page knows better than the status does. */
  readonly children?: ComponentChildren;
}

/** Draws the pages of all errors in this frame. */
export function createDrawProblemPage(frame: Frame): DrawProblemPage {
  return (page) => renderPage(<ProblemView frame={frame} page={page} />);
}

export function ProblemView({ frame, page, place, children }: ProblemPageProps) {
  const { status, title, detail, requestId } = page;
  return (
    <Layout frame={frame} title={title} {...(place && { place })}>
      <div class="flow">
        <p class="muted">Error {status}</p>
        <h1>{title}</h1>
        {detail !== title && <p>{detail}</p>}
        {children ?? (
          <p>
            <NextStep frame={frame} status={status} />
          </p>
        )}
        {requestId !== undefined && (
          <p class="muted">
            Request <code>{requestId}</code>
          </p>
        )}
      </div>
    </Layout>
  );
}

function NextStep({ frame, status }: { readonly frame: Frame; readonly status: number }) {
  const home = <a href={`${frame.basePath}/`}>home page</a>;
  switch (status) {
    case 401:
      return (
        <>
          Give <code>__token__</code> as the user name and an API token as the password.{" "}
          <a href={helpPath(frame, "apitoken")}>How to get a token</a>
        </>
      );
    case 403:
      return (
        <>
          What you are known by does not allow this. The <a href={helpPath(frame)}>help</a> says what is needed.
        </>
      );
    case 404:
    case 410:
      return <>Check the spelling of the address, or start from the {home}.</>;
    case 405:
      return (
        <>
          This address is there, but not for what was tried. Files are{" "}
          <a href={helpPath(frame, "uploading")}>uploaded to an address of their own</a>.
        </>
      );
    case 413:
      return (
        <>
          See what <a href={helpPath(frame, "file-size-limit")}>limits</a> this index has.
        </>
      );
    case 429:
    case 503:
      return <>Wait a little and try again.</>;
    default:
      return status >= 500 ? (
        <>Try again. If it stays like this, tell whoever runs this server.</>
      ) : (
        <>Go back and try it another way, or start from the {home}.</>
      );
  }
}
