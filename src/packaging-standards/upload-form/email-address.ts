import { pythonRepr } from "../python-repr.ts";

/** Top-level names that no mail can be sent to (RFC 6761 and others), as the reference refuses them. */
const SPECIAL_USE = ["arpa", "invalid", "local", "localhost", "onion", "test"];

/** Limits of RFC 5321, in characters of the address as it goes over the wire. */
const MAX_ADDRESS = 254;
const MAX_DOMAIN = 253;
const MAX_LABEL = 63;

/**
 * What is wrong with the syntax of an e-mail address, as a sentence, or undefined. Nothing is looked up. Letters outside
 * ASCII are allowed on both sides (RFC 6531); quoted local parts and bare IP addresses are not.
 */
export function emailFault(address: string): string | undefined {
  const split = address.indexOf("@");
  if (split < 0) return "An email address must have an @-sign.";
  return localFault(address.slice(0, split)) ?? domainFault(address.slice(split + 1), address);
}

function localFault(local: string): string | undefined {
  if (local === "") return "There must be something before the @-sign.";
  if (local.startsWith('"')) return "Quoting the part before the @-sign is not allowed here.";
  const wrong = strangers(local, /[^A-Za-z0-9.!#$%&'*+/=?^_`{|}~\-\u0080-\u{10ffff}]/gu);
  if (wrong) return `The email address contains invalid characters before the @-sign: ${wrong}.`;
  if (/^\p{M}|[\p{Z}\p{C}]/u.test(local)) return "The email address contains unsafe characters before the @-sign.";
  if (local.startsWith(".")) return "An email address cannot start with a period.";
  if (local.endsWith(".")) return "An email address cannot have a period immediately before the @-sign.";
  return local.includes("..") ? "An email address cannot have two periods in a row." : undefined;
}

function domainFault(typed: string, address: string): string | undefined {
  if (typed === "") return "There must be something after the @-sign.";
  if (/^\[.*\]$/.test(typed)) return "A bracketed IP address after the @-sign is not allowed here.";
  const wrong = strangers(typed, /[^A-Za-z0-9.\-\u0080-\u{10ffff}]/gu);
  if (wrong) return `The part after the @-sign contains invalid characters: ${wrong}.`;
  const domain = toAscii(typed);
  if (domain === undefined) return "The part after the @-sign is not a valid international domain name.";
  return shapeFault(typed) ?? shapeFault(domain) ?? lengthFault(domain, address) ?? topLevelFault(domain);
}

function shapeFault(domain: string): string | undefined {
  if (domain.startsWith(".")) return "An email address cannot have a period immediately after the @-sign.";
  if (domain.startsWith("-")) return "An email address cannot have a hyphen immediately after the @-sign.";
  if (domain.endsWith(".")) return "An email address cannot end with a period.";
  if (domain.endsWith("-")) return "An email address cannot end with a hyphen.";
  if (domain.includes("..")) return "An email address cannot have two periods in a row.";
  if (/\.-|-\./.test(domain)) return "An email address cannot have a period and a hyphen next to each other.";
  if (/(?:^|\.)(?!xn)[^.]{2}--/.test(domain)) {
    return "After the @-sign, two dashes cannot be the third and fourth character of a name, except in Punycode.";
  }
  return undefined;
}

function lengthFault(domain: string, address: string): string | undefined {
  if (address.length > MAX_ADDRESS) return "The email address is too long.";
  if (domain.length > MAX_DOMAIN) return "The email address is too long after the @-sign.";
  const isLong = domain.split(".").some((label) => label.length > MAX_LABEL);
  return isLong ? `After the @-sign, a name between periods has more than ${MAX_LABEL} characters.` : undefined;
}

function topLevelFault(domain: string): string | undefined {
  const labels = domain.split(".");
  const top = labels.at(-1) ?? "";
  if (labels.length === 1) return "The part after the @-sign is not valid. It should have a period.";
  if (SPECIAL_USE.includes(top)) {
    return "The part after the @-sign is a special-use or reserved name that cannot be used with email.";
  }
  if (/[a-z]$/.test(top) || top.startsWith("xn--")) return undefined;
  return "The part after the @-sign is not valid. It is not within a valid top-level domain.";
}

/** The domain in lower case and Punycode, or undefined when it has none. */
function toAscii(domain: string): string | undefined {
  if (!/[\u0080-\u{10ffff}]/u.test(domain)) return domain.toLowerCase();
  return URL.parse(`http://${domain}/`)?.hostname;
}

/** The characters a pattern finds, each once, as a list for people. */
function strangers(text: string, pattern: RegExp): string {
  const found = [...new Set(text.match(pattern))].sort();
  return found.map((character) => (character === " " ? "SPACE" : pythonRepr(character))).join(", ");
}
