import type { Addresses, FileEntry } from "../indexes/index.ts";
import { formatBytes, Time } from "../web/index.ts";
import { runsOn } from "./runs-on.ts";

interface FilesTableProps {
  readonly files: readonly FileEntry[];
  readonly addresses: Addresses;
  readonly indexName: string;
}

/** The files of a release: what each runs on, its size, date and, behind a click, digest. */
export function FilesTable({ files, addresses, indexName }: FilesTableProps) {
  return (
    <table class="table stacks files">
      <thead>
        <tr>
          <th scope="col">File</th>
          <th scope="col">Runs on</th>
          <th scope="col" class="number">
            Size
          </th>
          <th scope="col">Uploaded</th>
        </tr>
      </thead>
      <tbody>
        {files.map((file) => (
          <FileRow file={file} href={addresses.file(indexName, file)} />
        ))}
      </tbody>
    </table>
  );
}

/** A file name that may be broken after each of its parts, which copying does not see. */
function breakable(filename: string) {
  return filename.split(/(?<=[_.])/).map((part, position) => (
    <>
      {position > 0 && <wbr />}
      {part}
    </>
  ));
}

function FileRow({ file, href }: { readonly file: FileEntry; readonly href: string }) {
  const { interpreters, platforms } = runsOn(file);
  return (
    <tr>
      <th scope="row">
        <a href={href}>{breakable(file.filename)}</a>
        <details class="digest">
          <summary>SHA-256</summary>
          <code>{file.sha256 ?? "not known yet"}</code>
        </details>
      </th>
      <td class="wide">
        {interpreters.join(", ")}
        {platforms.length > 0 && <div class="small muted">{platforms.join(", ")}</div>}
      </td>
      <td class="number">{file.size === null ? "" : formatBytes(file.size)}</td>
      <td>{file.uploadedAt !== null && <Time at={file.uploadedAt} isDay />}</td>
    </tr>
  );
}
