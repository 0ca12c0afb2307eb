// `--upstream`: the main index in front of another one, and back again.
import {
  createIndex,
  findIndex,
  getIndex,
  isMadePrivate,
  listMembers,
  lockIndex,
  setKind,
  setMembers,
  setVisibility,
} from "../indexes/index.ts";
import { setUpstream } from "../mirror/index.ts";
import type { Db } from "../platform/db/pool.ts";
import { CommandFailed } from "./terminal.ts";

/** The mirror that the setting makes. */
const MIRROR = "upstream";

/**
 * Makes `main` a union of what is uploaded to it and a mirror of this address. Its id, tokens, addresses and serials stay. Returns
 * what the address is in comparison with the last one. Throws CommandFailed when somebody uses the mirror's name otherwise.
 */
export function putInFront(db: Db, url: string): Promise<"new" | "same" | "changed"> {
  return db.transaction().execute(async (trx) => {
    await lockIndex(trx, "main");
    const main = await getIndex(trx, "main");
    const mirror =
      (await findIndex(trx, MIRROR)) ??
      (await createIndex(trx, {
        name: MIRROR,
        kind: "mirror",
        isPrivate: false,
        isVolatile: false,
        keepDevelopmentReleases: null,
        members: [],
      }));
    if (mirror.kind !== "mirror" || main.kind === "mirror") {
      throw new CommandFailed(
        `--upstream needs a mirror named ${MIRROR} behind the index main, and there is an index of another kind with that name`,
      );
    }
    const outcome = await setUpstream(trx, mirror.id, url);
    if (!main.sources.some(({ id }) => id === mirror.id)) {
      const members = main.kind === "union" ? (await listMembers(trx, main.id)).map(({ name }) => name) : ["main"];
      await setMembers(trx, main, [...members, MIRROR]);
      await setKind(trx, main.id, "union");
    }
    return outcome;
  });
}

/** `--upstream off`: takes the mirror out of `main`. What it knows stays with it, under its own address. False when it was not in. */
export function takeFromFront(db: Db): Promise<boolean> {
  return db.transaction().execute(async (trx) => {
    await lockIndex(trx, "main");
    const main = await getIndex(trx, "main");
    const members = (await listMembers(trx, main.id)).map(({ name }) => name);
    if (!members.includes(MIRROR)) return false;
    const others = members.filter((name) => name !== MIRROR);
    const isAlone = others.every((name) => name === "main");
    await setMembers(trx, main, isAlone ? [] : others);
    if (isAlone) await setKind(trx, main.id, "hosted");
    return true;
  });
}

/** The mirror is read by whoever may read `main`: it shows what people there install. */
export async function shareVisibility(db: Db): Promise<void> {
  const main = await getIndex(db, "main");
  if (!main.sources.some(({ name }) => name === MIRROR)) return;
  await setVisibility(db, MIRROR, await isMadePrivate(db, main.id));
}
