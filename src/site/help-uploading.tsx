import { Command } from "../web/index.ts";
import type { HelpFacts } from "./help-facts.ts";
import { GroupHeading, Passage } from "./help-passage.tsx";

/** Passages about being let in: addresses, tokens, refusals. */
export function HelpUploading({ addresses, index, installation }: HelpFacts) {
  const url = addresses.upload(index.name);
  return (
    <>
      <GroupHeading id="group-uploading" />
      <Passage id="uploading" title="How do I upload?">
        <p>Build your project, then send what was built with twine or uv:</p>
        <Command lines={[`twine upload -u __token__ --repository-url ${url} dist/*`]} />
        <Command lines={[`uv publish --publish-url ${url} --token TOKEN`]} />
        <p>
          twine asks for the password, which is your token. To type none of this again, put it into <code>.pypirc</code>{" "}
          in your home folder, readable only by you, and say <code>twine upload -r cheeseshop dist/*</code>:
        </p>
        <Command
          lines={[
            "[distutils]",
            "index-servers = cheeseshop",
            "",
            "[cheeseshop]",
            `repository = ${url}`,
            "username = __token__",
            "password = TOKEN",
          ]}
        />
      </Passage>
      <Passage id="apitoken" title="How do I get and use an API token?">
        <p>
          Whoever runs this server makes it, on the machine where it runs, and gives it to you. It is shown only once:
        </p>
        <Command lines={["npx --no-install cheeseshop token create --user NAME"]} />
        <p>
          A token can be held to one project with <code>--project</code>, to reading with <code>--read-only</code>, and
          to a time with <code>--expires 90d</code>. The user name that goes with it is <code>__token__</code>, and the
          token, which begins with <code>pypi-</code>, is the password.
        </p>
        {installation.takesPasswords && (
          <p>This server also has a list of users and passwords. One of those opens what a token opens.</p>
        )}
      </Passage>
      <Passage id="invalid-auth" title="Why is my authentication invalid?">
        <p>Nobody could be known by what was sent. The usual causes:</p>
        <ul>
          <li>
            The user name is not <code>__token__</code>.
          </li>
          <li>The token was cut when it was copied, or has a space or a line end in it.</li>
          <li>The token belongs to another server.</li>
          <li>The token's account has been disabled, or nothing was sent at all.</li>
        </ul>
      </Passage>
      <Passage id="verified-email" title="Does uploading need a verified e-mail address?">
        {installation.rules.verifiedEmail ? (
          <p>
            Yes. The account that the token belongs to must have a primary address, and it must be verified. Ask whoever
            runs this server.
          </p>
        ) : (
          <p>Not here. The rule that asks for one is switched off.</p>
        )}
      </Passage>
      <Passage id="admin-intervention" title="Why are uploads refused for now?">
        {installation.isReadOnly ? (
          <p>This server only answers reads at the moment. Your files are not lost: upload them again later.</p>
        ) : (
          <p>
            Whoever runs this server can stop uploads for a time, and uploads stop by themselves when the disk is nearly
            full. Reading goes on. Upload again later.
          </p>
        )}
      </Passage>
    </>
  );
}
