const longestReason = 500;

/**
 * Makes any text fit for an HTTP status line (RFC 9112 §4): runs of control characters become one space, characters
 * outside latin-1 become `?`, at most 500 characters. A newline that reached the status line would end the process.
 */
export function reasonPhrase(text: string): string {
  return (
    text
      // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this removes
      .replace(/[\x00-\x1f\x7f-\x9f\u2028\u2029]+/gu, " ")
      .replace(/[^\x20-\xff]/gu, "?")
      .slice(0, longestReason)
      .trim()
  );
}
