import { Command } from "../web/index.ts";
import type { HelpFacts } from "./help-facts.ts";
import { GroupHeading, Passage } from "./help-passage.tsx";
import { InstallSwitch } from "./install-switch.tsx";

/** Passages for whoever installs. */
export function HelpInstalling({ frame, addresses, index, installation }: HelpFacts) {
  const simpleUrl = addresses.absolute(addresses.simple(index.name));
  const withToken = simpleUrl.replace("://", "://__token__:TOKEN@");
  return (
    <>
      <GroupHeading id="group-installing" />
      <Passage id="installing" title="How do I install from this index?">
        <InstallSwitch frame={frame} addresses={addresses} index={index} requirement="NAME" />
        <p>
          The installer then looks here for what the project depends on, too. If some of that is only on another index,
          add that one with <code>--extra-index-url</code>, but know that pip takes the highest version from any of
          them: whoever can publish there under a name that is used here decides what you get. uv takes each project
          from the first index that has it.
        </p>
      </Passage>
      <Passage id="private-indices" title="How do I read a private index?">
        {index.isPrivate ? (
          <>
            <p>
              Every address of this index asks for a user name and a password. The user name is <code>__token__</code>{" "}
              and the password is <a href="#apitoken">an API token</a>
              {installation.takesPasswords && ", or they are the name and password that you were given for this server"}
              . For pip and uv, put them into the file <code>.netrc</code> in your home folder, readable only by you:
            </p>
            <Command lines={[`machine ${new URL(simpleUrl).hostname} login __token__ password TOKEN`]} />
            <p>They may also stand in the address, where other users of your machine and logs may see them:</p>
            <Command lines={[`pip install --index-url ${withToken} NAME`]} />
          </>
        ) : (
          <p>The main index of this server is open: reading needs no token.</p>
        )}
        <p>
          A missing, expired or revoked token is answered with 401, never with “no such version”. So a version that
          cannot be found is really not there.
        </p>
      </Passage>
      <Passage id="verify-hashes" title="How do I make sure that I get the same file again?">
        <p>
          A file name never gets other bytes here. Each file's SHA-256 is on its project's page and in every interface.
          With hashes in your requirements file, pip and uv refuse anything else:
        </p>
        <Command lines={["pip install --require-hashes -r requirements.txt"]} />
      </Passage>
      <Passage id="yanked" title="What is a yanked release?">
        <p>
          One that its maintainers advise against. Installers pass it over unless you ask for exactly that version with{" "}
          <code>==</code>; its files stay where they are, so that what is pinned keeps working.
        </p>
      </Passage>
      <Passage id="pre-release-versioning" title="When is a pre-release installed?">
        <p>
          Versions such as <code>1.0a1</code>, <code>1.0rc2</code> and <code>1.0.dev3</code> are chosen only when you
          name one exactly, when there is no other release, or with <code>pip install --pre</code>.
        </p>
      </Passage>
      <Passage id="archived-project" title="What is an archived project?">
        <p>One that takes no more uploads. What it has can be installed as before.</p>
      </Passage>
      <Passage id="project_in_quarantine" title="What is a quarantined project?">
        <p>
          One that whoever runs this server is looking into. Its files are not offered to installers until that has been
          decided, and nothing of it has been deleted.
        </p>
      </Passage>
    </>
  );
}
