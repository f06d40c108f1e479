/** The part of a pino logger that the store writes to. */
export interface StoreLogger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

const ignore = (): void => undefined;

/** Writes nothing. */
export const silentLogger: StoreLogger = { debug: ignore, info: ignore, warn: ignore };
