import { formatBytes, helpPath, Layout } from "../web/index.ts";
import type { HelpFacts } from "./help-facts.ts";
import { HelpInstalling } from "./help-installing.tsx";
import { helpGroups } from "./help-passage.tsx";
import { HelpPublishing } from "./help-publishing.tsx";
import { HelpUploading } from "./help-uploading.tsx";

/** The help page: short, true for this installation's settings, with an anchor for whatever an error points at. */
export function HelpPage(facts: HelpFacts) {
  const { frame, addresses, index, installation } = facts;
  const { fileLimit, projectLimit } = installation.rules;
  return (
    <Layout
      frame={frame}
      title="Help"
      description={`How to install from and upload to ${frame.siteName}, and what its errors mean.`}
      canonical={addresses.absolute(helpPath(frame))}
      current="help"
    >
      <div class="flow">
        <h1>Help</h1>
        <nav aria-label="On this page">
          <ul class="sections">
            {helpGroups.map(({ id, title }) => (
              <li>
                <a href={`#${id}`}>{title}</a>
              </li>
            ))}
          </ul>
        </nav>
        <dl class="settings">
          <dt>Installing from</dt>
          <dd>
            <code>{addresses.absolute(addresses.simple(index.name))}</code>
          </dd>
          <dt>Uploading to</dt>
          <dd>
            <code>{addresses.upload(index.name)}</code>
          </dd>
          <dt>Reading</dt>
          <dd>{index.isPrivate ? "needs a token" : "open to everybody"}</dd>
          <dt>Largest file</dt>
          <dd>{fileLimit === null ? "no limit" : formatBytes(fileLimit)}</dd>
          <dt>Largest project</dt>
          <dd>{projectLimit === null ? "no limit" : formatBytes(projectLimit)}</dd>
        </dl>
        <HelpInstalling {...facts} />
        <HelpUploading {...facts} />
        <HelpPublishing {...facts} />
      </div>
    </Layout>
  );
}
