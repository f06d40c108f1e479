import type { SignalSource } from './diagnostics.ts';
import { derivedFrom } from './logger.ts';
import type { Logger, LogLevel } from './logger.ts';

export interface LogLevelSwitchOptions {
  readonly logger: Logger;
  /** How long more is told, in milliseconds. Default ten minutes: a level that is forgotten fills disks. */
  readonly forMs?: number;
  readonly host?: SignalSource;
}

const MORE: LogLevel = 'debug';
const TEN_MINUTES_MS = 600_000;

/**
 * On SIGHUP the log tells everything from `debug` on, for ten minutes or until the next SIGHUP: to look into a process in trouble, which a restart would
 * end. Who may send signals to a process may see its log.
 */
export function offerLogLevelSwitch({ logger, forMs = TEN_MINUTES_MS, host = process }: LogLevelSwitchOptions): void {
  const usual = logger.level;
  let timer: NodeJS.Timeout | undefined;
  const set = (level: string): void => {
    for (const one of [logger, ...derivedFrom(logger)]) one.level = level;
  };
  const back = (): void => {
    clearTimeout(timer);
    timer = undefined;
    logger.info({ logLevel: usual }, 'the log tells as much as usual again');
    set(usual);
  };
  host.on('SIGHUP', () => {
    if (timer !== undefined) {
      back();
      return;
    }
    set(MORE);
    timer = setTimeout(back, forMs).unref();
    logger.info({ logLevel: MORE, forSeconds: forMs / 1_000 }, 'the log tells more for a while; SIGHUP ends that');
  });
}
