import type { Addresses, Index } from "../indexes/index.ts";
import { Command, countOf, type Frame, helpPath, Layout, Time } from "../web/index.ts";
import { InstallSwitch } from "./install-switch.tsx";
import { placeOf } from "./place.ts";
import type { HomeFigures, NewestRelease } from "./queries.ts";

interface HomePageProps {
  readonly frame: Frame;
  readonly addresses: Addresses;
  readonly index: Pick<Index, "name" | "isPrivate">;
  readonly figures: HomeFigures;
}

/** The first page of an index: what it is, how to install and upload, and what is new. */
export function HomePage({ frame, addresses, index, figures }: HomePageProps) {
  const { newest, projects } = figures;
  const uploadUrl = addresses.upload(index.name);
  const isMain = index.name === "main";
  // A line that works as pasted, where there is anything to install.
  const example = newest.find(({ isPrerelease }) => !isPrerelease)?.name ?? "NAME";
  return (
    <Layout
      frame={frame}
      {...(isMain ? {} : { title: `Index ${index.name}` })}
      description={`A Python package index with ${countOf(projects, "project")}.`}
      canonical={addresses.absolute(addresses.home(index.name))}
      {...placeOf(addresses, index.name)}
    >
      <div class="flow">
        <h1>{isMain ? frame.siteName : `Index ${index.name}`}</h1>
        <p class="lead">
          A Python package index with {countOf(projects, "project")}.{index.isPrivate && " Reading needs a token."}
        </p>
        <div class="pair">
          <section class="flow" aria-labelledby="install">
            <h2 id="install">Install</h2>
            <InstallSwitch frame={frame} addresses={addresses} index={index} requirement={example} />
          </section>
          <section class="flow" aria-labelledby="upload">
            <h2 id="upload">Upload</h2>
            <Command lines={[`twine upload -u __token__ --repository-url ${uploadUrl} dist/*`]} />
            <Command lines={[`uv publish --publish-url ${uploadUrl} --token TOKEN`]} />
            <p class="small muted">
              Uploading needs an API token. <a href={helpPath(frame, "apitoken")}>How to get one</a>
            </p>
          </section>
        </div>
        <section class="flow" aria-labelledby="newest">
          <h2 id="newest">Newest releases</h2>
          {newest.length === 0 ? (
            <p>Nothing has been published here yet. The first upload of a name makes its project.</p>
          ) : (
            <NewestTable newest={newest} addresses={addresses} index={index} />
          )}
        </section>
      </div>
    </Layout>
  );
}

interface NewestTableProps {
  readonly newest: readonly NewestRelease[];
  readonly addresses: Addresses;
  readonly index: Pick<Index, "name">;
}

function NewestTable({ newest, addresses, index }: NewestTableProps) {
  return (
    <table class="table stacks">
      <thead>
        <tr>
          <th scope="col">Project</th>
          <th scope="col">Summary</th>
          <th scope="col">Released</th>
        </tr>
      </thead>
      <tbody>
        {newest.map(({ name, version, summary, isPrerelease, publishedAt }) => (
          <tr>
            <th scope="row">
              <a class="name" href={addresses.project(index.name, name, isPrerelease ? version : undefined)}>
                {name}
              </a>{" "}
              <span class="version">{version}</span> {isPrerelease && <span class="label">pre-release</span>}
            </th>
            <td class="wide">{summary}</td>
            <td>
              <Time at={publishedAt} isDay />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
