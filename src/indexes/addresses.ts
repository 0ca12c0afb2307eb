import { addressDigest, type FileEntry } from "./project-page.ts";

/**
 * Where things answer. Paths are absolute within the origin and carry the base path of the public URL; `absolute` adds the
 * public origin, which is a setting and never a Host header.
 */
export interface Addresses {
  /** The public URL without its last slash. */
  readonly publicUrl: string;
  readonly basePath: string;
  readonly help: (anchor: string) => string;
  /** The first page of an index. */
  readonly home: (index: string) => string;
  readonly upload: (index: string) => string;
  readonly simple: (index: string, project?: string) => string;
  readonly project: (index: string, project: string, version?: string) => string;
  readonly json: (index: string, project: string, version?: string) => string;
  /** Path-absolute, or on the files host when one is set. */
  readonly file: (index: string, file: FileEntry) => string;
  /** The same with scheme and host, for interfaces that promise whole addresses. */
  readonly absoluteFile: (index: string, file: FileEntry) => string;
  readonly absolute: (path: string) => string;
}

export interface AddressSettings {
  /** `https://index.example/base`, with or without a last slash. */
  readonly publicUrl: string;
  readonly filesUrl?: string | undefined;
  readonly uploadUrl?: string | undefined;
}

/** A segment of a path: like the reference, what RFC 3986 allows in a segment stays as it is. */
export function pathSegment(text: string): string {
  return encodeURIComponent(text).replace(/%(?:2B|3A|40|24|26|2C|3B|3D)/g, (escaped) => decodeURIComponent(escaped));
}

export function createAddresses(settings: AddressSettings): Addresses {
  const publicUrl = settings.publicUrl.replace(/\/+$/, "");
  const parsed = new URL(publicUrl);
  const basePath = parsed.pathname.replace(/\/+$/, "");
  const filesUrl = settings.filesUrl?.replace(/\/+$/, "");
  const root = (index: string) => (index === "main" ? basePath : `${basePath}/i/${index}`);
  const absolute = (path: string) => `${parsed.origin}${path}`;
  const filePath = (file: FileEntry) => {
    const b = addressDigest(file);
    return `/packages/${b.slice(0, 2)}/${b.slice(2, 4)}/${b.slice(4)}/${pathSegment(file.filename)}`;
  };
  // On a files host of its own every index has the same root; the address is the digest's, so they cannot collide.
  const indexSuffix = (index: string) => (index === "main" ? "" : `/i/${index}`);
  return {
    publicUrl,
    basePath,
    help: (anchor) => `${publicUrl}/help/#${anchor}`,
    home: (index) => `${root(index)}/`,
    upload: (index) => (index === "main" && settings.uploadUrl) || absolute(`${root(index)}/legacy/`),
    simple: (index, project) => `${root(index)}/simple/${project === undefined ? "" : `${project}/`}`,
    project: (index, project, version) =>
      `${root(index)}/project/${pathSegment(project)}/${version === undefined ? "" : `${pathSegment(version)}/`}`,
    json: (index, project, version) =>
      `${root(index)}/pypi/${[project, ...(version === undefined ? [] : [version])].map(pathSegment).join("/")}/json`,
    file: (index, file) =>
      filesUrl === undefined ? root(index) + filePath(file) : filesUrl + indexSuffix(index) + filePath(file),
    absoluteFile: (index, file) =>
      filesUrl === undefined ? absolute(root(index) + filePath(file)) : filesUrl + indexSuffix(index) + filePath(file),
    absolute,
  };
}
