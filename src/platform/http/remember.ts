/**
 * The same pure function of a string, remembering the answers to the first `limit` different strings. For fields that
 * come from a handful of clients in a handful of spellings; strings over 256 characters are never kept.
 */
export function remember<Result>(answer: (text: string) => Result, limit = 256): (text: string) => Result {
  const known = new Map<string, Result>();
  return (text) => {
    const found = known.get(text);
    if (found !== undefined) return found;
    const result = answer(text);
    if (known.size < limit && text.length <= 256) known.set(text, result);
    return result;
  };
}
