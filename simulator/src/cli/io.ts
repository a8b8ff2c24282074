/**
 * What a running client provides to its command. If the daemon answers, the command runs inside the
 * simulator's process and these calls travel to the client. If not, the command runs in the client itself.
 */
export interface ClientIo {
  readonly argv: readonly string[];
  readonly cwd: string;
  /** Identifies the user, because the client's certificate is in the home directory. */
  readonly home: string;
  out(text: string | Uint8Array): void;
  err(text: string | Uint8Array): void;
  /** Reads all of stdin; called only when a command asks for it. */
  readStdin(): Promise<Buffer>;
  /** Reads in the client's process, because `/dev/fd/N` is only valid there. */
  readFile(path: string): Promise<Buffer>;
  /** Sets the word to print before ` failed: ` if the connection breaks. */
  setWord(word: string): void;
  /** Aborted when the client has disconnected. */
  readonly gone: AbortSignal;
}

const CLEAR_LINE = "\u001b[2K\u001b[0A\u001b[0E";

/** The spinner of long commands. Like the real one, it writes to stdout even if that is not a terminal. */
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

  /** Stops the animation without clearing its line, for a client that has disconnected. */
  abandon(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
