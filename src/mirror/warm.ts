import type { ProjectPage, Source, UpstreamFile } from "../indexes/index.ts";
import { filterVersions, findVersion, parseWheelFilename, sortVersions } from "../packaging-standards/index.ts";
import type { Db } from "../platform/db/pool.ts";
import { Problem } from "../platform/errors/problem.ts";
import { FileGone } from "./errors.ts";
import type { Fetcher } from "./fetcher.ts";
import { findPromisedFiles } from "./kept-queries.ts";
import type { Wanted } from "./wanted.ts";

/** Who answers for a name, and with what; undefined when nobody has it. Throws UpstreamUnavailable. */
export type FindPage = (
  name: Wanted["name"],
) => Promise<{ readonly source: Source; readonly page: ProjectPage } | undefined>;

export interface WarmDeps {
  readonly db: Db;
  readonly fetcher: Pick<Fetcher, "openFile" | "fetchMetadataSibling">;
  readonly findPage: FindPage;
  /** Of wheels for certain platforms those alone that this says yes to; the others are always fetched. */
  readonly wantsWheel: (filename: string) => boolean;
}

/** A file that is to be here afterwards. */
export interface PlannedFile {
  readonly source: Source;
  readonly file: UpstreamFile;
  readonly isKept: boolean;
}

/** What became of one wanted project before any file was fetched. */
export type Planned = { readonly files: readonly PlannedFile[] } | { readonly passedOver: string };

export function createWarm({ db, fetcher, findPage, wantsWheel }: WarmDeps) {
  function chosen(page: ProjectPage, { filenames, hashes, specifiers }: Wanted): readonly UpstreamFile[] {
    const files = page.files.filter((file) => file.upstream !== undefined);
    if (filenames !== undefined) return files.filter((file) => filenames.has(file.filename) && isWanted(file));
    const versions = sortVersions([...new Set(files.map((file) => file.version))], (version) => version);
    const fitting = specifiers === undefined ? versions : filterVersions(specifiers, versions);
    const newest = withoutYanked(fitting, files)
      .filter((version) => findVersion(version) !== undefined)
      .at(-1);
    return files.filter(
      (file) =>
        file.version === newest &&
        (hashes === undefined || (file.sha256 !== null && hashes.has(file.sha256))) &&
        isWanted(file),
    );
  }

  function isWanted({ filename }: UpstreamFile): boolean {
    return isForOnePlatform(filename) ? wantsWheel(filename) : true;
  }

  return {
    /** Finds the files of one wanted project, and which of them are here already. Throws what `findPage` throws. */
    async plan(wanted: Wanted): Promise<Planned> {
      const found = await findPage(wanted.name);
      if (found === undefined) return { passedOver: "the index has no such project" };
      const { source, page } = found;
      if (source.kind === "hosted") return { passedOver: "it is hosted here" };
      const files = chosen(page, wanted);
      if (files.length === 0) return { passedOver: "the upstream lists no such file" };
      return { files: await Promise.all(files.map((file) => planned(source, file))) };
    },

    /** Fetches one file, its metadata first; the bytes that came. Throws UpstreamUnavailable, FileGone, DownloadFailed. */
    async fetch({ source, file }: PlannedFile): Promise<number> {
      const address = { address: file.upstream.address, filename: file.filename };
      if (file.filename.endsWith(".whl")) await fetcher.fetchMetadataSibling(source, address).catch(ignoreProblem);
      let bytes = 0;
      for await (const chunk of (await fetcher.openFile(source, address)).read(0)) bytes += (chunk as Buffer).length;
      return bytes;
    },
  };

  async function planned(source: Source, file: UpstreamFile): Promise<PlannedFile> {
    const [row] = await findPromisedFiles(db, [source.id], { address: file.upstream.address, filename: file.filename });
    return { source, file, isKept: row?.blob !== null && row?.blob !== undefined };
  }
}

/** Releases that were taken back are for those who name them alone. */
function withoutYanked(versions: readonly string[], files: readonly UpstreamFile[]): readonly string[] {
  const good = new Set(files.filter((file) => !file.upstream.isYanked).map((file) => file.version));
  const left = versions.filter((version) => good.has(version));
  return left.length > 0 ? left : versions;
}

function isForOnePlatform(filename: string): boolean {
  if (!filename.endsWith(".whl")) return false;
  try {
    return !parseWheelFilename(filename).platforms.includes("any");
  } catch {
    // A strange name is fetched rather than missed.
    return false;
  }
}

/** Without the sibling, installers read it out of the wheel. */
function ignoreProblem(error: unknown): false {
  if (error instanceof Problem || error instanceof FileGone) return false;
  throw error;
}
