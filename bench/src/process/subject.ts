import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { BenchFailure } from '../errors.ts';
import { parseLine, type Line } from './lines.ts';
import { usageOf, type Usage } from './usage.ts';

/** How a measured process is started. */
export interface SubjectCommand {
  readonly program: string;
  readonly args: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
}

const startLimitMs = 60_000;
const answerLimitMs = 360_000;
const stopLimitMs = 10_000;

/**
 * A process that is measured. It says one line `{"event":"ready"}`, then answers every line on its standard input with one JSON line.
 * It ends when its standard input does, so it cannot outlive the benchmark.
 */
export class Subject {
  readonly #child: ChildProcess;
  readonly #lines: Line[] = [];
  readonly #ended: Promise<void>;
  #errors = '';
  #failure: BenchFailure | undefined;
  #wake: () => void = () => undefined;

  private constructor(command: SubjectCommand) {
    this.#child = spawn(command.program, command.args, {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...process.env, ...command.env },
    });
    this.#ended = new Promise((resolve) => {
      this.#child.once('close', () => {
        resolve();
      });
    });
    this.#listen(command.program);
  }

  /** Starts the process and waits until it says that it is ready. */
  static async start(command: SubjectCommand): Promise<Subject> {
    const subject = new Subject(command);
    try {
      await subject.#next(startLimitMs);
      return subject;
    } catch (error) {
      await subject.stop();
      throw error;
    }
  }

  get pid(): number {
    if (this.#child.pid === undefined) throw new BenchFailure('The measured process did not start.');
    return this.#child.pid;
  }

  usage(): Usage {
    return usageOf(this.pid);
  }

  /** Sends one command and answers with the line that it is answered with. */
  async ask(command: string): Promise<Line> {
    this.#child.stdin?.write(`${command}\n`);
    return await this.#next(answerLimitMs);
  }

  /** Ends it. May be called twice. */
  async stop(): Promise<void> {
    this.#child.stdin?.end();
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), stopLimitMs);
    await this.#ended;
    clearTimeout(timer);
  }

  #listen(program: string): void {
    const { stdin, stdout, stderr } = this.#child;
    const fail = (what: string): void => {
      this.#failure ??= new BenchFailure(`${program} ${what}${this.#errors === '' ? '' : `:\n${this.#errors}`}`);
      this.#wake();
    };
    // A process that has ended does not read: its exit is what is told.
    stdin?.on('error', () => undefined);
    stderr?.on('data', (chunk: Buffer) => {
      this.#errors = (this.#errors + chunk.toString()).slice(-4_000);
    });
    if (stdout !== null) {
      createInterface(stdout).on('line', (text) => {
        this.#take(text);
      });
    }
    this.#child.once('error', (error) => {
      fail(`could not be started (${error.message})`);
    });
    this.#child.once('close', (code, signal) => {
      fail(`ended (${signal ?? String(code)})`);
    });
  }

  #take(text: string): void {
    try {
      this.#lines.push(parseLine(text));
    } catch (error) {
      this.#failure ??= error as BenchFailure;
    }
    this.#wake();
  }

  async #next(limitMs: number): Promise<Line> {
    const deadline = performance.now() + limitMs;
    for (;;) {
      const line = this.#lines.shift();
      if (line !== undefined) return line;
      if (this.#failure !== undefined) throw this.#failure;
      const leftMs = deadline - performance.now();
      if (leftMs <= 0) throw new BenchFailure(`A measured process was silent for ${String(limitMs / 1000)} s.`);
      await this.#event(leftMs);
    }
  }

  async #event(limitMs: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, limitMs);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
