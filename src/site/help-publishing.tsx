import { formatBytes } from "../web/index.ts";
import type { HelpFacts } from "./help-facts.ts";
import { GroupHeading, Passage } from "./help-passage.tsx";

/** Passages about what is accepted, and where programs read it. */
export function HelpPublishing({ addresses, index, installation }: HelpFacts) {
  const { rules } = installation;
  const days = rules.uploadWindow?.total("days");
  const simple = addresses.simple(index.name);
  const json = addresses.json(index.name, "NAME");
  return (
    <>
      <GroupHeading id="group-files" />
      <Passage id="project-name" title="Which names can I use, and who may upload to a project?">
        <p>
          A name has letters, digits, dots, hyphens and underscores, and begins and ends with a letter or a digit.
          Capitals, and which of the three separators it has, make no difference: <code>Blue.Cheese</code> and{" "}
          <code>blue-cheese</code> are one project.
        </p>
        <p>
          The first upload of a name makes the project and its owner. After that only its owners and maintainers may
          upload to it; its page names them.{" "}
          {rules.nameSimilarity && "A new name that looks like an existing one is refused."}
        </p>
      </Passage>
      <Passage id="file-name-reuse" title="Why can I not upload a file again?">
        <p>
          A file name that was ever used never gets other bytes, also after it has been deleted: what was installed
          yesterday is what is installed tomorrow. Use a new version; for a mistake in the packaging alone, a
          post-release such as <code>1.0.post1</code>. Uploading the very same bytes again is fine and changes nothing.
        </p>
        {days !== undefined && <p>A release takes new files for {days} days after its first one.</p>}
      </Passage>
      <Passage id="local-versions" title="Are local versions accepted?">
        {rules.localVersions ? (
          <p>
            Yes. A version such as <code>1.0+ubuntu1</code> can be uploaded here, though most public indexes refuse it.
          </p>
        ) : (
          <p>
            No. What follows the plus sign in a version such as <code>1.0+ubuntu1</code> is for your own use: leave it
            out before you upload.
          </p>
        )}
      </Passage>
      <Passage id="core-metadata" title="What must a project's metadata say?">
        <p>
          At least its name, its version and the version of the metadata format, and the same name and version in the
          upload, in the file's name and in the METADATA or PKG-INFO inside the file. The error names both values and
          where each stood. A summary is one line; addresses are labelled links that begin with http or https; the
          licence is an SPDX expression such as <code>Apache-2.0</code>.
        </p>
      </Passage>
      <Passage id="description-content-type" title="In what form is a description shown?">
        <p>
          As text, as you wrote it. The content types <code>text/markdown</code>, <code>text/x-rst</code> and{" "}
          <code>text/plain</code> are accepted.
        </p>
      </Passage>
      <Passage id="archives" title="Why is my archive not accepted?">
        <p>
          Wheels and source distributions are read before they are published, so that every tool unpacks the same files
          from them. Refused are archives that are damaged or cut off, members with absolute paths, with <code>..</code>{" "}
          in them or with links that lead outside, names that are there twice, anything hidden before, between or behind
          the members, and wheels whose RECORD does not agree with what is inside. Build the file again with a current
          tool; the error says which member it was about.
        </p>
      </Passage>
      <Passage id="file-size-limit" title="How large can a file be?">
        {rules.fileLimit === null ? (
          <p>As large as the disk allows.</p>
        ) : (
          <p>
            {formatBytes(rules.fileLimit)}, unless your project has a limit of its own. Whoever runs this server can
            change it with <code>--rule file-limit=SIZE</code>.
          </p>
        )}
      </Passage>
      <Passage id="project-size-limit" title="How large can all files of a project be together?">
        {rules.projectLimit === null ? (
          <p>There is no limit, unless your project has one of its own.</p>
        ) : (
          <p>
            {formatBytes(rules.projectLimit)}, unless your project has a limit of its own. Whoever runs this server can
            change it with <code>--rule project-limit=SIZE</code>.
          </p>
        )}
      </Passage>
      <GroupHeading id="group-programs" />
      <Passage id="interfaces" title="Which interfaces does this index have?">
        <ul>
          <li>
            The simple index, as HTML and JSON: <code>{simple}</code> lists the projects,{" "}
            <code>{`${simple}NAME/`}</code> the files of one. Ask for JSON with{" "}
            <code>Accept: application/vnd.pypi.simple.v1+json</code>.
          </li>
          <li>
            The metadata of a wheel without the wheel: its address with <code>.metadata</code> behind it.
          </li>
          <li>
            A project as JSON: <code>{json}</code>, and one release:{" "}
            <code>{addresses.json(index.name, "NAME", "VERSION")}</code>.
          </li>
        </ul>
        <p>Pages and answers carry an ETag: ask again with it, and an unchanged one costs you nothing.</p>
      </Passage>
    </>
  );
}
