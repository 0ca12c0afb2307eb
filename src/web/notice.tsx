import type { ComponentChildren } from "preact";

interface NoticeProps {
  /** `warning`: think before you install. `danger`: you cannot, or should not. */
  readonly tone: "info" | "warning" | "danger";
  /** The state in a word or two; colour is never the only signal. */
  readonly title: string;
  readonly children?: ComponentChildren;
}

export function Notice({ tone, title, children }: NoticeProps) {
  return (
    <p class={`notice notice-${tone}`}>
      <strong>{title}.</strong> {children}
    </p>
  );
}
