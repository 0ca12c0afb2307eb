import type { ComponentChildren } from "preact";

/** Passages that have a heading. Errors, mails and other sites point at them: an anchor once given stays. */
export type Anchor =
  | "installing"
  | "private-indices"
  | "verify-hashes"
  | "yanked"
  | "pre-release-versioning"
  | "archived-project"
  | "project_in_quarantine"
  | "uploading"
  | "apitoken"
  | "invalid-auth"
  | "verified-email"
  | "project-name"
  | "file-name-reuse"
  | "local-versions"
  | "core-metadata"
  | "description-content-type"
  | "archives"
  | "file-size-limit"
  | "project-size-limit"
  | "admin-intervention"
  | "interfaces";

/** The parts of the help page, in order. */
export const helpGroups = [
  { id: "group-installing", title: "Installing" },
  { id: "group-uploading", title: "Uploading" },
  { id: "group-files", title: "Names, versions, files" },
  { id: "group-programs", title: "Programs" },
] as const;

type GroupId = (typeof helpGroups)[number]["id"];

/** The heading of a part. */
export function GroupHeading({ id }: { readonly id: GroupId }) {
  return <h2 id={id}>{helpGroups.find((group) => group.id === id)?.title}</h2>;
}

interface PassageProps {
  readonly id: Anchor;
  readonly title: string;
  readonly children: ComponentChildren;
}

/** One question of the help page, under the anchor that others link to. */
export function Passage({ id, title, children }: PassageProps) {
  return (
    <section class="passage flow" aria-labelledby={id}>
      <h3 id={id}>
        <a href={`#${id}`}>{title}</a>
      </h3>
      {children}
    </section>
  );
}
