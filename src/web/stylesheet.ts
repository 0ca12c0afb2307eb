import { baseCss } from "./styles/base.ts";
import { colourCss } from "./styles/colours.ts";
import { componentsCss } from "./styles/components.ts";
import { layoutCss } from "./styles/layout.ts";
import { pagesCss } from "./styles/pages.ts";

/**
 * The one stylesheet. It is text in modules, not files, so that it is the same under tsx, vitest and in the bundle; later
 * parts win over earlier ones.
 */
export const stylesheet = [colourCss, baseCss, layoutCss, componentsCss, pagesCss].join("");
