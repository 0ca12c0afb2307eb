interface TimeProps {
  /** UTC as RFC 3339 writes it: `2026-01-02T03:04:05.000600Z`. */
  readonly at: string;
  /** Day only, for tables; the whole moment stays in `datetime`. */
  readonly isDay?: boolean;
  /** Leaves a line below, where the page's script says how long ago that was: pages are kept, so we cannot. */
  readonly hasAge?: boolean;
}

/** A moment, absolute and with its zone. */
export function Time({ at, isDay = false, hasAge = false }: TimeProps) {
  const day = at.slice(0, 10);
  return (
    <>
      <time dateTime={at} title={isDay ? `${day} ${at.slice(11, 19)} UTC` : undefined}>
        {isDay ? day : `${day} ${at.slice(11, 16)} UTC`}
      </time>
      {hasAge && <span class="age" data-age={at} />}
    </>
  );
}
