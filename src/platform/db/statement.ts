import { CompiledQuery } from "kysely";
import type { Db } from "./pool.ts";

/** A statement and what it is sent with. Nothing happens until it is run or sent in a transaction. */
export interface Statement<Row = unknown> {
  readonly text: string;
  readonly values: readonly unknown[];
  /** Never there: the shape of the rows, for the compiler. */
  readonly row?: Row;
}

const texts = new WeakMap<TemplateStringsArray, string>();

/**
 * A statement from a template; what stands in `${…}` becomes a parameter, never text. For what runs with every upload: the
 * text is put together once, where Kysely does so each time.
 */
export function statement<Row>(parts: TemplateStringsArray, ...values: unknown[]): Statement<Row> {
  let text = texts.get(parts);
  if (text === undefined) {
    text = parts.reduce((before, part, at) => `${before}$${at}${part}`);
    texts.set(parts, text);
  }
  return { text, values };
}

/** Runs a statement alone, or in the transaction that `db` is. */
export async function run<Row>(db: Db, { text, values }: Statement<Row>): Promise<Row[]> {
  const { rows } = await db.executeQuery<Row>(CompiledQuery.raw(text, [...values]));
  return rows;
}
