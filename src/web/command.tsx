/** Lines to paste into a shell, one command each. The page's script adds a copy button. */
export function Command({ lines }: { readonly lines: readonly string[] }) {
  return (
    <div class="command" data-copy>
      <pre>
        <code>{lines.join("\n")}</code>
      </pre>
    </div>
  );
}
