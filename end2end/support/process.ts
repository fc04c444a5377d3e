// Programs under test: started on a free port, found by the line that they print, ended by their id.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

type Running = { url: string; child: ChildProcess; log: () => string };

export class Program {
  readonly url: string;
  readonly #folder: string;
  readonly #run: (args: string[]) => Promise<Running>;
  readonly #args: string[];
  #child: ChildProcess;
  readonly #log: () => string;

  private constructor({ url, child, log }: Running, folder: string, run: (args: string[]) => Promise<Running>, args: string[]) {
    this.url = url;
    this.#child = child;
    this.#log = log;
    this.#folder = folder;
    this.#run = run;
    // Another time it is to be found where it is now.
    this.#args = args.map((arg) => (arg === '127.0.0.1:0' ? new URL(url).host : arg));
  }

  /** Starts a program in an empty folder of its own, which is its home too, and waits for "… listens on URL". */
  static async start(path: string, args: string[]): Promise<Program> {
    const folder = mkdtempSync(join(tmpdir(), 'brooklet-e2e-'));
    const run = (args: string[]) => listening(path, args, folder);
    return new Program(await run(args), folder, run, args);
  }

  /** Has all that it writes to files from now on fail, as on a full disk, or be taken again. */
  mayWrite(may: boolean): void {
    execFileSync('prlimit', ['--pid', String(this.#child.pid), `--fsize=${may ? 'unlimited' : '0'}:unlimited`]);
  }

  /** What it has said on stderr since it was started first. */
  get log(): string {
    return this.#log();
  }

  get port(): number {
    return Number(new URL(this.url).port);
  }

  /** Ends it and waits until it has ended; its folder goes too. */
  async stop(): Promise<void> {
    await this.#end('SIGTERM');
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** Kills it at once; its folder stays. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** Starts it again after it has been killed: at its address, in its folder. */
  async startAgain(): Promise<void> {
    this.#child = (await this.#run(this.#args)).child;
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const ended = new Promise((resolve) => this.#child.once('exit', resolve));
      this.#child.kill(signal);
      await ended;
    }
  }
}

/** Whether a running program can be kept from writing: only Linux can do that, as in tests/http. */
export const CAN_REFUSE = process.platform === 'linux';

/** Runs a program in a folder until it says where it listens. */
async function listening(path: string, args: string[], folder: string): Promise<Running> {
  const env = { ...process.env, HOME: folder, XDG_DATA_HOME: folder, LOCALAPPDATA: folder };
  // A write that the system does not take is to be an error, and not the program's end (see `mayWrite`).
  const [command, ...before] = CAN_REFUSE ? ['/bin/sh', '-c', 'trap "" XFSZ; exec "$0" "$@"', path] : [path];
  const child = spawn(command, [...before, ...args], { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  child.stderr!.on('data', (text) => (said += text));
  const url = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout! }).on('line', (line) => {
      const match = / listens on (http:\/\/\S+)/.exec(line);
      if (match) resolve(match[1]);
    });
    child.on('error', reject);
    child.on('exit', (code) => reject(new Error(`${path} ended with ${code}: ${said}`)));
  });
  return { url, child, log: () => said };
}

/** A program's path from the environment; the message says how to get it. */
export function program(variable: string): string {
  const path = process.env[variable];
  if (!path) throw new Error(`${variable} is not set; run the browser tests by \`cargo xtask e2e\``);
  return path;
}
