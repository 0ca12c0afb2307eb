import { NotAccepted } from "./invalid-archive.ts";
import type { TarMember } from "./tar-members.ts";

/** Systems give up after about this many symbolic links in one path. */
const MAX_HOPS = 40;
/** Characters of paths that are looked at for one archive: honest ones need a hundredth. */
const MAX_WORK = 64 * 1024 * 1024;

/**
 * Collects the links of a tar and, at its end, refuses those that lead outside the folder it is unpacked in, also by way
 * of other links of the archive. `add` and `check` throw NotAccepted.
 */
export function createLinkGuard() {
  const symbolic = new Map<string, string>();
  const starts: { readonly folder: readonly string[]; readonly target: string }[] = [];
  return {
    add({ name, kind, linkName }: TarMember): void {
      if (kind !== "hard link" && kind !== "symbolic link") return;
      if (linkName.startsWith("/") || linkName.includes("\\") || /^[a-z]:/i.test(linkName)) throw escapes();
      const path = segmentsOf(name);
      if (kind === "symbolic link") {
        symbolic.set(path.join("/"), linkName);
        starts.push({ folder: path.slice(0, -1), target: linkName });
      } else {
        starts.push({ folder: [], target: linkName });
      }
    },
    check(): void {
      const work = { left: MAX_WORK };
      for (const { folder, target } of starts) follow(folder, target, symbolic, work);
    },
  };
}

/** Walks a target as a system would: `..` counts from where a link on the way has led. A loop ends the walk, inside. */
function follow(
  folder: readonly string[],
  target: string,
  symbolic: ReadonlyMap<string, string>,
  work: { left: number },
): void {
  const at = [...folder];
  work.left -= target.length;
  const ahead = segmentsOf(target).reverse();
  let hops = 0;
  for (let segment = ahead.pop(); segment !== undefined; segment = ahead.pop()) {
    if (segment === "..") {
      if (at.pop() === undefined) throw escapes();
      continue;
    }
    at.push(segment);
    const path = at.join("/");
    work.left -= path.length;
    if (work.left < 0) throw new NotAccepted("Too many links");
    const next = symbolic.get(path);
    if (next === undefined) continue;
    if (++hops > MAX_HOPS) return;
    at.pop();
    work.left -= next.length;
    ahead.push(...segmentsOf(next).reverse());
  }
}

function segmentsOf(path: string): string[] {
  return path.split("/").filter((segment) => segment !== "" && segment !== ".");
}

function escapes(): NotAccepted {
  return new NotAccepted("Links must stay inside the archive");
}
