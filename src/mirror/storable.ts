/** A text of an upstream as PostgreSQL can keep it: without NUL, and without halves of characters, which no UTF-8 has. */
export function storable(text: string): string {
  return text.replaceAll("\0", "").toWellFormed();
}

export function storableOrNull(text: string | null): string | null {
  return text === null ? null : storable(text);
}
