/**
 * Runs a command-line program that was compiled to WebAssembly for WASI (preview 1).
 *
 * It has arguments and may write: nothing to read, no clock, no network. That is all that a
 * program needs which makes one file out of its arguments. `@bjorn3/browser_wasi_shim` 0.4.2 does not
 * serve: it gives a program too little room for arguments that are not ASCII; `node:wasi` is
 * experimental, and warns of it on the terminal.
 *
 * @module
 */

/** What a run of a program left behind. */
export interface CommandResult {
  /** 0 if the program reports success. */
  readonly exitCode: number;
  /** What it wrote to files, whatever their names. */
  readonly file: Uint8Array<ArrayBuffer>;
  /** What it printed, to standard output and standard error, cut after 4000 bytes. */
  readonly printed: string;
}

/** A program that can be run again and again. */
export interface Command {
  /**
   * Runs the program to its end, on this thread.
   *
   * @param args The arguments, without the program's own name.
   * @throws {WebAssembly.RuntimeError} When the program crashes. It can be run again.
   */
  run(args: readonly string[]): CommandResult;
}

const SUCCESS = 0;
const BAD_DESCRIPTOR = 8;
const NOT_SUPPORTED = 58;
/** The folder that the program finds opened for it; it has no other. */
const FOLDER_FD = 3;
const FILE_FD = 4;
const FILE_TYPE = { folder: 3, file: 4 };
const MOST_PRINTED_BYTES = 4000;

/** Makes a command; its memory is set up at the first run and kept. */
export function createCommand(module: WebAssembly.Module): Command {
  let program: Program | undefined;
  return {
    run(args) {
      program ??= instantiate(module);
      const { memory, pristine, start, calls } = program;
      // Its initial memory, because a program runs its `main` only once in its life. A new instance
      // would also work, but collecting the old one takes 50 ms.
      const bytes = new Uint8Array(memory.buffer);
      bytes.set(pristine);
      bytes.fill(0, pristine.length);
      calls.begin(args);
      try {
        start();
        return calls.result(0);
      } catch (error) {
        program = undefined; // its stack was not unwound
        if (error instanceof Exit) return calls.result(error.code);
        throw error;
      }
    },
  };
}

interface Program {
  readonly memory: WebAssembly.Memory;
  /** The memory before the first run. */
  readonly pristine: Uint8Array;
  readonly start: () => void;
  readonly calls: Calls;
}

function instantiate(module: WebAssembly.Module): Program {
  const calls = systemCalls(() => memory);
  const { exports } = new WebAssembly.Instance(module, { wasi_snapshot_preview1: calls.imports });
  // Every WASI command exports these two.
  const memory = exports.memory as WebAssembly.Memory;
  const start = exports._start as () => void;
  return { memory, pristine: new Uint8Array(memory.buffer).slice(), start, calls };
}

/** How the program leaves before the end of its `main`. */
class Exit {
  readonly code: number;
  constructor(code: number) {
    this.code = code;
  }
}

interface Calls {
  readonly imports: WebAssembly.ModuleImports;
  begin(args: readonly string[]): void;
  result(exitCode: number): CommandResult;
}

function systemCalls(memory: () => WebAssembly.Memory): Calls {
  let args: readonly Uint8Array[] = [];
  let written: Uint8Array[] = [];
  let printed = "";

  const view = () => new DataView(memory().buffer);
  const bytes = (start: number, length: number) =>
    new Uint8Array(memory().buffer, start, Math.max(0, length));
  const unsupported = () => NOT_SUPPORTED;

  const imports: WebAssembly.ModuleImports = {
    args_sizes_get(count: number, size: number) {
      view().setUint32(count, args.length, true);
      view().setUint32(size, total(args), true);
      return SUCCESS;
    },
    args_get(pointers: number, strings: number) {
      for (const [i, arg] of args.entries()) {
        view().setUint32(pointers + 4 * i, strings, true);
        bytes(strings, arg.length).set(arg);
        strings += arg.length;
      }
      return SUCCESS;
    },
    fd_prestat_get(fd: number, out: number) {
      if (fd !== FOLDER_FD) return BAD_DESCRIPTOR;
      view().setUint32(out, 0, true);
      view().setUint32(out + 4, 1, true); // length of the folder's name
      return SUCCESS;
    },
    fd_prestat_dir_name(_fd: number, out: number) {
      view().setUint8(out, "/".charCodeAt(0));
      return SUCCESS;
    },
    fd_fdstat_get(fd: number, out: number) {
      bytes(out, 24).fill(0);
      view().setUint8(out, fd === FOLDER_FD ? FILE_TYPE.folder : FILE_TYPE.file);
      bytes(out + 8, 16).fill(0xff); // all rights
      return SUCCESS;
    },
    path_open(...parameters: (number | bigint)[]) {
      view().setUint32(Number(parameters[8]), FILE_FD, true);
      return SUCCESS;
    },
    fd_write(fd: number, vectors: number, count: number, out: number) {
      let size = 0;
      for (let i = 0; i < count; i++) {
        const start = view().getUint32(vectors + 8 * i, true);
        const part = bytes(start, view().getUint32(vectors + 8 * i + 4, true));
        size += part.length;
        if (fd === FILE_FD) written.push(part.slice());
        else if (printed.length < MOST_PRINTED_BYTES) printed += new TextDecoder().decode(part);
      }
      view().setUint32(out, size, true);
      return SUCCESS;
    },
    fd_close: () => SUCCESS,
    proc_exit(code: number) {
      throw new Exit(code);
    },
    clock_time_get: unsupported,
    fd_fdstat_set_flags: unsupported,
    fd_read: unsupported,
    fd_seek: unsupported,
  };

  return {
    imports,
    begin(next) {
      const encoder = new TextEncoder();
      args = ["command", ...next].map((arg) => encoder.encode(`${arg.replaceAll("\0", "")}\0`));
      written = [];
      printed = "";
    },
    result(exitCode) {
      const file = new Uint8Array(total(written));
      let offset = 0;
      for (const part of written) {
        file.set(part, offset);
        offset += part.length;
      }
      written = [];
      return { exitCode, file, printed };
    },
  };
}

function total(parts: readonly Uint8Array[]): number {
  return parts.reduce((sum, { length }) => sum + length, 0);
}
