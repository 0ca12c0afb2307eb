import { isValidName, type NormalizedName } from "../packaging-standards/index.ts";
import { Problem } from "../platform/errors/problem.ts";
import { type Answer, textAnswer } from "../platform/http/answer.ts";
import type { FileTimes } from "./policies/min-age.ts";
import type { Policies } from "./policies/policies.ts";
import type { ReleaseMetadata } from "./project-page.ts";
import type { Index } from "./queries.ts";
import { refusalHeaders } from "./read-gate.ts";
import type { HostedSource, ProjectLine, ProjectSource, Source, SourcedPage } from "./sources.ts";

export interface CatalogueDeps {
  readonly hosted: HostedSource;
  readonly mirror: ProjectSource;
  readonly policies: Policies;
}

/** A page of an index, and which of its sources answered. */
export interface FoundPage extends SourcedPage {
  readonly source: Source;
}

/** A file of an upstream that is asked for at its own address. */
export interface AskedFile extends FileTimes {
  /** Normalised. */
  readonly project: string;
  readonly filename: string;
  /** Of the mirror that lists it; absent for one that nobody has been found to list yet. */
  readonly mirrorId?: string;
}

export type Catalogue = ReturnType<typeof createCatalogue>;

type Composed = Pick<Index, "id" | "name" | "sources">;

/**
 * What an index shows, composed of its sources. Who answers for a name: the first hosted source that keeps it (it has, or ever had,
 * such a project, or claims the name) and nobody else, even where that means 404; only for a name that no hosted source keeps, the
 * first mirror that has it. Projects of one name are never merged. A mirror in trouble that does not know the name makes it
 * unknown (503): what stands behind it might be somebody else's.
 */
export function createCatalogue({ hosted, mirror, policies }: CatalogueDeps) {
  async function findKeeper(index: Composed, name: NormalizedName): Promise<Source | undefined> {
    const own = index.sources.filter(isHosted);
    if (own.length === 0) return undefined;
    // Nothing else could answer: no need to know whose the name is.
    if (own.length === 1 && index.sources.every(isHosted)) return own[0];
    const keeper = await hosted.findKeeper(
      own.map(({ id }) => id),
      name,
    );
    return keeper && own.find(({ id }) => id === keeper.id);
  }

  async function readPage(index: Composed, name: NormalizedName): Promise<FoundPage | undefined> {
    if (!isValidName(name)) return undefined;
    const keeper = await findKeeper(index, name);
    if (keeper !== undefined) return found(keeper, await hosted.readPage(keeper, name));
    const mirrored = await readMirrored(index, name);
    // The upstream may have taken its time: whoever uploaded or claimed the name meanwhile was told that it is theirs.
    if (mirrored !== undefined && (await findKeeper(index, name)) !== undefined) return readPage(index, name);
    return mirrored;
  }

  async function readMirrored(index: Composed, name: NormalizedName): Promise<FoundPage | undefined> {
    for (const source of index.sources.filter(isMirror)) {
      const read = found(source, await mirror.readPage(source, name));
      if (read === undefined) continue;
      const { page, changesAt } = await policies.apply(index, read.page);
      const { freshness } = read;
      if (changesAt === undefined) return { ...read, page };
      return { ...read, page, freshness: { ...freshness, until: Math.min(freshness?.until ?? changesAt, changesAt) } };
    }
    return undefined;
  }

  /** Whether a mirror that comes before this one has the name. */
  async function isOfMirrorBefore(
    index: Composed,
    name: NormalizedName,
    mirrorId: string | undefined,
  ): Promise<boolean> {
    const mirrors = index.sources.filter(isMirror);
    const before = mirrors.slice(
      0,
      Math.max(
        0,
        mirrors.findIndex(({ id }) => id === mirrorId),
      ),
    );
    for (const source of before) if ((await mirror.readPage(source, name)) !== undefined) return true;
    return false;
  }

  return {
    /** Throws UpstreamUnavailable (503) where it is not known whether there is such a project. */
    readPage,

    /** Core metadata of a release of a page that `readPage` found; undefined where none can be had, or the name has changed hands. */
    async readMetadata(
      index: Composed,
      { source, page }: Pick<FoundPage, "source" | "page">,
      version: string,
    ): Promise<ReleaseMetadata | undefined> {
      const name = page.name as NormalizedName;
      if (source.kind === "hosted") return hosted.readMetadata(source, name, version);
      if ((await findKeeper(index, name)) !== undefined) return undefined;
      return mirror.readMetadata(source, name, version);
    },

    /** Throws UpstreamUnavailable likewise. */
    async hasProject(index: Composed, name: NormalizedName): Promise<boolean> {
      return (await readPage(index, name)) !== undefined;
    },

    /** Every project of the index that can be listed, by normalised name, byte by byte: what `readPage` would answer. */
    async listLines(index: Composed): Promise<readonly ProjectLine[]> {
      const [only, ...others] = index.sources;
      if (only !== undefined && others.length === 0) return sourceOf(only).listLines(only);
      const lines = new Map<string, ProjectLine>();
      const keepers: string[] = [];
      for (const source of [...index.sources.filter(isHosted), ...index.sources.filter(isMirror)]) {
        const listed = await sourceOf(source).listLines(source);
        const names = listed.map((line) => line.normalizedName);
        const kept = keepers.length === 0 ? nothing : await hosted.listKept(keepers, names);
        for (const line of listed) {
          const name = line.normalizedName;
          if (!kept.has(name) && !lines.has(name)) lines.set(name, line);
        }
        if (isHosted(source)) keepers.push(source.id);
      }
      return [...lines.values()].sort((a, b) => (a.normalizedName < b.normalizedName ? -1 : 1));
    },

    /**
     * Asked before a file of an upstream is served below an index: undefined when it may be, else the refusal. 404 when the name is
     * kept here, or another mirror answers for it; 403 when the file is too young for min-age, with the day it opens. Throws
     * UpstreamUnavailable likewise.
     */
    async mayServe(index: Index, file: AskedFile): Promise<Answer | undefined> {
      const name = file.project as NormalizedName;
      if ((await findKeeper(index, name)) !== undefined || (await isOfMirrorBefore(index, name, file.mirrorId))) {
        return textAnswer(404, "404 Not Found", refusalHeaders(index));
      }
      const withheld = await policies.withhold(index, file);
      if (withheld === undefined) return undefined;
      return { ...textAnswer(403, withheld.reason, refusalHeaders(index)), reason: withheld.reason };
    },

    /** Whether a mirror among these has the name; "unknown" when one that might is in trouble. For a name that is about to be new here. */
    async isUpstream(mirrors: readonly Source[], name: NormalizedName): Promise<boolean | "unknown"> {
      let isUnknown = false;
      for (const source of mirrors) {
        try {
          if ((await mirror.readPage(source, name)) !== undefined) return true;
        } catch (error) {
          if (!(error instanceof Problem) || error.status !== 503) throw error;
          isUnknown = true;
        }
      }
      return isUnknown ? "unknown" : false;
    },

    /** Whether any of these hosted indexes keeps the name. */
    isKept: async (indexIds: readonly string[], name: NormalizedName) =>
      (await hosted.findKeeper(indexIds, name)) !== undefined,
  };

  function sourceOf(source: Source): ProjectSource {
    return source.kind === "hosted" ? hosted : mirror;
  }
}

const nothing: ReadonlySet<string> = new Set();
const isHosted = ({ kind }: Source) => kind === "hosted";
const isMirror = ({ kind }: Source) => kind === "mirror";

function found(source: Source, read: SourcedPage | undefined): FoundPage | undefined {
  return read && { ...read, source };
}
