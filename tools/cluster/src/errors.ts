/** Base of every error of this package. `message` names what failed and why; `remedy` what the reader can do about it. */
export class ClusterError extends Error {
  readonly remedy: string | undefined;

  constructor(message: string, remedy?: string, options?: ErrorOptions) {
    super(remedy === undefined ? message : `${message}\n${remedy}`, options);
    this.name = new.target.name;
    this.remedy = remedy;
  }
}

/** The command line does not say what to do. */
export class UsageError extends ClusterError {}

/** Something the machine must have is not there and could not be installed. */
export class PrerequisiteMissing extends ClusterError {}

/** What was asked for cannot be done by this provider, profile or node count. */
export class NotSupported extends ClusterError {}

/** The name, port or lock is in use by something else. */
export class Taken extends ClusterError {}

/** The verb needs a running cluster. */
export class NotRunning extends ClusterError {}

/** A program ended with an exit code other than 0, or did not end in time. */
export class CommandFailed extends ClusterError {
  readonly exitCode: number;
  readonly stderr: string;

  constructor(command: string, result: { exitCode: number; stdout: string; stderr: string }) {
    const said = (result.stderr.trim() || result.stdout.trim()).split('\n').slice(-12).join('\n');
    super(`${command} ended with exit code ${String(result.exitCode)}${said ? `:\n${said}` : '.'}`);
    this.exitCode = result.exitCode;
    this.stderr = result.stderr;
  }
}

/** A part of the cluster ended, or was not ready in time. Carries the end of its log. */
export class ComponentFailed extends ClusterError {}
