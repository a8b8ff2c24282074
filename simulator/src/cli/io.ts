/**
 * What a running client offers to the command that it runs. When the daemon answers, the command runs inside the
 * simulator's process and these calls travel to the client; when it does not, it runs in the client itself.
 */
export interface ClientIo {
  readonly argv: readonly string[];
  readonly cwd: string;
  /** Identifies the user, as the client's certificate lies in the home directory. */
  readonly home: string;
  out(text: string | Uint8Array): void;
  err(text: string | Uint8Array): void;
  /** All of stdin; read only when a command asks for it. */
  readStdin(): Promise<Buffer>;
  /** Reads in the client's process, where `/dev/fd/N` means what the caller meant. */
  readFile(path: string): Promise<Buffer>;
  /** The word before ` failed: ` should the connection break. */
  setWord(word: string): void;
  /** Aborted when the client has gone. */
  readonly gone: AbortSignal;
}

const CLEAR_LINE = "\u001b[2K\u001b[0A\u001b[0E";

/** The spinner of long commands. It writes to stdout, terminal or not, exactly as the real one does. */
export class Spinner {
  readonly #io: ClientIo;
  #timer: NodeJS.Timeout | undefined;

  constructor(io: ClientIo) {
    this.#io = io;
  }

  start(message: string): void {
    if (this.#timer) this.stop();
    const frames = ["/", "-", "\\", "|"];
    let frame = 0;
    const turn = () => {
      this.#io.out(`\b${frames[frame % frames.length]}`);
      frame += 1;
    };
    this.#io.out(`${CLEAR_LINE}${message}  `);
    turn();
    this.#timer = setInterval(turn, 100);
    this.#timer.unref();
  }

  stop(): void {
    if (this.#timer) {
      clearInterval(this.#timer);
      this.#timer = undefined;
      this.#io.out("\b ");
    }
    this.#io.out(CLEAR_LINE);
  }

  /** Ends the animation without a trace, for a client that is gone. */
  abandon(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
