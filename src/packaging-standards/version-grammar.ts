// The pieces of a PEP 440 version as sources of regular expressions (to be used ignoring case): versions and specifiers
// are put together from them. Each group that captures is one that the reader of versions needs.

/** `v`, the epoch, the release numbers. */
export const VERSION_START = "v?(?:([0-9]+)!)?([0-9]+(?:\\.[0-9]+)*)";

const PRE = "(?:[-_.]?(alpha|a|beta|b|preview|pre|c|rc)[-_.]?([0-9]+)?)?";
const POST = "(?:-([0-9]+)|[-_.]?(post|rev|r)[-_.]?([0-9]+)?)?";
const DEV = "(?:[-_.]?(dev)[-_.]?([0-9]+)?)?";

/** The pre-release, post-release and development parts, all optional. */
export const VERSION_SUFFIXES = PRE + POST + DEV;

/** The local part, not optional. */
export const VERSION_LOCAL = "(?:\\+([a-z0-9]+(?:[-_.][a-z0-9]+)*))";
