import type { Db } from "../platform/db/pool.ts";
import { IndexExists, IndexUnfit } from "./errors.ts";
import { insertIndex, type NewIndex, reaches, replaceMembers } from "./manage-queries.ts";
import { getIndex, type IndexState } from "./queries.ts";

export interface IndexRequest extends NewIndex {
  /** Names of a union's members, in order. Its own name among them: it holds projects of its own as well. */
  readonly members: readonly string[];
}

/** What the table allows. */
const NAME = /^[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?$/;

/** Makes an index, in a transaction of the caller. Throws IndexUnfit, IndexExists, IndexNotFound. */
export async function createIndex(trx: Db, request: IndexRequest): Promise<IndexState> {
  const { name, kind, members } = request;
  if (!NAME.test(name)) {
    throw new IndexUnfit(`'${name}' is no name of an index: letters a to z, digits and - between them, 64 at most.`);
  }
  if (kind === "union" && members.length === 0) throw new IndexUnfit("A union needs members, in their order.");
  if (kind !== "union" && members.length > 0)
    throw new IndexUnfit(`Only a union has members; ${name} is to be ${kind}.`);
  if (kind === "mirror" && (request.isVolatile || request.keepDevelopmentReleases !== null)) {
    throw new IndexUnfit("A mirror takes no uploads: nothing in it can be volatile or thinned out.");
  }
  if (new Set(members).size < members.length) throw new IndexUnfit("A member is named twice.");
  const id = await insertIndex(trx, request);
  if (id === undefined) throw new IndexExists(name);
  if (kind === "union") await setMembers(trx, { id, name }, members);
  return getIndex(trx, name);
}

/**
 * Gives a union its members. Throws IndexNotFound, and IndexUnfit when it would contain itself through others; being its own direct
 * member is how it holds projects of its own.
 */
export async function setMembers(
  trx: Db,
  union: { readonly id: string; readonly name: string },
  names: readonly string[],
): Promise<void> {
  const members: string[] = [];
  for (const name of names) {
    const member = await getIndex(trx, name);
    if (member.id !== union.id && (await reaches(trx, member.id, union.id))) {
      throw new IndexUnfit(`${union.name} would contain itself: it is a part of ${name}.`);
    }
    members.push(member.id);
  }
  await replaceMembers(trx, union.id, members);
}
