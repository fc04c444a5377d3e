// Programs under test: started on a free port, found by the line that they print, ended by their id.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

export class Program {
  readonly url: string;
  readonly #child: ChildProcess;
  readonly #folder: string;

  private constructor(url: string, child: ChildProcess, folder: string) {
    this.url = url;
    this.#child = child;
    this.#folder = folder;
  }

  /** Starts a program in an empty folder of its own and waits for "… listens on URL". */
  static async start(path: string, args: string[]): Promise<Program> {
    const folder = mkdtempSync(join(tmpdir(), 'brooklet-e2e-'));
    const child = spawn(path, args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
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
    return new Program(url, child, folder);
  }

  get port(): number {
    return Number(new URL(this.url).port);
  }

  /** Ends it and waits until it has ended. */
  async stop(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const ended = new Promise((resolve) => this.#child.once('exit', resolve));
      this.#child.kill('SIGTERM');
      await ended;
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** A program's path from the environment; the message says how to get it. */
export function program(variable: string): string {
  const path = process.env[variable];
  if (!path) throw new Error(`${variable} is not set; run the browser tests by \`cargo xtask e2e\``);
  return path;
}
