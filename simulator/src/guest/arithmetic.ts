/**
 * The value of a shell's `$((…))`. Supports integers, variables, the four operations, remainder, comparisons
 * and parentheses; undefined for anything else.
 */
export function evaluateArithmetic(text: string, variables: ReadonlyMap<string, string>): number | undefined {
  const expression = text.replace(/\$?([A-Za-z_]\w*)/g, (_, name: string) => variables.get(name) || "0");
  if (!/^[\d\s+\-*/%()<>=!&|]*$/.test(expression)) return undefined;
  return new ArithmeticParser(expression).evaluate();
}

class ArithmeticParser {
  readonly #tokens: string[];

  constructor(text: string) {
    this.#tokens = text.match(/\d+|[<>=!]=|&&|\|\||[-+*/%()<>!]/g) ?? ["0"];
  }

  evaluate(level = 0): number {
    const levels = [["||"], ["&&"], ["==", "!="], ["<", "<=", ">", ">="], ["+", "-"], ["*", "/", "%"]];
    const operators = levels[level];
    if (!operators) return this.#primary();
    let left = this.evaluate(level + 1);
    while (operators.includes(this.#tokens[0] ?? "")) {
      const operator = this.#tokens.shift() as string;
      left = calculate(operator, left, this.evaluate(level + 1));
    }
    return left;
  }

  #primary(): number {
    const token = this.#tokens.shift();
    if (token === "(") {
      const value = this.evaluate();
      this.#tokens.shift();
      return value;
    }
    if (token === "-") return -this.#primary();
    if (token === "!") return Number(this.#primary() === 0);
    return Number(token ?? 0);
  }
}

function calculate(operator: string, left: number, right: number): number {
  switch (operator) {
    case "+":
      return left + right;
    case "-":
      return left - right;
    case "*":
      return left * right;
    case "/":
      return Math.trunc(left / right);
    case "%":
      return left % right;
    case "<":
      return Number(left < right);
    case "<=":
      return Number(left <= right);
    case ">":
      return Number(left > right);
    case ">=":
      return Number(left >= right);
    case "==":
      return Number(left === right);
    case "!=":
      return Number(left !== right);
    case "&&":
      return Number(left !== 0 && right !== 0);
    default:
      return Number(left !== 0 || right !== 0);
  }
}
