// Programs under test: started on a free port, found by the line that they print, ended by their id.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

export class Program {
  readonly url: string;
  readonly #child: ChildProcess;
  readonly #folder: string;
  readonly #again: (folder: string) => Promise<Program>;

  private constructor(url: string, child: ChildProcess, folder: string, again: (folder: string) => Promise<Program>) {
    this.url = url;
    this.#child = child;
    this.#folder = folder;
    this.#again = again;
  }

  /** Starts a program in an empty folder of its own, which is its home too, and waits for "… listens on URL". */
  static async start(path: string, args: string[]): Promise<Program> {
    return Program.#at(path, args, mkdtempSync(join(tmpdir(), 'brooklet-e2e-')));
  }

  static async #at(path: string, args: string[], folder: string): Promise<Program> {
    const env = { ...process.env, HOME: folder, XDG_DATA_HOME: folder, LOCALAPPDATA: folder };
    const child = spawn(path, args, { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
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
    return new Program(url, child, folder, (folder) => {
      const here = args.map((arg) => (arg === '127.0.0.1:0' ? new URL(url).host : arg));
      return Program.#at(path, here, folder);
    });
  }

  /** Starts one that can be kept from writing to its files ({@link Program.mayWrite}). */
  static async startFull(path: string, args: string[]): Promise<Program> {
    // A write that the system does not take is an error then, as on a full disk, and not the program's end.
    return Program.start('/bin/sh', ['-c', 'trap "" XFSZ; exec "$0" "$@"', path, ...args]);
  }

  /** Has all that it writes to files from now on fail, or be taken again. */
  mayWrite(may: boolean): void {
    execFileSync('prlimit', ['--pid', String(this.#child.pid), `--fsize=${may ? 'unlimited' : '0'}:unlimited`]);
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

  /** Starts one that has been killed again: at its address, in its folder. */
  async startAgain(): Promise<Program> {
    return this.#again(this.#folder);
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const ended = new Promise((resolve) => this.#child.once('exit', resolve));
      this.#child.kill(signal);
      await ended;
    }
  }
}

/** A program's path from the environment; the message says how to get it. */
export function program(variable: string): string {
  const path = process.env[variable];
  if (!path) throw new Error(`${variable} is not set; run the browser tests by \`cargo xtask e2e\``);
  return path;
}
