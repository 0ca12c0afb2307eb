/** The narrow logger that rooms ask for; pino fits it. Fields first, then a readable sentence that names what it is about. */
export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}
