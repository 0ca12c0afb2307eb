import { NotAccepted, tarUnreadable } from "./invalid-archive.ts";
import { MAX_NAME_LENGTH } from "./member-paths.ts";
import { type PaxRecords, parsePaxRecords } from "./pax-records.ts";
import { isZeroBlock, parseTarHeader, readText, TAR_BLOCK, type TarHeader } from "./tar-header.ts";

export interface TarMember {
  /** Without the slash that folders may end in. */
  readonly name: string;
  readonly kind: "file" | "hard link" | "symbolic link" | "folder" | "other";
  /** Empty unless it is a link. */
  readonly linkName: string;
  readonly size: number;
  readonly isSparse: boolean;
  /** The contents of a file, to be asked for before the next member is. Throws InvalidArchive when cut off. */
  read(): Promise<Buffer>;
}

/** Bytes that a long name or a set of pax records may have. */
const MAX_EXTENSION = 1024 * 1024;

/**
 * The members of a tar in their order, as Python's tarfile sees them, since that is what unpacks them: links hold no
 * data whatever their size says, a zero block ends the archive, global pax records apply to every member after them.
 * Throws InvalidArchive where a header or the data is damaged or cut off.
 */
export async function* tarMembers(chunks: AsyncGenerator<Buffer, void, undefined>): AsyncGenerator<TarMember> {
  const source = createSource(chunks);
  let globals: PaxRecords = {};
  let own: PaxRecords = {};
  let longName: string | undefined;
  let longLink: string | undefined;
  let isExtended = false;
  try {
    for (;;) {
      const block = await source.take(TAR_BLOCK);
      if (block.length === 0 || (block.length === TAR_BLOCK && isZeroBlock(block))) {
        if (isExtended) throw tarUnreadable();
        return;
      }
      const header = block.length === TAR_BLOCK ? parseTarHeader(block) : undefined;
      if (header === undefined) throw tarUnreadable();
      if ("xXgLK".includes(header.type)) {
        isExtended = true;
        const data = await readExtension(source, header);
        if (header.type === "L") longName = readText(data);
        else if (header.type === "K") longLink = readText(data);
        else if (header.type === "g") globals = { ...globals, ...readPax(data) };
        else own = readPax(data);
        continue;
      }
      const pax = { ...globals, ...own };
      const name = pax.path ?? longName ?? header.name;
      const linkName = pax.linkpath ?? longLink ?? header.linkName;
      const member = describe(header, name, linkName, pax);
      const end = source.position + blocks(dataSize(member.kind, member.size));
      yield { ...member, read: () => source.takeAll(member.size) };
      await source.skipTo(end);
      own = {};
      isExtended = false;
      longName = undefined;
      longLink = undefined;
    }
  } finally {
    await chunks.return();
  }
}

function describe(header: TarHeader, name: string, linkName: string, pax: PaxRecords): Omit<TarMember, "read"> {
  const kind = kindOf(header.type, header.name);
  const isLink = kind === "hard link" || kind === "symbolic link";
  const said = pax.size;
  if (said !== undefined && !/^[0-9]{1,15}$/.test(said)) throw tarUnreadable();
  if (Math.max(name.length, linkName.length) > MAX_NAME_LENGTH) throw new NotAccepted("Too long member names");
  return {
    name: withoutFinalSlashes(name),
    kind,
    linkName: isLink ? linkName : "",
    size: said === undefined ? header.size : Number(said),
    isSparse: header.type === "S" || pax.isSparse === true,
  };
}

/** Old programs mark a folder by its slash alone. A type nobody knows is read as a file, as POSIX asks. */
function kindOf(type: string, name: string): TarMember["kind"] {
  if (type === "\0" && name.endsWith("/")) return "folder";
  if (type === "1") return "hard link";
  if (type === "2") return "symbolic link";
  if (type === "5") return "folder";
  return "346".includes(type) ? "other" : "file";
}

/** By hand: a regular expression takes quadratic time on thousands of slashes. */
function withoutFinalSlashes(name: string): string {
  let end = name.length;
  while (end > 1 && name[end - 1] === "/") end--;
  return name.slice(0, end);
}

function dataSize(kind: TarMember["kind"], size: number): number {
  return kind === "file" ? size : 0;
}

function blocks(size: number): number {
  return Math.ceil(size / TAR_BLOCK) * TAR_BLOCK;
}

function readPax(data: Buffer): PaxRecords {
  const records = parsePaxRecords(data);
  if (records === undefined) throw tarUnreadable();
  return records;
}

/** Python reads past the announced size to the end of the block, others do not: nothing may stand there. */
async function readExtension(source: Source, { size }: TarHeader): Promise<Buffer> {
  if (size > MAX_EXTENSION) throw new NotAccepted("Too long extended headers");
  const data = await source.takeAll(blocks(size));
  if (!isZeroBlock(data.subarray(size))) throw tarUnreadable();
  return data.subarray(0, size);
}

type Source = ReturnType<typeof createSource>;

/** Takes exact lengths out of chunks of any length. */
function createSource(chunks: AsyncGenerator<Buffer, void, undefined>) {
  let held: Buffer = Buffer.alloc(0);
  let position = 0;

  /** At most `length` bytes, fewer only at the end. */
  async function take(length: number): Promise<Buffer> {
    if (held.length < length) {
      const parts = [held];
      let filled = held.length;
      while (filled < length) {
        const next = await chunks.next();
        if (next.done) break;
        parts.push(next.value);
        filled += next.value.length;
      }
      held = Buffer.concat(parts);
    }
    const taken = held.subarray(0, length);
    held = held.subarray(taken.length);
    position += taken.length;
    return taken;
  }

  return {
    take,
    get position() {
      return position;
    },
    async takeAll(length: number): Promise<Buffer> {
      const taken = await take(length);
      if (taken.length < length) throw tarUnreadable();
      return taken;
    },
    async skipTo(target: number): Promise<void> {
      while (position < target) {
        if (held.length === 0) {
          const next = await chunks.next();
          if (next.done) throw tarUnreadable();
          held = next.value;
        }
        const skipped = Math.min(held.length, target - position);
        held = held.subarray(skipped);
        position += skipped;
      }
    },
  };
}
