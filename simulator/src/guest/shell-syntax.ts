/** The syntax tree of the shell subset that simulated guests support. */

export type WordPart =
  | { kind: "text"; text: string; quoted: boolean }
  | { kind: "variable"; name: string; operator?: string; operand?: Word; quoted: boolean }
  | { kind: "command"; script: string; quoted: boolean }
  | { kind: "arithmetic"; text: string; quoted: boolean };
export type Word = WordPart[];

export interface Redirection {
  descriptor: number;
  operator: ">" | ">>" | "<" | ">&" | "<<" | "<<<";
  target: Word;
}

export type ShellNode =
  | { kind: "list"; items: { node: ShellNode; separator: ";" | "&&" | "||" | "&" }[] }
  | { kind: "pipeline"; stages: ShellNode[]; negated: boolean }
  | {
      kind: "simple";
      assignments: { name: string; value: Word }[];
      words: Word[];
      redirections: Redirection[];
    }
  | { kind: "group"; body: ShellNode; subshell: boolean; redirections: Redirection[] }
  | { kind: "if"; branches: { condition: ShellNode; body: ShellNode }[]; otherwise?: ShellNode }
  | { kind: "loop"; until: boolean; condition: ShellNode; body: ShellNode }
  | { kind: "for"; name: string; words: Word[]; body: ShellNode };

export class ShellSyntaxError extends Error {}
