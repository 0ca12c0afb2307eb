import type { ComponentChildren } from "preact";

export interface Choice {
  readonly id: string;
  readonly label: string;
  readonly content: ComponentChildren;
}

interface SwitchProps {
  /** Unique on the page. */
  readonly name: string;
  /** What is being chosen, for those who do not see the row of choices. */
  readonly legend: string;
  readonly choices: readonly Choice[];
}

/** Shows one of several contents: radio buttons and CSS, so that it works without scripts and by keyboard. */
export function Switch({ name, legend, choices }: SwitchProps) {
  return (
    <fieldset class="switch">
      <legend class="unseen">{legend}</legend>
      {choices.map(({ id, label, content }, position) => (
        <>
          <input type="radio" class="unseen" name={name} id={`${name}-${id}`} checked={position === 0} />
          <label for={`${name}-${id}`}>{label}</label>
          <div class="switch-content">{content}</div>
        </>
      ))}
    </fieldset>
  );
}
