import { pythonListRepr, pythonRepr } from "../python-repr.ts";

const TYPES = ["text/plain", "text/markdown", "text/x-rst"];
const MARKDOWN_VARIANTS = ["GFM", "CommonMark"];

/** What is wrong with a Description-Content-Type, or undefined: one of three types, UTF-8, a known Markdown variant. */
export function descriptionContentTypeFault(value: string): string | undefined {
  const [type = "", ...rest] = value.split(";");
  const known = type.trim().toLowerCase();
  if (!TYPES.includes(known)) {
    return `'description-content-type' must be one of ${pythonListRepr(TYPES)}, not ${pythonRepr(value)}`;
  }
  const parameters = new Map(rest.map(parameter).reverse());
  const charset = parameters.get("charset") ?? "UTF-8";
  if (charset.toLowerCase() !== "utf-8") {
    return `'description-content-type' can only specify the UTF-8 charset, not ${pythonRepr(charset)}`;
  }
  const variant = parameters.get("variant") ?? "GFM";
  if (known === "text/markdown" && !MARKDOWN_VARIANTS.includes(variant)) {
    const variants = pythonListRepr(MARKDOWN_VARIANTS);
    return `valid Markdown variants for 'description-content-type' are ${variants}, not ${pythonRepr(variant)}`;
  }
  return undefined;
}

function parameter(text: string): [name: string, value: string] {
  const [name = "", ...value] = text.split("=");
  return [
    name.trim().toLowerCase(),
    value
      .join("=")
      .trim()
      .replace(/^"(.*)"$/, "$1"),
  ];
}
