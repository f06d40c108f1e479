import type { Logger } from '../logger.ts';

/** Keeps every entry, for tests about what is said. */
export class RecordingLogger implements Logger {
  readonly entries: { level: string; message: string; fields: Record<string, unknown> }[] = [];

  debug(fields: object, message: string): void {
    this.#keep('debug', fields, message);
  }
  info(fields: object, message: string): void {
    this.#keep('info', fields, message);
  }
  warn(fields: object, message: string): void {
    this.#keep('warn', fields, message);
  }
  error(fields: object, message: string): void {
    this.#keep('error', fields, message);
  }

  /** Messages of one level. */
  messages(level: string): string[] {
    return this.entries.filter((entry) => entry.level === level).map((entry) => entry.message);
  }

  #keep(level: string, fields: object, message: string): void {
    this.entries.push({ level, message, fields: { ...fields } });
  }
}
