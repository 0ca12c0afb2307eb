/** The drawing: a wedge of cheese seen from its cut side. Shared with favicon.svg, which has no stylesheet. */
const top = "M2.5 17.2 20.6 6.2c4.7.6 7.9 4.6 8.9 11z";
const side = "M2.5 17.2h27v8.3a1.5 1.5 0 0 1-1.5 1.5H4a1.5 1.5 0 0 1-1.5-1.5z";
const holes = ["M9 27a3.2 3.2 0 0 1 6.4 0z", "M7.2 19.6a1.9 1.9 0 1 0 .01 0z", "M20.8 19.4a2.6 2.6 0 1 0 .01 0z"];
const dent = "M19.2 11.2a2.2 1.3 0 1 0 .01 0z";

/** Decoration beside the site's name, hence silent for screen readers. */
export function Logo() {
  return (
    <svg class="logo" viewBox="0 0 32 32" width="32" height="32" aria-hidden="true" focusable="false">
      <path class="logo-top" d={top} />
      <path class="logo-side" d={side} />
      <path class="logo-hole" d={[dent, ...holes].join(" ")} />
    </svg>
  );
}

export const faviconSvg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><path fill="#ffd470" d="${top}"/><path fill="#f0a818" d="${side}"/><path fill="#b06f06" d="${[dent, ...holes].join(" ")}"/></svg>
`;
