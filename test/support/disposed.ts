const open: AsyncDisposable[] = [];

/** Closes a resource at the end of the test that created it, like `await using`, which Node.js 22 lacks. */
export function disposed<T extends AsyncDisposable>(one: T): T {
  open.push(one);
  return one;
}

/** Root hook: closes the resource created last first. */
export async function disposeAll(): Promise<void> {
  for (const one of open.splice(0).reverse()) await one[Symbol.asyncDispose]();
}
