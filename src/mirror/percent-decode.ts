/** A part of an address as it was before it was encoded; as it stands where the encoding is broken. */
export function percentDecode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
